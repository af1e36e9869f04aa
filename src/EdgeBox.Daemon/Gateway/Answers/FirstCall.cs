using EdgeBox.V1;
using static EdgeBox.Daemon.Inference.AnswerReader;

namespace EdgeBox.Daemon.Gateway.Answers;

/// <summary>Ends an answer before a second call, for clients that take one at a time.</summary>
/// <param name="tell">Told the events up to the end of the first call, and that the answer has ended with it.</param>
/// <param name="enough">Ends the making of the answer.</param>
internal sealed class FirstCall(Func<Answer, Task> tell, Action enough)
{
    private uint _prompt;
    private uint _made;
    private bool _called;

    /// <summary>Whether the answer was ended here.</summary>
    public bool IsOver { get; private set; }

    /// <summary>Takes an event.</summary>
    public async Task TakeAsync(Answer answer)
    {
        if (IsOver)
        {
            return;
        }

        IsOver = _called && answer is { Delta.Text.Length: > 0 } or { Call.Index: > 0 };
        if (IsOver)
        {
            var usage = new Usage { PromptTokens = _prompt, CompletionTokens = _made };
            await tell(new Answer(null, null, new GenerationFinished { Reason = FinishReason.ToolCalls, Usage = usage }));
            enough();
            return;
        }

        _called |= answer.Call is not null;
        _prompt = answer.Started?.PromptTokens ?? _prompt;
        _made += (answer.Delta?.Tokens ?? 0) + (answer.Call?.Tokens ?? 0);
        await tell(answer);
    }
}
