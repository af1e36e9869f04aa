using System.CommandLine;
using System.Globalization;
using EdgeBox.Cli.Rendering;
using EdgeBox.Cli.Terminal;
using EdgeBox.V1;

namespace EdgeBox.Cli.Commands;

/// <summary>edgeboxctl model: the models on the box.</summary>
internal static class ModelCommands
{
    /// <summary>Builds the command.</summary>
    public static DocumentedCommand Build(CommandHost host)
        => new("model", "The models on the box: see, load and unload them.", "model list", "model load /srv/models/llama.gguf --name chat")
        {
            List(host),
            Show(host),
            Load(host),
            Unload(host),
            ModelEstimateCommand.Build(host),
        };

    /// <summary>Writes a table of models.</summary>
    public static void RenderList(Session session, IReadOnlyCollection<Model> models)
    {
        if (models.Count == 0)
        {
            session.Say("No model is loaded. Load one with: edgeboxctl model load FILE");
            return;
        }
        Tables.Write(session.Shell,
            [new("MODEL"), new("STATE"), new("SLOTS", true), new("CONTEXT", true), new("ACTIVE", true), new("QUEUED", true), new("MEMORY", true), new("RESTARTS", true)],
            models.Select(m => new[]
            {
                Words.Short(m.Name),
                Words.State(m.State) + (m.Worker is { Stuck: true } ? " (stuck)" : ""),
                Words.Number(m.Slots),
                Words.Number(m.ContextTokens),
                Words.Number(m.ActiveRequests),
                Words.Number(m.QueuedRequests),
                m.Worker is { } worker ? Words.Bytes(worker.ResidentBytes) : "-",
                m.Worker is { } process ? Words.Number(process.Restarts) : "-",
            }));
        foreach (var model in models.Where(m => m.Problem is not null))
        {
            session.Say($"{Words.Short(model.Name)}: {TerminalText.Line(Failures.Of(model.Problem).Message)}");
        }
    }

    /// <summary>"models/NAME" of NAME; a full name stays.</summary>
    public static string FullName(string name) => name.StartsWith("models/", StringComparison.Ordinal) ? name : "models/" + name;

    private static ModelService.ModelServiceClient Client(Session session) => new(session.Channel.Invoker);

    private static Argument<string> NameArgument() => new("NAME") { Description = "The model's name." };

    private static DocumentedCommand List(CommandHost host)
        => host.Bind(new DocumentedCommand("list", "List the models and what they are doing.", "model list", "--json model list | jq -r '.models[].name'"), async session =>
        {
            var response = await Client(session).ListModelsAsync(new ListModelsRequest(), session.Quick);
            if (session.Json)
            {
                session.WriteJson(response);
            }
            else
            {
                RenderList(session, response.Models);
            }
            return ExitCode.Done;
        });

    private static DocumentedCommand Show(CommandHost host)
    {
        var name = NameArgument();
        return host.Bind(new DocumentedCommand("show", "Show all about one model.", "model show chat") { name }, async session =>
        {
            var request = new GetModelRequest { Name = FullName(session.Parse.GetRequiredValue(name)) };
            var model = await Client(session).GetModelAsync(request, session.Quick);
            if (session.Json)
            {
                session.WriteJson(model);
            }
            else
            {
                Render(session, model);
            }
            return ExitCode.Done;
        });
    }

    private static void Render(Session session, Model model)
    {
        var problem = model.Problem is null ? null : Failures.Of(model.Problem);
        var worker = model.Worker;
        Tables.WriteFacts(session.Shell,
            ("Model", Words.Short(model.Name)),
            ("State", Words.State(model.State)),
            ("Problem", problem is null ? null : $"{problem.Message} ({problem.Reason})"),
            ("Title", model.Title),
            ("Architecture", model.Architecture),
            ("Weights", model.Parameters == 0 ? null : Words.Count(model.Parameters)),
            ("File", model.Path.Length == 0 ? null : $"{model.Path} ({Words.Bytes(model.FileBytes)})"),
            ("Context", model.ContextTokens == 0 ? null : $"{model.ContextTokens} tokens a slot"),
            ("KV cache", model.CacheTokens == 0 ? null : $"{Words.Number(model.CacheTokens)} tokens ({Words.Number(model.CacheTokensUsed)} in use, {Words.Number(model.CacheTokensKept)} kept)"),
            ("Slots", model.Slots == 0 ? null : $"{model.Slots} ({model.ActiveRequests} active, {model.QueuedRequests} queued)"),
            ("Embedding", model.EmbeddingLength == 0 ? null : $"{model.EmbeddingLength} numbers"),
            ("Chat", model.Chat ? Format(model) : model.ContextTokens == 0 ? null : NoFormat(model)),
            ("Ready since", model.ReadyTime is null ? null : $"{Words.Time(model.ReadyTime)} (loaded in {Words.Duration(model.LoadDuration)})"),
            ("Process", worker?.Pid.ToString(CultureInfo.InvariantCulture)),
            ("", worker is { Stuck: true } ? "stuck in the kernel: only a restart of the machine helps" : null),
            ("Engine", worker?.Pack),
            ("Memory", worker is null ? null : Words.Bytes(worker.ResidentBytes)),
            ("Restarts", worker is null ? null : Words.Number(worker.Restarts)),
            ("Last exit", worker?.LastExit));
        if (worker is { LastStderr.Length: > 0 })
        {
            session.Say("Last words of the process before:");
            session.Say("  " + worker.LastStderr.TrimEnd().ReplaceLineEndings("\n").Replace("\n", "\n  ", StringComparison.Ordinal));
        }
    }

