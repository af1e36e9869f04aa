using EdgeBox.Cli.Rendering;
using EdgeBox.V1;

namespace EdgeBox.Cli.Commands;

/// <summary>What was said so far between a person and a model.</summary>
internal sealed class Conversation(Session session, GenerationOptions generation, string? instructions, OutputConstraint? constraint)
{
    private readonly List<ChatMessage> _messages = [];

    /// <summary>Forgets what was said, but not the instructions.</summary>
    public void Clear() => _messages.Clear();

    /// <summary>
    /// Asks and prints the answer. A part of an answer that was cancelled or broke off is remembered as what the model said;
    /// a question that got none is forgotten, so that it can be asked again.
    /// </summary>
    public async Task AskAsync(string question)
    {
        var printer = new AnswerPrinter(session, generation.Reasoning(session.Parse), generation.Quiet(session.Parse));
        _messages.Add(ChatCommand.Message(ChatRole.User, question));
        try
        {
            var call = new InferenceService.InferenceServiceClient(session.Channel.Invoker).Chat(Request(), session.Long);
            await printer.PrintAsync(AnswerEvent.Of(call, session.Interrupts.Token));
        }
        finally
        {
            if (printer.Answer.Length > 0)
            {
                _messages.Add(ChatCommand.Message(ChatRole.Assistant, printer.Answer));
            }
            else
            {
                _messages.RemoveAt(_messages.Count - 1);
            }
        }
    }

    private ChatRequest Request()
    {
        var request = new ChatRequest
        {
            Model = generation.Model(session.Parse),
            Sampling = generation.Sampling(session.Parse),
            Stop = generation.Stop(session.Parse),
            Logprobs = generation.Logprobs(session.Parse),
            Schedule = generation.Schedule(session.Parse),
            Drafting = generation.Drafting(session.Parse),
            Constraint = constraint,
        };
        if (instructions is not null)
        {
            request.Messages.Add(ChatCommand.Message(ChatRole.System, instructions));
        }
        request.Messages.AddRange(_messages);
        return request;
    }
}
