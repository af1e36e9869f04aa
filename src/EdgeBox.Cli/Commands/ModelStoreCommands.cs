using System.CommandLine;
using System.Globalization;
using EdgeBox.Cli.Rendering;
using EdgeBox.V1;

namespace EdgeBox.Cli.Commands;

/// <summary>edgeboxctl model import, verify, remove and store: the models that live on the box.</summary>
internal static class ModelStoreCommands
{
    /// <summary>model import.</summary>
    public static DocumentedCommand Import(CommandHost host)
    {
        var path = new Argument<string>("PATH") { Description = "A GGUF file on the box (of a split model, its first part), or a folder with one model." };
        var name = new Option<string?>("--name") { Description = "What to call it; else the manifest's name, or made from the file's.", HelpName = "NAME" };
        var version = new Option<string?>("--version") { Description = "Its version; else the manifest's, or the next number.", HelpName = "VERSION" };
        var noWait = ModelCommands.NoWait();
        var command = new DocumentedCommand("import", "Copy a model into the box's store: checked before, hashed on the way. One that was cut off goes on where it stopped.",
            "model import /media/stick/gpt-oss-20b", "model import /media/stick/llama.gguf --name chat --version 2025.1") { path, name, version, noWait };
        return host.Bind(command, async session =>
        {
            var request = new ImportModelRequest
            {
                Path = ModelCommands.OnTheBox(session, session.Parse.GetRequiredValue(path)),
                Name = session.Parse.GetValue(name) ?? "",
                Version = session.Parse.GetValue(version) ?? "",
            };
            var operation = await ModelCommands.Client(session).ImportModelAsync(request, session.Quick);
            return await OperationCommands.FollowAsync(session, operation, wait: !session.Parse.GetValue(noWait));
        });
    }

    /// <summary>model verify.</summary>
    public static DocumentedCommand Verify(CommandHost host)
    {
        var name = ModelCommands.NameArgument();
        var noWait = ModelCommands.NoWait();
        var command = new DocumentedCommand("verify", "Read every byte of an imported model and compare it with what was imported.", "model verify chat@2") { name, noWait };
        return host.Bind(command, async session =>
        {
            var request = new VerifyModelRequest { Name = ModelCommands.FullName(session.Parse.GetRequiredValue(name)) };
            var operation = await ModelCommands.Client(session).VerifyModelAsync(request, session.Quick);
            return await OperationCommands.FollowAsync(session, operation, wait: !session.Parse.GetValue(noWait));
        });
    }

    /// <summary>model remove.</summary>
    public static DocumentedCommand Remove(CommandHost host)
    {
        var name = ModelCommands.NameArgument();
        var command = new DocumentedCommand("remove", "Take an imported model out of the store; what another one still needs stays.", "model remove chat@1") { name };
        return host.Bind(command, async session =>
        {
            var request = new RemoveModelRequest { Name = ModelCommands.FullName(session.Parse.GetRequiredValue(name)) };
            var response = await ModelCommands.Client(session).RemoveModelAsync(request, session.Quick);
            if (session.Json)
            {
                session.WriteJson(response);
            }
            else
            {
                session.Say($"Model {Words.Short(request.Name)} was removed; {Words.Bytes(response.FreedBytes)} are free again.");
            }
            return ExitCode.Done;
        });
    }

    /// <summary>model store.</summary>
    public static DocumentedCommand Store(CommandHost host)
        => host.Bind(new DocumentedCommand("store", "Show how much room the store has, and when it was last looked through.", "model store"), async session =>
        {
            var store = await ModelCommands.Client(session).GetModelStoreAsync(new GetModelStoreRequest(), session.Quick);
            if (session.Json)
            {
                session.WriteJson(store);
                return ExitCode.Done;
            }
            Tables.WriteFacts(session.Shell,
                ("Used", Words.Bytes(store.UsedBytes)),
                ("Free", $"{Words.Bytes(store.FreeBytes)}, of which {Words.Bytes(store.ReserveBytes)} stay free"),
                ("Looked through", store.ScrubbedTime is null ? "not yet" : Words.Time(store.ScrubbedTime)),
                ("Looking now", store.ScrubFraction > 0 ? string.Create(CultureInfo.InvariantCulture, $"{Math.Floor(store.ScrubFraction * 100):0}%") : null));
            return ExitCode.Done;
        });

    /// <summary>What a model is for, in words.</summary>
    public static string Kind(ModelKind kind) => kind switch
    {
        ModelKind.Embedding => "making vectors",
        ModelKind.Rerank => "scoring documents",
        _ => "answering in words",
    };
}
