using EdgeBox.Cli.Rendering;
using EdgeBox.V1;

namespace EdgeBox.Cli.Commands;

/// <summary>What was said so far between a person and a model.</summary>
/// <param name="session">The run of the command.</param>
/// <param name="generation">How answers are made.</param>
/// <param name="template">What every request of the conversation holds: instructions, tools, checks.</param>
internal sealed class Conversation(Session session, GenerationOptions generation, ChatRequest template)
{
    private readonly List<ChatMessage> _messages = [];

    /// <summary>Forgets what was said, but not the instructions.</summary>
    public void Clear() => _messages.Clear();

    /// <summary>
    /// Asks and prints the answer. A part of an answer that was cancelled or broke off is remembered as what the model said;
    /// a question that got none is forgotten, so that it can be asked again.
    /// </summary>
    /// <returns>The exit code: whether the answer passed its checks.</returns>
    public async Task<int> AskAsync(string question)
    {
        var printer = new AnswerPrinter(session, generation.Reasoning(session.Parse), generation.Quiet(session.Parse));
        _messages.Add(ChatCommand.Message(ChatRole.User, question));
        try
        {
            var call = new InferenceService.InferenceServiceClient(session.Channel.Invoker).Chat(Request(), session.Long);
            await printer.PrintAsync(AnswerEvent.Of(call, session.Interrupts.Token));
            return printer.Verification is { Verified: false } ? ExitCodes.For(ClientReasons.NotVerified).Code : ExitCode.Done;
        }
        finally
        {
            if (printer.Answer.Length > 0 || printer.Calls.Count > 0)
            {
                _messages.Add(Answer(printer));
            }
            else
            {
                _messages.RemoveAt(_messages.Count - 1);
            }
        }
    }

    private static ChatMessage Answer(AnswerPrinter printer)
    {
        var message = new ChatMessage { Role = ChatRole.Assistant, ToolCalls = { printer.Calls } };
        if (printer.Answer.Length > 0)
        {
            message.Parts.Add(new ContentPart { Text = printer.Answer });
        }
        return message;
    }

    private ChatRequest Request()
    {
        var request = template.Clone();
        request.Model = generation.Model(session.Parse);
        request.Sampling = generation.Sampling(session.Parse);
        request.Stop = generation.Stop(session.Parse);
        request.Logprobs = generation.Logprobs(session.Parse);
        request.Schedule = generation.Schedule(session.Parse);
        request.Drafting = generation.Drafting(session.Parse);
        request.Messages.AddRange(_messages);
        return request;
    }
}
