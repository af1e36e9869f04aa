using System.CommandLine;
using System.Globalization;
using EdgeBox.Cli.Rendering;
using EdgeBox.V1;
using Google.Protobuf.WellKnownTypes;
using Grpc.Core;

namespace EdgeBox.Cli.Commands;

/// <summary>edgeboxctl operation: work that outlives the command that began it.</summary>
internal static class OperationCommands
{
    // The box answers a wait when its time is up; the bar moves that often.
    private static readonly TimeSpan s_step = TimeSpan.FromMilliseconds(500);

    /// <summary>Builds the command.</summary>
    public static DocumentedCommand Build(CommandHost host)
        => new("operation", "Long work: see it, wait for it, cancel it.", "operation list", "operation wait 7f3a")
        {
            List(host),
            Show(host),
            Wait(host),
            Cancel(host),
        };

    /// <summary>Shows an operation that was just begun: until it ends, or as it is.</summary>
    /// <returns>The exit code: of the operation's own failure, if it failed.</returns>
    public static async Task<int> FollowAsync(Session session, Operation operation, bool wait)
    {
        if (wait)
        {
            operation = await WaitAsync(session, operation);
        }
        else if (!session.Json)
        {
            session.Say($"Begun as {Words.Short(operation.Name)}. See it with: edgeboxctl operation show {Words.Short(operation.Name)}");
            return ExitCode.Done;
        }
        return Tell(session, operation);
    }

    private static OperationService.OperationServiceClient Client(Session session) => new(session.Channel.Invoker);

    private static Argument<string> NameArgument() => new("NAME") { Description = "The operation's name, as in: edgeboxctl operation list" };

    private static string FullName(string name) => name.StartsWith("operations/", StringComparison.Ordinal) ? name : "operations/" + name;

    /// <summary>Waits until an operation has ended, and shows how far it is.</summary>
    public static async Task<Operation> WaitAsync(Session session, Operation operation)
    {
        using var bar = new ProgressLine(session);
        var request = new WaitOperationRequest { Name = operation.Name, Timeout = Duration.FromTimeSpan(s_step) };
        var options = session.Long;
        try
        {
            while (operation.State == OperationState.Running)
            {
                bar.Show(operation);
                operation = await Client(session).WaitOperationAsync(request, options);
            }
            return operation;
        }
        catch (RpcException e) when (e.StatusCode is StatusCode.Cancelled or StatusCode.DeadlineExceeded)
        {
            bar.Dispose();
            var name = Words.Short(operation.Name);
            throw new CliFailure(e.StatusCode == StatusCode.Cancelled ? "CANCELLED" : "DEADLINE_EXCEEDED",
                $"No longer waiting; operation {name} goes on.", ("operation", operation.Name))
            {
                Advice = $"edgeboxctl operation wait {name} waits on, edgeboxctl operation cancel {name} stops it.",
            };
        }
    }

    // The document is the operation, whatever became of it; the exit code tells whether it went well.
    private static int Tell(Session session, Operation operation)
    {
        if (session.Json)
        {
            session.WriteJson(operation);
        }
        switch (operation.ResultCase)
        {
            case Operation.ResultOneofCase.Error:
                var failure = Failures.Of(operation.Error);
                return session.Json ? ExitCodes.For(failure.Reason).Code : CommandHost.Tell(session.Shell, json: false, failure);
            case Operation.ResultOneofCase.Response when !session.Json && operation.Response.TryUnpack<AcceptanceReport>(out var report):
                session.Say($"Model {Words.Short(report.Model)} has {(report.Verdict == AcceptanceVerdict.Passed ? "passed" : "not passed")}. See it with: edgeboxctl model report {report.Name}");
                break;
            case Operation.ResultOneofCase.Response when !session.Json && operation.Response.TryUnpack<Model>(out var model):
                session.Say(model.State == ModelState.Ready
                    ? $"Model {Words.Short(model.Name)} is ready: {model.Slots} slots of {model.ContextTokens} tokens (loaded in {Words.Duration(model.LoadDuration)})."
                    : $"Model {Words.Short(model.Name)} is {Words.State(model.State)}.");
                break;
            case Operation.ResultOneofCase.Response when !session.Json && operation.Response.TryUnpack<Alias>(out var alias):
                session.Say(ModelAliasCommands.Told(alias));
                break;
            default:
                if (!session.Json)
                {
                    session.Say($"Operation {Words.Short(operation.Name)} has {Words.State(operation.State)}.");
                }
                break;
        }
        return ExitCode.Done;
    }

