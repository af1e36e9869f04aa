using EdgeBox.Daemon.Inference;
using EdgeBox.Daemon.Models;
using EdgeBox.Daemon.Models.Acceptance;
using EdgeBox.Daemon.Tasks;
using EdgeBox.Daemon.Tests.Inference;
using EdgeBox.Daemon.Tests.Support;
using EdgeBox.V1;
using Google.Protobuf.WellKnownTypes;
using Wire = EdgeBox.Worker.V1;

namespace EdgeBox.Daemon.Tests.Models.Acceptance;

/// <summary>Cases through a real host whose worker the test plays, at the test's own time.</summary>
public sealed class CaseRunnerTests : ModelHostFixture
{
    private readonly ReportFigures _figures = new();

    /// <summary>No worker is killed because it says nothing for long.</summary>
    internal override ModelHostOptions Options { get; } = new() { MaxWaiting = 2, Patience = TimeSpan.FromHours(1) };

    [Fact]
    public async Task Run_AnswerPassesItsChecks_PassesWithItsSpeed()
    {
        var worker = await ReadyWorkerAsync();
        using var directory = new TestDirectory();
        await using var state = new TestState(directory.Path);
        var asked = Case(least: 9, longest: TimeSpan.FromMilliseconds(500));
        var running = Runner(state).RunAsync(Served, asked, _figures, Cancellation);
        await AnswerAsync(worker, "red");
        var result = await running;
        Assert.Equal((true, 1u, 1u, "red", "colour?"), (result.Passed, result.Passes, result.Runs, result.Answer, result.Prompt));
        Assert.Equal((10.0, TimeSpan.Zero), (result.TokensPerSecond, result.FirstToken.ToTimeSpan()));
        Assert.All(result.Checks, check => Assert.True(check.Passed));
        Assert.Equal(3, result.Checks.Count);
    }

