using System.Threading.Channels;
using EdgeBox.Daemon.Failures;
using EdgeBox.Daemon.Inference;
using EdgeBox.V1;
using Wire = EdgeBox.Worker.V1;

namespace EdgeBox.Daemon.Models.Planning;

/// <summary>What a throw-away worker said that loading would take.</summary>
/// <param name="Engine">The engine's account.</param>
/// <param name="ProcessBytes">Main memory of the process itself: program, vocabulary, tables, outputs.</param>
internal sealed record DryRunResult(Wire.Planned Engine, long ProcessBytes);

/// <summary>A throw-away worker that has opened a model without its weights and says what loading it would take.</summary>
internal sealed class DryRun : IAsyncDisposable
{
    /// <summary>The fact of a failure that holds what a worker wrote to standard error before it died.</summary>
    public const string StderrFact = "stderr";

    /// <summary>The fact of such a failure that says how the worker ended.</summary>
    public const string ExitFact = "problem";

    private const int MostUnread = 64;
    private const int MostMemories = 64;
    private const int MostName = 64;
    private const ulong MostBytes = 1UL << 50;

    private readonly IWorkerProcess _process;
    private readonly ModelFile _file;
    private readonly TimeSpan _patience;
    private readonly TimeProvider _time;
    private readonly WorkerLink _link;
    private readonly Channel<Wire.Event> _said = System.Threading.Channels.Channel.CreateBounded<Wire.Event>(new BoundedChannelOptions(MostUnread) { SingleReader = true });
    private long? _programBytes;

    /// <summary>Begins to listen to a worker that was just started for a file.</summary>
    /// <param name="process">The worker; owned from here on.</param>
    /// <param name="file">What it was started for.</param>
    /// <param name="patience">How long an answer may take.</param>
    /// <param name="time">Bounds the waiting.</param>
    public DryRun(IWorkerProcess process, ModelFile file, TimeSpan patience, TimeProvider time)
    {
        (_process, _file, _patience, _time) = (process, file, patience, time);
        _link = new WorkerLink(process.Channel, HearAsync, _ => _said.Writer.TryComplete());
    }

    /// <summary>What loading it so would take.</summary>
    /// <exception cref="FailureException">MODEL_LOAD_FAILED or RUNTIME_PACK_INVALID: it cannot be loaded so; WORKER_START_FAILED: the worker did not survive it.</exception>
    public async Task<DryRunResult> PlanAsync(LoadShape shape, CancellationToken cancellation)
    {
        _link.TrySend(new Wire.Command { Plan = new Wire.Plan { Load = shape.Command(_file.Handles.Count, keptBytes: 0) } });
        using var limit = new CancellationTokenSource(_patience, _time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellation);
        try
        {
            var said = await _said.Reader.ReadAsync(either.Token);
            if (said.LoadFailed is { } failed)
            {
                throw Refused(failed);
            }

            if (IsPlausible(said.Planned))
            {
                return Result(said.Planned);
            }
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            _process.Kill();
            throw await DiedAsync($"said nothing for {_patience.TotalSeconds:0} seconds and was ");
        }
        catch (ChannelClosedException)
        {
            _process.Kill();
            throw await DiedAsync("");
        }

        _process.Kill();
        throw await DiedAsync("told what cannot be and was ");
    }

    public async ValueTask DisposeAsync()
    {
        await _link.DisposeAsync();
        _process.Kill();
        await _process.DisposeAsync();
    }

    private static bool IsPlausible(Wire.Planned planned) =>
        planned.Memories.Count is > 0 and <= MostMemories
        && planned.Contexts.Count is > 0 and <= MostMemories
        && planned.Memories.Count(memory => memory.Device == DeviceDemand.Host) == 1
        && planned.Memories.DistinctBy(memory => memory.Device).Count() == planned.Memories.Count
        && planned.Memories.All(memory => memory.Device.Length is > 0 and <= MostName && !memory.Device.Any(char.IsControl)
            && new[] { memory.WeightBytes, memory.CacheBytes, memory.ComputeBytes, memory.TotalBytes, memory.FreeBytes }.Max() <= MostBytes)
        && new[] { planned.OutputBytes, planned.HeldOutputBytes }.Max() <= MostBytes;

    private async ValueTask HearAsync(IReadOnlyList<Wire.Event> events)
    {
        foreach (var said in events.Where(said => said.Planned is not null || said.LoadFailed is not null))
        {
            await _said.Writer.WriteAsync(said);
        }
    }

    /// <remarks>The process is looked at once: later contexts leave things behind that no real load has.</remarks>
    private DryRunResult Result(Wire.Planned planned)
    {
        _programBytes ??= (long)(_process.Sample()?.ResidentBytes ?? 0) - (long)planned.HeldOutputBytes;
        return new DryRunResult(planned, _programBytes.Value + (long)planned.OutputBytes);
    }

    private FailureException Refused(Wire.LoadFailed failed) => new(
        failed.Stage == "pack" ? ErrorReason.RuntimePackInvalid : ErrorReason.ModelLoadFailed,
        $"{_file.Path} cannot be loaded so: {Plausible.OneLine(failed.Detail)}",
        ("path", _file.Path), ("problem", Plausible.OneLine(failed.Detail)), ("detail", Plausible.OneLine(failed.Detail)));

    private async Task<FailureException> DiedAsync(string how)
    {
        var exit = await _process.Exited;
        if (!exit.Started)
        {
            return WorkerStart.Failed(exit.Words);
        }

        return new FailureException(ErrorReason.WorkerStartFailed,
            $"The worker that planned {_file.Path} {how}{exit.Words}. Its last words: {Plausible.OneLine(_process.StderrTail)}",
            ("model", _file.Path), (ExitFact, exit.Words), (StderrFact, _process.StderrTail));
    }
}
