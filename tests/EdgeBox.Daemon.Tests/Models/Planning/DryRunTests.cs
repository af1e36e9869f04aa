using EdgeBox.Daemon.Failures;
using EdgeBox.Daemon.Models;
using EdgeBox.Daemon.Models.Planning;
using EdgeBox.Daemon.Tests.Inference;
using EdgeBox.Testing.Gguf;
using EdgeBox.V1;
using Microsoft.Extensions.Time.Testing;
using Wire = EdgeBox.Worker.V1;

namespace EdgeBox.Daemon.Tests.Models.Planning;

/// <summary>A dry run's end in the daemon, against a worker that a test plays.</summary>
public sealed class DryRunTests : IDisposable
{
    private static readonly LoadShape s_shape = new(512, 2, 1, 1024);

    private readonly string _directory = Directory.CreateTempSubdirectory("edgebox-plan-").FullName;
    private readonly FakeTimeProvider _time = new();
    private readonly ScriptedWorker _worker = new() { State = new('S', TimeSpan.Zero, 50_000) };
    private readonly ModelFile _file;

    public DryRunTests()
    {
        var path = Path.Combine(_directory, "m.gguf");
        RandomModels.GptOss().WriteFile(path);
        _file = ModelFile.Open(path);
    }

    public void Dispose()
    {
        _file.Dispose();
        Directory.Delete(_directory, recursive: true);
    }

    [Fact]
    public async Task Plan_WorkerTells_IsTheProcessAsItWasAtFirstWithTheOutputsOfThisShape()
    {
        await using var run = Run();

        var first = run.PlanAsync(s_shape, CancellationToken.None);
        var load = (await _worker.HearAsync()).Plan.Load;
        await _worker.SayAsync(Planned(planned => (planned.HeldOutputBytes, planned.OutputBytes) = (10_000, 30_000)));
        Assert.Equal((512u, 2u, 1024u, 0UL), (load.ContextTokens, load.Slots, load.Cells, load.KeptBytes));
        Assert.Equal(50_000 - 10_000 + 30_000, (await first).ProcessBytes);

        _worker.State = new('S', TimeSpan.Zero, 90_000);
        var second = run.PlanAsync(s_shape, CancellationToken.None);
        await _worker.SayAsync(Planned(planned => (planned.HeldOutputBytes, planned.OutputBytes) = (10_000, 60_000)));
        Assert.Equal(50_000 - 10_000 + 60_000, (await second).ProcessBytes);
    }

    [Fact]
    public async Task Plan_WorkerDies_IsRefusedWithItsLastWords()
    {
        await using var run = Run();
        var plan = run.PlanAsync(s_shape, CancellationToken.None);

        _worker.Die("aborted (SIGABRT)");

        var refused = await Assert.ThrowsAsync<FailureException>(() => plan);
        Assert.Equal(ErrorReason.WorkerStartFailed, refused.Reason);
        Assert.Contains(("problem", "aborted (SIGABRT)"), refused.Facts);
        Assert.Contains("last words", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Plan_WorkerSaysNothing_IsKilledWhenThePatienceIsOver()
    {
        await using var run = Run();
        var plan = run.PlanAsync(s_shape, CancellationToken.None);
        await _worker.HearAsync();

        _time.Advance(TimeSpan.FromSeconds(11));

        Assert.Contains("said nothing for 10 seconds", (await Assert.ThrowsAsync<FailureException>(() => plan)).Message, StringComparison.Ordinal);
        Assert.True(_worker.Killed);
    }

    [Theory]
    [InlineData("pack", ErrorReason.RuntimePackInvalid)]
    [InlineData("context", ErrorReason.ModelLoadFailed)]
    public async Task Plan_WorkerRefuses_IsRefusedWithItsWords(string stage, ErrorReason expected)
    {
        await using var run = Run();
        var plan = run.PlanAsync(s_shape, CancellationToken.None);

        await _worker.SayAsync(new Wire.Event { LoadFailed = new Wire.LoadFailed { Stage = stage, Detail = "no\nway" } });

        var refused = await Assert.ThrowsAsync<FailureException>(() => plan);
        Assert.Equal(expected, refused.Reason);
        Assert.Contains(("problem", "no way"), refused.Facts);
    }

    [Theory]
    [InlineData("no host")]
    [InlineData("host twice")]
    [InlineData("too much")]
    [InlineData("escape")]
    public async Task Plan_WorkerTellsWhatCannotBe_IsKilled(string what)
    {
        await using var run = Run();
        var plan = run.PlanAsync(s_shape, CancellationToken.None);

        await _worker.SayAsync(Planned(planned =>
        {
            switch (what)
            {
                case "no host": planned.Memories[0].Device = "CUDA0"; break;
                case "host twice": planned.Memories.Add(planned.Memories[0].Clone()); break;
                case "too much": planned.Memories[0].WeightBytes = ulong.MaxValue; break;
                default: planned.Memories.Add(new Wire.PlannedMemory { Device = "\u001b[31m" }); break;
            }
        }));

        await Assert.ThrowsAsync<FailureException>(() => plan);
        Assert.True(_worker.Killed);
    }

    private static Wire.Event Planned(Action<Wire.Planned> change)
    {
        var planned = new Wire.Planned { Memories = { new Wire.PlannedMemory { Device = "host", WeightBytes = 5 } }, Contexts = { new Wire.PlannedContext { Cells = 1024 } } };
        change(planned);
        return new Wire.Event { Planned = planned };
    }

    private DryRun Run() => new(_worker, _file, TimeSpan.FromSeconds(10), _time);
}