    [Fact]
    public async Task Run_AnswerFailsACheck_TellsWhichAndWhy()
    {
        var worker = await ReadyWorkerAsync();
        using var directory = new TestDirectory();
        await using var state = new TestState(directory.Path);
        var running = Runner(state).RunAsync(Served, Case(), _figures, Cancellation);
        await AnswerAsync(worker, "blue");
        var result = await running;
        Assert.Equal((false, 0u, "blue"), (result.Passed, result.Passes, result.Answer));
        Assert.Contains("red", Assert.Single(result.Checks).Problem, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Run_RightAndTooSlow_Fails()
    {
        var worker = await ReadyWorkerAsync();
        using var directory = new TestDirectory();
        await using var state = new TestState(directory.Path);
        var running = Runner(state).RunAsync(Served, Case(least: 1000), _figures, Cancellation);
        await AnswerAsync(worker, "red");
        var result = await running;
        Assert.False(result.Passed);
        Assert.Equal(["10.0 tokens per second; at least 1000 are wanted"], result.Checks.Select(check => check.Problem));
    }

    [Fact]
    public async Task Run_TwoOfThreeMustPass_PassesWithOneFailureAndShowsIt()
    {
        var worker = await ReadyWorkerAsync();
        using var directory = new TestDirectory();
        await using var state = new TestState(directory.Path);
        var asked = Case();
        (asked.Runs, asked.LeastPasses) = (3, 2);
        var running = Runner(state).RunAsync(Served, asked, _figures, Cancellation);
        foreach (var said in new[] { "red", "blue", "red" })
        {
            await AnswerAsync(worker, said);
        }

        var result = await running;
        Assert.Equal((true, 2u, 3u, "blue"), (result.Passed, result.Passes, result.Runs, result.Answer));
        Assert.False(Assert.Single(result.Checks).Passed);
    }

    [Fact]
    public async Task Run_SecondAttemptPasses_CountsTheTokensOfBoth()
    {
        var worker = await ReadyWorkerAsync();
        using var directory = new TestDirectory();
        await using var state = new TestState(directory.Path);
        var asked = Case();
        asked.Chat.Attempts = 2;
        var running = Runner(state).RunAsync(Served, asked, _figures, Cancellation);
        await AnswerAsync(worker, "blue");
        await AnswerAsync(worker, "red");
        var result = await running;
        Assert.Equal((true, 10.0), (result.Passed, result.TokensPerSecond));
        var report = new AcceptanceReport { Results = { result } };
        _figures.WriteTo(report);
        Assert.Equal((42ul, 6ul, AcceptanceVerdict.Passed), (report.CompletionTokens, report.PromptTokens, report.Verdict));
    }

    [Fact]
    public async Task Run_WorkerRefuses_IsToldAsTheCasesProblem()
    {
        var worker = await ReadyWorkerAsync();
        using var directory = new TestDirectory();
        await using var state = new TestState(directory.Path);
        var running = Runner(state).RunAsync(Served, Case(), _figures, Cancellation);
        var asked = (await worker.HearAsync()).Generate.Request;
        await worker.SayAsync(new Wire.Event { Refused = new Wire.Refused { Request = asked, Kind = Wire.RefusalKind.PromptTooLong, PromptTokens = 9, LimitTokens = 8 } });
        var result = await running;
        Assert.False(result.Passed);
        Assert.Equal(ErrorReason.PromptTooLong, Daemon.Failures.FailureStatus.ReasonOf(result.Problem));
    }

    [Fact]
    public async Task Run_TakesTooLong_IsGivenUpAndFreesItsSlot()
    {
        var worker = await ReadyWorkerAsync();
        using var directory = new TestDirectory();
        await using var state = new TestState(directory.Path);
        var running = Runner(state).RunAsync(Served, Case(), _figures, Cancellation);
        var asked = (await worker.HearAsync()).Generate.Request;
        Time.Advance(CaseRunner.MostTime);
        Assert.Equal(asked, (await worker.HearAsync()).Cancel.Request);
        var result = await running;
        Assert.Equal(ErrorReason.DeadlineExceeded, Daemon.Failures.FailureStatus.ReasonOf(result.Problem));
    }

    [Fact]
    public async Task Run_IsCancelled_EndsAtOnce()
    {
        var worker = await ReadyWorkerAsync();
        using var directory = new TestDirectory();
        await using var state = new TestState(directory.Path);
        using var stop = new CancellationTokenSource();
        var running = Runner(state).RunAsync(Served, Case(), _figures, stop.Token);
        var asked = (await worker.HearAsync()).Generate.Request;
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => running);
        Assert.Equal(asked, (await worker.HearAsync()).Cancel.Request);
    }

    [Theory]
    [InlineData(0.9f, 0.1f, true)]
    [InlineData(0.1f, 0.9f, false)]
    public async Task Run_Documents_PassIfTheFirstIsRankedFirst(float first, float second, bool passes)
    {
        var worker = await ReadyWorkerAsync();
        using var directory = new TestDirectory();
        await using var state = new TestState(directory.Path);
        var asked = new AcceptanceCase { Name = "r", Rerank = new RerankRequest { Query = "q", Documents = { "a", "b" }, TopN = 1 } };
        var running = Runner(state).RunAsync(Served, asked, _figures, Cancellation);
        var id = (await worker.HearAsync()).Rerank.Request;
        await worker.SayAsync(new Wire.Event { Reranked = new Wire.Reranked { Request = id, Scores = { first, second } } });
        Assert.Equal(passes, (await running).Passed);
    }

    [Theory]
    [InlineData("a", "b", 1f, true)]
    [InlineData("a", "b", 0f, false)]
    [InlineData("a", "a", 0f, true)]
    public async Task Run_Texts_PassIfDifferentOnesHaveDifferentVectors(string one, string other, float differs, bool passes)
    {
        var worker = await ReadyWorkerAsync();
        using var directory = new TestDirectory();
        await using var state = new TestState(directory.Path);
        var running = Runner(state).RunAsync(Served, new AcceptanceCase { Name = "e", Embed = new EmbedRequest { Inputs = { one, other } } }, _figures, Cancellation);
        var id = (await worker.HearAsync()).Embed.Request;
        await worker.SayAsync(new Wire.Event
        {
            Embedded = new Wire.Embedded { Request = id, Vectors = { new Wire.Vector { Values = { 1, 2 } }, new Wire.Vector { Values = { 1, 2 + differs } } } },
        });
        var result = await running;
        Assert.Equal((passes, "2 × 2"), (result.Passed, result.Answer));
    }

    private LeasedModel Served => new("models/m", Host, null, new MemoryStream());

    private CaseRunner Runner(TestState state)
    {
        var date = new ToldDate(state.Clock, Microsoft.Extensions.Options.Options.Create(new InferenceOptions { TellDate = false }));
        var tasks = new TaskRegistry(new TaskStore(state.Database, state.Audit));
        return new CaseRunner(new CaseRun(new AnswerPath(tasks, date), Time), Time);
    }

    private static AcceptanceCase Case(double least = 0, TimeSpan? longest = null) => new()
    {
        Name = "c",
        LeastTokensPerSecond = least,
        LongestFirstToken = longest is { } time ? Duration.FromTimeSpan(time) : null,
        Chat = new ChatRequest
        {
            Messages = { new ChatMessage { Role = ChatRole.User, Parts = { new ContentPart { Text = "colour?" } } } },
            Checks = { new V1.Check { Contains = new TextList { Texts = { "red" } } } },
            Attempts = 1,
        },
    };

    /// <summary>21 tokens, of which the engine says that they took 2.1 seconds; the test's own time stands still.</summary>
    private static async Task AnswerAsync(ScriptedWorker worker, string said)
    {
        var id = (await worker.HearAsync()).Generate.Request;
        await worker.SayAsync(Started(id));
        await worker.SayAsync(Delta(id, said));
        await worker.SayAsync(new Wire.Event
        {
            Finished = new Wire.Finished { Request = id, Kind = Wire.FinishKind.Stop, PromptTokens = 3, CompletionTokens = 21, DecodeNs = 2_100_000_000 },
        });
    }
}
