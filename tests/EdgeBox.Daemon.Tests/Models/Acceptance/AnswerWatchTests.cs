using EdgeBox.Daemon.Models.Acceptance;
using EdgeBox.V1;
using Google.Protobuf.WellKnownTypes;
using Microsoft.Extensions.Time.Testing;
using static EdgeBox.Daemon.Inference.AnswerReader;

namespace EdgeBox.Daemon.Tests.Models.Acceptance;

public sealed class AnswerWatchTests
{
    private readonly FakeTimeProvider _time = new();

    [Fact]
    public async Task Watch_TokensOverTime_MeasuresWithoutTheWaitForATurn()
    {
        var watch = new AnswerWatch(_time);
        await ReadAsync(watch.WatchAsync(AnswerAsync(first: 5, rest: 2, tokens: 21, queue: 4)));
        Assert.Equal((TimeSpan.FromSeconds(1), 10.0, 21ul, 7ul), (watch.FirstToken, watch.TokensPerSecond, watch.CompletionTokens, watch.PromptTokens));
    }

    [Fact]
    public async Task Watch_SeveralAttempts_KeepsTheFirstTokenOfTheFirstAndTheSpeedOfAll()
    {
        var watch = new AnswerWatch(_time);
        await ReadAsync(watch.WatchAsync(AnswerAsync(first: 1, rest: 2, tokens: 21, queue: 0)));
        await ReadAsync(watch.WatchAsync(AnswerAsync(first: 9, rest: 8, tokens: 21, queue: 0)));
        Assert.Equal((TimeSpan.FromSeconds(1), 4.0, 42ul), (watch.FirstToken, watch.TokensPerSecond, watch.CompletionTokens));
    }

    [Fact]
    public async Task Watch_AllAtOnce_TakesTheEnginesWordForTheSpeed()
    {
        var watch = new AnswerWatch(_time);
        await ReadAsync(watch.WatchAsync(AnswerAsync(first: 1, rest: 0, tokens: 10, queue: 0)));
        Assert.Equal(2.0, watch.TokensPerSecond);
    }

    private static async Task ReadAsync(IAsyncEnumerable<Answer> events)
    {
        await foreach (var said in events)
        {
            Assert.NotEqual(default, said);
        }
    }

    /// <summary>An answer whose events come at times of the test's own.</summary>
    private async IAsyncEnumerable<Answer> AnswerAsync(double first, double rest, uint tokens, double queue)
    {
        await Task.CompletedTask;
        yield return new Answer(new GenerationStarted(), null, null);
        _time.Advance(TimeSpan.FromSeconds(first));
        yield return new Answer(null, new TextDelta { Text = "a", Tokens = 1 }, null);
        _time.Advance(TimeSpan.FromSeconds(rest));
        yield return new Answer(null, null, new GenerationFinished
        {
            Usage = new Usage { PromptTokens = 7, CompletionTokens = tokens },
            Timings = new Timings
            {
                Queue = Duration.FromTimeSpan(TimeSpan.FromSeconds(queue)), Decode = Duration.FromTimeSpan(TimeSpan.FromSeconds(5)), Prefill = new Duration(),
            },
        });
    }
}
