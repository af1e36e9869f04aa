using System.CommandLine;
using EdgeBox.Cli.Rendering;
using EdgeBox.V1;
using Google.Protobuf.WellKnownTypes;

namespace EdgeBox.Cli.Commands;

/// <summary>edgeboxctl model load, unload, pin, unpin: what is in memory, and for how long.</summary>
internal static class ModelLifeCommands
{
    /// <summary>Builds <c>load</c>.</summary>
    public static DocumentedCommand Load(CommandHost host)
    {
        var what = new Argument<string>("NAME|FILE") { Description = "A model of the store, or a GGUF file on the box: what has a '/' in it or ends with .gguf; of a split model, its first part." };
        var name = new Option<string?>("--name") { Description = "What to call a file; else made from its name.", HelpName = "NAME" };
        var context = new Option<uint?>("--context") { Description = "Context of one slot, in tokens.", HelpName = "TOKENS", CustomParser = Limits.Whole };
        var slots = new Option<uint?>("--slots") { Description = "How many requests at once.", HelpName = "N", CustomParser = Limits.Whole };
        var cache = new Option<uint?>("--cache-tokens") { Description = "Tokens of all requests together that the KV cache holds. Default: slots times context.", HelpName = "N", CustomParser = Limits.Whole };
        var threads = new Option<uint?>("--threads") { Description = "Processor threads.", HelpName = "N", CustomParser = Limits.Whole };
        var keepAlive = new Option<TimeSpan?>("--keep-alive") { Description = "Unload it after so long without a request, e.g. 30m. Default: never, unless room is needed.", HelpName = "TIME", CustomParser = Durations.Parse };
        var pin = new Option<bool>("--pin") { Description = "Keep it in memory: it never makes room for another one." };
        var noWait = ModelCommands.NoWait();
        var command = new DocumentedCommand("load", "Load a model of the store, or check a GGUF file and load it.",
            "model load qwen3",
            "model load qwen3@2 --keep-alive 30m",
            "model load /srv/models/llama.gguf --name chat --context 8192 --slots 4 --pin",
            "model load /srv/models/llama.gguf --no-wait") { what, name, context, slots, threads, cache, keepAlive, pin, noWait };
        return host.Bind(command, async session =>
        {
            var parse = session.Parse;
            var asked = parse.GetRequiredValue(what);
            var request = new LoadModelRequest
            {
                Options = new LoadOptions
                {
                    ContextTokens = parse.GetValue(context) ?? 0, Slots = parse.GetValue(slots) ?? 0, Threads = parse.GetValue(threads) ?? 0,
                    CacheTokens = parse.GetValue(cache) ?? 0,
                    KeepAlive = parse.GetValue(keepAlive) is { } time ? Duration.FromTimeSpan(time) : null,
                },
            };
            (request.Name, request.Path) = IsFile(asked) ? (parse.GetValue(name) ?? "", ModelCommands.OnTheBox(session, asked)) : (ModelCommands.FullName(asked), "");
            if (!IsFile(asked) && parse.GetValue(name) is not null)
            {
                throw CliFailure.Usage("--name is for files: a model of the store has its name.", "Leave it out, or name a file with its folder, e.g. ./llama.gguf.");
            }
            var operation = await ModelCommands.Client(session).LoadModelAsync(request, session.Quick);
            if (parse.GetValue(pin))
            {
                await ModelCommands.Client(session).PinModelAsync(new PinModelRequest { Name = operation.Subject }, session.Quick);
            }
            return await OperationCommands.FollowAsync(session, operation, wait: !parse.GetValue(noWait));
        });
    }

    /// <summary>Builds <c>unload</c>.</summary>
    public static DocumentedCommand Unload(CommandHost host)
    {
        var name = ModelCommands.NameArgument();
        var noWait = ModelCommands.NoWait();
        var command = new DocumentedCommand("unload", "Take a model out of memory; requests that it works on are finished first.", "model unload chat") { name, noWait };
        return host.Bind(command, async session =>
        {
            var request = new UnloadModelRequest { Name = ModelCommands.FullName(session.Parse.GetRequiredValue(name)) };
            var operation = await ModelCommands.Client(session).UnloadModelAsync(request, session.Quick);
            return await OperationCommands.FollowAsync(session, operation, wait: !session.Parse.GetValue(noWait));
        });
    }

    /// <summary>Builds <c>pin</c>.</summary>
    public static DocumentedCommand Pin(CommandHost host)
        => Settle(host, "pin", "Keep a model in memory: it never makes room for another one, nor goes for want of requests.", (client, name, session) =>
            client.PinModelAsync(new PinModelRequest { Name = name }, session.Quick).ResponseAsync);

    /// <summary>Builds <c>unpin</c>.</summary>
    public static DocumentedCommand Unpin(CommandHost host)
        => Settle(host, "unpin", "Take a pin back.", (client, name, session) =>
            client.UnpinModelAsync(new UnpinModelRequest { Name = name }, session.Quick).ResponseAsync);

    private static DocumentedCommand Settle(
        CommandHost host, string verb, string help, Func<ModelService.ModelServiceClient, string, Session, Task<Model>> settle)
    {
        var name = ModelCommands.NameArgument();
        return host.Bind(new DocumentedCommand(verb, help, $"model {verb} chat") { name }, async session =>
        {
            var model = await settle(ModelCommands.Client(session), ModelCommands.FullName(session.Parse.GetRequiredValue(name)), session);
            if (session.Json)
            {
                session.WriteJson(model);
            }
            else
            {
                session.Say($"Model {Words.Short(model.Name)} is {ModelCommands.StateOf(model)}.");
            }
            return ExitCode.Done;
        });
    }

    private static bool IsFile(string text)
        => text.EndsWith(".gguf", StringComparison.Ordinal) || (text.Contains('/', StringComparison.Ordinal) && !text.StartsWith("models/", StringComparison.Ordinal));
}