    private static string Format(Model model)
        => string.Join(", ", new[] { model.Format.Length > 0 ? model.Format : "yes", model.Tools ? "tools" : "", model.Thinks ? "thinks" : "" }.Where(t => t.Length > 0));

    private static string NoFormat(Model model)
        => model.FormatProblem.Length == 0 ? "no conversation format; use complete" : $"no conversation format ({model.FormatProblem}); use complete";

    private static DocumentedCommand Load(CommandHost host)
    {
        var path = new Argument<string>("FILE") { Description = "The GGUF file, on the box; of a split model, its first part." };
        var name = new Option<string?>("--name") { Description = "What to call it; else made from the file's name.", HelpName = "NAME" };
        var context = new Option<uint?>("--context") { Description = "Context of one slot, in tokens.", HelpName = "TOKENS", CustomParser = Limits.Whole };
        var slots = new Option<uint?>("--slots") { Description = "How many requests at once.", HelpName = "N", CustomParser = Limits.Whole };
        var cache = new Option<uint?>("--cache-tokens") { Description = "Tokens of all requests together that the KV cache holds. Default: slots times context.", HelpName = "N", CustomParser = Limits.Whole };
        var threads = new Option<uint?>("--threads") { Description = "Processor threads.", HelpName = "N", CustomParser = Limits.Whole };
        var fit = ModelEstimateCommand.Fit();
        var noWait = NoWait();
        var command = new DocumentedCommand("load", "Check a GGUF file and load it.",
            "model load /srv/models/llama.gguf",
            "model load /srv/models/llama.gguf --name chat --context 8192 --slots 4",
            "model load /srv/models/llama.gguf --fit --no-wait") { path, name, context, slots, threads, cache, fit, noWait };
        return host.Bind(command, async session =>
        {
            var parse = session.Parse;
            var request = new LoadModelRequest
            {
                Path = OnTheBox(session, parse.GetRequiredValue(path)),
                Name = parse.GetValue(name) ?? "",
                Options = new LoadOptions { ContextTokens = parse.GetValue(context) ?? 0, Slots = parse.GetValue(slots) ?? 0, Threads = parse.GetValue(threads) ?? 0, CacheTokens = parse.GetValue(cache) ?? 0, Fit = parse.GetValue(fit) },
            };
            var operation = await Client(session).LoadModelAsync(request, session.Quick);
            return await OperationCommands.FollowAsync(session, operation, wait: !parse.GetValue(noWait));
        });
    }

    private static DocumentedCommand Unload(CommandHost host)
    {
        var name = NameArgument();
        var noWait = NoWait();
        var command = new DocumentedCommand("unload", "Take a model out of memory; requests that it works on are finished first.", "model unload chat") { name, noWait };
        return host.Bind(command, async session =>
        {
            var request = new UnloadModelRequest { Name = FullName(session.Parse.GetRequiredValue(name)) };
            var operation = await Client(session).UnloadModelAsync(request, session.Quick);
            return await OperationCommands.FollowAsync(session, operation, wait: !session.Parse.GetValue(noWait));
        });
    }

    private static Option<bool> NoWait() => new("--no-wait") { Description = "Return at once; see it with: edgeboxctl operation show." };

    /// <summary>The absolute path on the box of a file that was named.</summary>
    /// <exception cref="CliFailure">Over the network it is named by no absolute path.</exception>
    // On the same machine a path means what it means to the person who types it.
    public static string OnTheBox(Session session, string path)
        => session.Channel.Endpoint.SocketPath is not null
            ? Path.GetFullPath(path, session.Shell.Directory)
            : path.StartsWith('/')
                ? path
                : throw CliFailure.Usage($"'{path}' is no absolute path.", "Over the network the file is named by its absolute path on the box.");
}
