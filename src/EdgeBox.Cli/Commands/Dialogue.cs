using EdgeBox.Cli.Rendering;
using EdgeBox.Cli.Terminal;
using Grpc.Core;

namespace EdgeBox.Cli.Commands;

/// <summary>A conversation on a terminal: asks for a line, prints the answer, until the person leaves.</summary>
internal sealed class Dialogue(Session session, Conversation conversation)
{
    private const string Help = """
        /clear   forget what was said
        /help    show this
        /exit    leave; Ctrl-D does too
        End a line with \ to write another. Up and Down bring back what you wrote; nothing of it is kept on disk.
        """;

    /// <summary>Runs until the person leaves.</summary>
    /// <returns>The exit code.</returns>
    public async Task<int> RunAsync()
    {
        // Fail before the first question if there is no box.
        await Ask(new V1.AccessService.AccessServiceClient(session.Channel.Invoker).GetCallerAsync(new V1.GetCallerRequest(), session.Quick));
        session.Note("Type a question and press Enter. /help shows more, Ctrl-D leaves.");
        var editor = new LineEditor(session.Shell);
        while (editor.Read("> ") is { } line)
        {
            switch (line.Trim())
            {
                case "":
                    break;
                case "/exit" or "/quit":
                    return ExitCode.Done;
                case "/help" or "/?":
                    session.Note(Help);
                    break;
                case "/clear":
                    conversation.Clear();
                    session.Note("Forgotten.");
                    break;
                case ['/', .. var word] when !word.Contains(' ') && !word.Contains('/'):
                    session.Note($"There is no command /{word}; see /help.");
                    break;
                default:
                    await AnswerAsync(line);
                    break;
            }
        }
        return ExitCode.Done;
    }

    private static async Task Ask<T>(AsyncUnaryCall<T> call)
    {
        using (call)
        {
            await call;
        }
    }

    // A refusal of one question does not end the conversation.
    private async Task AnswerAsync(string question)
    {
        session.Interrupts.Renew();
        try
        {
            await conversation.AskAsync(question);
        }
        catch (RpcException e)
        {
            var failure = Failures.Of(e, session.Channel, session.OutOfTime);
            if (failure.Reason == "CANCELLED")
            {
                session.Note("(cancelled)");
            }
            else
            {
                CommandHost.Tell(session.Shell, json: false, failure);
            }
        }
        catch (OperationCanceledException)
        {
            session.Note("(cancelled)");
        }
        session.Interrupts.Renew();
    }
}
