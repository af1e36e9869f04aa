using System.CommandLine;
using EdgeBox.Cli.Rendering;
using EdgeBox.V1;
using Grpc.Core;

namespace EdgeBox.Cli.Commands;

/// <summary>edgeboxctl model watch: what the models are doing, as it happens.</summary>
internal static class ModelWatchCommand
{
    /// <summary>Builds the command.</summary>
    public static DocumentedCommand Build(CommandHost host)
    {
        var name = new Argument<string?>("NAME") { Description = "The model; else all.", Arity = ArgumentArity.ZeroOrOne };
        var command = new DocumentedCommand("watch", "Watch models: a table that follows them, or a line for each change. Ctrl-C ends it.",
            "model watch", "model watch chat", "--json model watch | jq -r '.name + \" \" + .state'") { name };
        return host.Bind(command, async session =>
        {
            var asked = session.Parse.GetValue(name);
            var request = new WatchModelsRequest { Name = asked is null ? "" : ModelCommands.FullName(asked) };
            using var call = ModelCommands.Client(session).WatchModels(request, session.Long);
            using var view = new ModelView(session);
            try
            {
                await foreach (var model in call.ResponseStream.ReadAllAsync(session.Interrupts.Token))
                {
                    view.Show(model);
                }
            }
            catch (Exception e) when (session.Interrupts.Token.IsCancellationRequested && e is OperationCanceledException or RpcException { StatusCode: StatusCode.Cancelled })
            {
                // Whoever watches has seen enough.
            }
            return ExitCode.Done;
        });
    }
}
