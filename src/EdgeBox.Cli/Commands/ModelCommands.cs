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
        => new("model", "The models on the box: import, see, load and unload them.", "model list", "model load /srv/models/llama.gguf --name chat")
        {
            List(host),
            Show(host),
            ModelLifeCommands.Load(host),
            ModelLifeCommands.Unload(host),
            ModelLifeCommands.Pin(host),
            ModelLifeCommands.Unpin(host),
            ModelWatchCommand.Build(host),
            ModelStoreCommands.Import(host),
            ModelStoreCommands.Verify(host),
            ModelStoreCommands.Remove(host),
            ModelStoreCommands.Store(host),
            ModelAliasCommands.Alias(host),
            ModelAliasCommands.Rollback(host),
            ModelTestCommands.Test(host),
            ModelTestCommands.Report(host),
            ModelHistoryCommand.Build(host),
        };

    /// <summary>Writes a table of models.</summary>
    public static void RenderList(Session session, IReadOnlyCollection<Model> models)
    {
        if (models.Count == 0)
        {
            session.Say("There is no model. Bring one with: edgeboxctl model import PATH, or load a file with: edgeboxctl model load FILE");
            return;
        }
        session.Shell.Output.Write(Table(session, models));
        foreach (var model in models.Where(m => m.Problem is not null))
        {
            session.Say(ProblemOf(model));
        }
    }

    /// <summary>A table of models.</summary>
    public static string Table(Session session, IEnumerable<Model> models) => Tables.Render(session.Shell,
            [new("MODEL"), new("STATE"), new("SLOTS", true), new("CONTEXT", true), new("ACTIVE", true), new("QUEUED", true), new("MEMORY", true), new("RESTARTS", true)],
            models.Select(m => new[]
            {
                Words.Short(m.Name),
                StateOf(m),
                Words.Number(m.Slots),
                Words.Number(m.ContextTokens > 0 ? m.ContextTokens : m.Manifest?.ContextTokens ?? 0),
                Words.Number(m.ActiveRequests),
                Words.Number(m.QueuedRequests),
                m.Worker is { } worker ? Words.Bytes(worker.ResidentBytes) : "-",
                m.Worker is { } process ? Words.Number(process.Restarts) : "-",
            }));

    /// <summary>What is wrong with a model, in a line.</summary>
    public static string ProblemOf(Model model) => $"{Words.Short(model.Name)}: {TerminalText.Line(Failures.Of(model.Problem).Message)}";

    /// <summary>Where a model is in its life, e.g. "loading 45%" or "ready, pinned".</summary>
    public static string StateOf(Model model)
        => Words.State(model.State)
            + (model.State == ModelState.Loading && model.LoadFraction > 0 ? string.Create(CultureInfo.InvariantCulture, $" {(int)(model.LoadFraction * 100)}%") : "")
            + (model.Pinned ? ", pinned" : "")
            + (model.Worker is { Stuck: true } ? " (stuck)" : "");

    /// <summary>"models/NAME" of NAME; a full name stays.</summary>
    public static string FullName(string name) => name.StartsWith("models/", StringComparison.Ordinal) ? name : "models/" + name;

    /// <summary>Asks the box for models.</summary>
    public static ModelService.ModelServiceClient Client(Session session) => new(session.Channel.Invoker);

    /// <summary>The name of a model on the command line.</summary>
    public static Argument<string> NameArgument() => new("NAME") { Description = "The model's name." };

    /// <summary>Whether to return before the operation has ended.</summary>
    public static Option<bool> NoWait() => new("--no-wait") { Description = "Return at once; see it with: edgeboxctl operation show." };

    /// <summary>The path on the box: on the same machine it means what it means to the person who types it.</summary>
    public static string OnTheBox(Session session, string path)
        => session.Channel.Endpoint.SocketPath is not null
            ? Path.GetFullPath(path, session.Shell.Directory)
            : path.StartsWith('/')
                ? path
                : throw CliFailure.Usage($"'{path}' is no absolute path.", "Over the network the file is named by its absolute path on the box.");

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
            ("State", StateOf(model)),
            ("Kept for", model.KeepAlive is null ? null : $"{Words.Duration(model.KeepAlive)} without a request"),
            ("Last used", model.LastUsedTime is null ? null : Words.Time(model.LastUsedTime)),
            ("Aliases", model.Aliases.Count == 0 ? null : string.Join(", ", model.Aliases.Select(Words.Short))),
            ("Problem", problem is null ? null : $"{problem.Message} ({problem.Reason})"),
            ("Title", model.Title),
            ("For", model.Manifest is null ? null : ModelStoreCommands.Kind(model.Manifest.Kind)),
            ("Family", model.Manifest?.Family),
            ("Quantisation", model.Manifest?.Quantisation),
            ("Architecture", model.Architecture),
            ("Weights", model.Parameters == 0 ? null : Words.Count(model.Parameters)),
            ("File", model.Path.Length == 0 ? null : $"{model.Path} ({Words.Bytes(model.FileBytes)})"),
            ("In the store", model.Manifest is { Parts.Count: > 0 } kept ? $"{Words.Bytes(kept.Parts.Aggregate(0ul, (sum, part) => sum + part.Bytes))} in {Files(kept.Parts.Count)}" : null),
            ("Verified", model.VerifiedTime is null ? null : Words.Time(model.VerifiedTime)),
            ("Languages", model.Manifest is { Languages.Count: > 0 } spoken ? string.Join(", ", spoken.Languages) : null),
            ("Tasks", model.Manifest is { Tasks.Count: > 0 } set ? string.Join(", ", set.Tasks.Select(task => task.Name)) : null),
            ("Description", model.Manifest?.Description),
            ("Licence", model.Manifest is { Licence.Length: > 0 } licensed ? FirstLine(licensed.Licence) : null),
            ("Context", model.ContextTokens == 0 ? (model.Manifest is { ContextTokens: > 0 } meant ? $"{meant.ContextTokens} tokens" : null) : $"{model.ContextTokens} tokens a slot"),
            ("KV cache", model.CacheTokens == 0 ? null : $"{Words.Number(model.CacheTokens)} tokens ({Words.Number(model.CacheTokensUsed)} in use, {Words.Number(model.CacheTokensKept)} kept)"),
            ("Slots", model.Slots == 0 ? null : $"{model.Slots} ({model.ActiveRequests} active, {model.QueuedRequests} queued)"),
            ("Embedding", model.EmbeddingLength == 0 ? null : $"{model.EmbeddingLength} numbers"),
            ("Chat", model.Chat ? Format(model) : model.ContextTokens == 0 ? null : NoFormat(model)),
            ("Ready since", model.ReadyTime is null ? null : $"{Words.Time(model.ReadyTime)} (loaded in {Words.Duration(model.LoadDuration)})"),
            ("Acceptance", Words.Verdict(model.Acceptance)),
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

    private static string Files(int count) => count == 1 ? "1 file" : string.Create(CultureInfo.InvariantCulture, $"{count} files");

    // Licences are long; all of it is in the JSON.
    private static string FirstLine(string text)
    {
        var line = text.AsSpan().Trim();
        var end = line.IndexOf('\n');
        return (end < 0 ? line : line[..end].TrimEnd()).ToString() + (end < 0 ? "" : " … (whole with --json)");
    }

    private static string Format(Model model)
        => string.Join(", ", new[] { model.Format.Length > 0 ? model.Format : "yes", model.Tools ? "tools" : "", model.Thinks ? "thinks" : "" }.Where(t => t.Length > 0));

    private static string NoFormat(Model model)
        => model.FormatProblem.Length == 0 ? "no conversation format; use complete" : $"no conversation format ({model.FormatProblem}); use complete";
}
