using System.CommandLine;
using EdgeBox.Cli.Rendering;
using EdgeBox.Cli.Terminal;
using Grpc.Core;

namespace EdgeBox.Cli.Commands;

/// <summary>Runs the bodies of commands and turns whatever ends them into words and an exit code.</summary>
internal sealed class CommandHost(Shell shell, GlobalOptions options)
{
    /// <summary>The outside.</summary>
    public Shell Shell { get; } = shell;

    /// <summary>Gives a command its body.</summary>
    /// <param name="command">The command.</param>
    /// <param name="body">What it does; returns the exit code.</param>
    /// <returns>The command.</returns>
    public DocumentedCommand Bind(DocumentedCommand command, Func<Session, Task<int>> body)
    {
        command.SetAction((parse, _) => RunAsync(parse, body));
        return command;
    }

    /// <summary>Tells of a failure: JSON on standard output for programs, sentences on standard error for people.</summary>
    public static int Tell(Shell shell, bool json, CliFailure failure)
    {
        var row = ExitCodes.For(failure.Reason);
        if (json)
        {
            shell.Output.Write(Json.Of(failure) + "\n");
            shell.Output.Flush();
            return row.Code;
        }
        shell.Output.Flush();
        shell.Error.Write($"edgeboxctl: {TerminalText.Clean(failure.Message)}\n");
        if (failure.Facts.Count > 0)
        {
            var facts = failure.Facts.Where(f => !failure.Message.Contains(f.Value, StringComparison.Ordinal)).Select(f => $"{f.Key}: {f.Value}");
            var line = string.Join(", ", facts);
            shell.Error.Write(line.Length > 0 ? $"  {TerminalText.Line(line)}\n" : "");
        }
        if (failure.RetryAfter is { } retry)
        {
            shell.Error.Write($"  The box takes requests again in {Words.Duration(retry)}.\n");
        }
        if ((failure.Advice ?? row.Advice) is { Length: > 0 } advice)
        {
            shell.Error.Write($"  {TerminalText.Clean(advice)}\n");
        }
        shell.Error.Flush();
        return row.Code;
    }

    private async Task<int> RunAsync(ParseResult parse, Func<Session, Task<int>> body)
    {
        using var interrupts = new Interrupts(Shell.TakesSignals);
        using var session = new Session(Shell, parse, options, interrupts);
        try
        {
            var code = await body(session);
            await Shell.Output.FlushAsync();
            return code;
        }
        catch (CliFailure failure)
        {
            return TellOrStop(session, failure);
        }
        catch (RpcException e)
        {
            return TellOrStop(session, Failures.Of(e, session.Channel, session.OutOfTime));
        }
        catch (OperationCanceledException)
        {
            return TellOrStop(session, new CliFailure("CANCELLED", "Cancelled."));
        }
        catch (IOException e) when (IsBrokenPipe(e))
        {
            // The reader has what it wanted, as in "| head": nobody is left to tell.
            return ExitCode.Cancelled;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return TellOrStop(session, new CliFailure(ClientReasons.FileUnusable, e.Message));
        }
    }

    private static int TellOrStop(Session session, CliFailure failure)
    {
        try
        {
            return Tell(session.Shell, session.Json, failure);
        }
        catch (IOException)
        {
            return ExitCodes.For(failure.Reason).Code;
        }
    }

    private static bool IsBrokenPipe(IOException exception)
    {
        const int brokenPipe = 32;
        return exception.HResult == brokenPipe || exception.InnerException is System.Net.Sockets.SocketException;
    }
}