    private static DocumentedCommand List(CommandHost host)
    {
        var limit = new Option<int>("--limit") { Description = "At most this many, newest first; 1 to 500.", HelpName = "N", DefaultValueFactory = _ => 50, CustomParser = Limits.Between(1, 500) };
        var command = new DocumentedCommand("list", "List operations, newest first.", "operation list", "operation list --limit 5") { limit };
        return host.Bind(command, async session =>
        {
            var request = new ListOperationsRequest { PageSize = session.Parse.GetValue(limit) };
            var response = await Client(session).ListOperationsAsync(request, session.Quick);
            if (session.Json)
            {
                session.WriteJson(response);
            }
            else if (response.Operations.Count == 0)
            {
                session.Say("There are no operations.");
            }
            else
            {
                Tables.Write(session.Shell,
                    [new("OPERATION"), new("KIND"), new("SUBJECT"), new("STATE"), new("DONE", true), new("BEGUN"), new("BY")],
                    response.Operations.Select(o => new[]
                    {
                        Words.Short(o.Name), o.Kind, o.Subject, Words.State(o.State), Percent(o), Words.Time(o.CreateTime), o.Actor,
                    }));
            }
            return ExitCode.Done;
        });
    }

    private static DocumentedCommand Show(CommandHost host)
    {
        var name = NameArgument();
        return host.Bind(new DocumentedCommand("show", "Show one operation.", "operation show 7f3a") { name }, async session =>
        {
            var operation = await Client(session).GetOperationAsync(new GetOperationRequest { Name = FullName(session.Parse.GetRequiredValue(name)) }, session.Quick);
            Render(session, operation);
            return ExitCode.Done;
        });
    }

    private static DocumentedCommand Wait(CommandHost host)
    {
        var name = NameArgument();
        return host.Bind(new DocumentedCommand("wait", "Wait until an operation ends; fails if it failed.", "operation wait 7f3a", "operation wait 7f3a --timeout 5m") { name }, async session =>
        {
            var operation = await Client(session).GetOperationAsync(new GetOperationRequest { Name = FullName(session.Parse.GetRequiredValue(name)) }, session.Quick);
            return await FollowAsync(session, operation, wait: true);
        });
    }

    private static DocumentedCommand Cancel(CommandHost host)
    {
        var name = NameArgument();
        return host.Bind(new DocumentedCommand("cancel", "Ask an operation to stop.", "operation cancel 7f3a") { name }, async session =>
        {
            var operation = await Client(session).CancelOperationAsync(new CancelOperationRequest { Name = FullName(session.Parse.GetRequiredValue(name)) }, session.Quick);
            if (session.Json)
            {
                session.WriteJson(operation);
            }
            else
            {
                session.Say(operation.State == OperationState.Running
                    ? $"Operation {Words.Short(operation.Name)} was asked to stop."
                    : $"Operation {Words.Short(operation.Name)} has {Words.State(operation.State)}.");
            }
            return ExitCode.Done;
        });
    }

    private static void Render(Session session, Operation operation)
    {
        if (session.Json)
        {
            session.WriteJson(operation);
            return;
        }
        var failure = operation.ResultCase == Operation.ResultOneofCase.Error ? Failures.Of(operation.Error) : null;
        Tables.WriteFacts(session.Shell,
            ("Operation", Words.Short(operation.Name)),
            ("Kind", operation.Kind),
            ("Subject", operation.Subject),
            ("State", Words.State(operation.State)),
            ("Done", operation.State == OperationState.Running ? $"{Percent(operation)} {operation.Progress?.Stage}" : null),
            ("Begun", $"{Words.Time(operation.CreateTime)} by {operation.Actor}"),
            ("Ended", operation.EndTime is null ? null : Words.Time(operation.EndTime)),
            ("Error", failure is null ? null : $"{failure.Message} ({failure.Reason})"));
    }

    private static string Percent(Operation operation)
        => operation.State == OperationState.Succeeded
            ? "100%"
            : string.Create(CultureInfo.InvariantCulture, $"{Math.Floor(Math.Clamp(operation.Progress?.Fraction ?? 0, 0, 1) * 100):0}%");
}
