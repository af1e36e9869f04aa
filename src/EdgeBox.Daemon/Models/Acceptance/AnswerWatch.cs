using EdgeBox.V1;
using static EdgeBox.Daemon.Inference.AnswerReader;

namespace EdgeBox.Daemon.Models.Acceptance;

/// <summary>Measures an answer by its own events as they come: when the first token was there, and how fast the others followed.</summary>
/// <remarks>What the request waited for its turn is no fault of the model and is taken off. Of several attempts the first token is the first one's.</remarks>
internal sealed class AnswerWatch(TimeProvider time)
{
    private double _tokens;
    private TimeSpan _took;

    /// <summary>From its turn to the first token; null if there was none.</summary>
    public TimeSpan? FirstToken { get; private set; }

    /// <summary>Tokens per second of all attempts; 0 if there was nothing to measure.</summary>
    public double TokensPerSecond => _took > TimeSpan.Zero ? _tokens / _took.TotalSeconds : 0;

    /// <summary>Tokens of prompts that were read.</summary>
    public ulong PromptTokens { get; private set; }

    /// <summary>Tokens that were made.</summary>
    public ulong CompletionTokens { get; private set; }

    /// <summary>Passes an attempt's events on.</summary>
    public async IAsyncEnumerable<Answer> WatchAsync(IAsyncEnumerable<Answer> events)
    {
        var begun = time.GetTimestamp();
        (long At, uint Tokens)? first = null;
        await foreach (var said in events)
        {
            if (first is null && (said.Delta?.Tokens ?? said.Call?.Tokens) is { } tokens)
            {
                first = (time.GetTimestamp(), tokens);
            }

            if (said.Finished is { } finished)
            {
                Note(finished, begun, first);
            }

            yield return said;
        }
    }

    private void Note(GenerationFinished finished, long begun, (long At, uint Tokens)? first)
    {
        PromptTokens += finished.Usage.PromptTokens;
        CompletionTokens += finished.Usage.CompletionTokens;
        if (first is not { } heard)
        {
            return;
        }

        FirstToken ??= Positive(time.GetElapsedTime(begun, heard.At) - finished.Timings.Queue.ToTimeSpan());
        var (after, rest) = (time.GetElapsedTime(heard.At), finished.Usage.CompletionTokens - (double)heard.Tokens);
        if (rest >= 1 && after > TimeSpan.Zero)
        {
            (_tokens, _took) = (_tokens + rest, _took + after);
        }
        else
        {
            // All of it came at once: what the engine says of it.
            (_tokens, _took) = (_tokens + finished.Usage.CompletionTokens, _took + finished.Timings.Decode.ToTimeSpan());
        }
    }

    private static TimeSpan Positive(TimeSpan time) => time > TimeSpan.Zero ? time : TimeSpan.Zero;
}
