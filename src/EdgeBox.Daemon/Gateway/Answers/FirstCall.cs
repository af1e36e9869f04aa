using System.Runtime.CompilerServices;
using EdgeBox.V1;
using static EdgeBox.Daemon.Inference.AnswerReader;

namespace EdgeBox.Daemon.Gateway.Answers;

/// <summary>Ends an answer before a second call, for clients that take one at a time.</summary>
internal static class FirstCall
{
    /// <summary>The events of an answer up to the end of its first call. What is not read of it is not made.</summary>
    public static async IAsyncEnumerable<Answer> OnlyAsync(IAsyncEnumerable<Answer> answers, [EnumeratorCancellation] CancellationToken cancellation = default)
    {
        var made = 0u;
        var prompt = 0u;
        var called = false;
        await foreach (var answer in answers.WithCancellation(cancellation))
        {
            if (called && answer is { Delta.Text.Length: > 0 } or { Call.Index: > 0 })
            {
                yield return new Answer(null, null, new GenerationFinished
                {
                    Reason = FinishReason.ToolCalls, Usage = new Usage { PromptTokens = prompt, CompletionTokens = made },
                });
                yield break;
            }

            called |= answer.Call is not null;
            prompt = answer.Started?.PromptTokens ?? prompt;
            made += (answer.Delta?.Tokens ?? 0) + (answer.Call?.Tokens ?? 0);
            yield return answer;
        }
    }
}
