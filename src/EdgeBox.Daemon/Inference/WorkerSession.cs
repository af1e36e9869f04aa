using Wire = EdgeBox.Worker.V1;

namespace EdgeBox.Daemon.Inference;

/// <summary>Where one worker is in its life.</summary>
internal enum SessionStage
{
    /// <summary>It was started and has not said hello.</summary>
    Greeting,

    /// <summary>It reads the model into memory.</summary>
    Loading,

    /// <summary>It answers.</summary>
    Serving,

    /// <summary>It said why it cannot load the model, and exits.</summary>
    Failed,
}

/// <summary>One life of a worker: its process, its link, and what it said of itself.</summary>
internal sealed class WorkerSession : IAsyncDisposable
{
    /// <summary>How long a worker that hung up may take to end by itself.</summary>
    private static readonly TimeSpan s_timeToEnd = TimeSpan.FromSeconds(1);

    private readonly IWorkerProcess _process;
    private readonly TimeProvider _time;
    private readonly WorkerLink _link;
    private readonly ProgressWatch _watch;
    private float _loadFraction;
    private ulong _signs;

    /// <summary>Begins to listen to a process that was just started.</summary>
    /// <param name="process">The process; owned from here on.</param>
    /// <param name="watch">Judges its progress.</param>
    /// <param name="onEvents">Called with this session for the events that came together.</param>
    /// <param name="time">Bounds the wait for a worker that hung up.</param>
    public WorkerSession(IWorkerProcess process, ProgressWatch watch, Func<WorkerSession, IReadOnlyList<Wire.Event>, ValueTask> onEvents, TimeProvider time)
    {
        _process = process;
        _time = time;
        _watch = watch;
        _link = new WorkerLink(
            process.Channel,
            events => onEvents(this, events),
            why =>
            {
                // A worker that breaks the contract, or closes its socket, is of no use: its exit tells the rest.
                BrokenLink = why;
                HungUp = true;
                _ = why is null or (IOException and not Google.Protobuf.InvalidProtocolBufferException) ? KillIfItStaysAsync() : KillNow();
            });
    }

    public int Pid => _process.Pid;

    public Task<WorkerExit> Exited => _process.Exited;

    /// <summary>Completes when everything that the worker said was heard.</summary>
    public Task Heard => _link.Heard;

    public string StderrTail => _process.StderrTail;

    public SessionStage Stage { get; set; } = SessionStage.Greeting;

    public Wire.Hello? Hello { get; set; }

    public Wire.Loaded? Loaded { get; set; }

    public Wire.LoadFailed? LoadFailed { get; set; }

    public Wire.Heartbeat Heartbeat { get; private set; } = new();

    public WorkerSample? LastSample { get; private set; }

    /// <summary>Whether the last look found it stuck in the kernel.</summary>
    public bool Stuck { get; private set; }

    /// <summary>What ended the link, if it was not the end of file.</summary>
    public Exception? BrokenLink { get; private set; }

    /// <summary>Whether the link has ended; the process may live for a moment yet.</summary>
    public bool HungUp { get; private set; }

    public bool TrySend(Wire.Command command) => _link.TrySend(command);

    public void Kill() => _process.Kill();

    /// <summary>Takes note of a sign of progress other than a step: loading.</summary>
    public void NoteLoading(float fraction)
    {
        if (fraction > _loadFraction)
        {
            _loadFraction = fraction;
            _signs++;
        }
    }

    public void NoteHeartbeat(Wire.Heartbeat heartbeat) => Heartbeat = heartbeat;

    /// <summary>Looks at the process and judges whether it makes progress.</summary>
    public Liveness Look(bool hasWork)
    {
        if (_process.Sample() is not { } sample)
        {
            return Liveness.Alive; // Gone: its exit is on its way.
        }

        LastSample = sample;
        var busy = Stage != SessionStage.Serving || hasWork;
        var liveness = _watch.Judge(busy, Heartbeat.Steps + _signs, sample.ProcessorTime, sample.State);
        Stuck = liveness == Liveness.Stuck;
        return liveness;
    }

    /// <summary>Its socket closes before its end is seen: killing it then would hide what it died of.</summary>
    private async Task KillIfItStaysAsync()
    {
        await Task.WhenAny(_process.Exited, Task.Delay(s_timeToEnd, _time));
        if (!_process.Exited.IsCompleted)
        {
            _process.Kill();
        }
    }

    private Task KillNow()
    {
        _process.Kill();
        return Task.CompletedTask;
    }

    public async ValueTask DisposeAsync()
    {
        await _link.DisposeAsync();
        await _process.DisposeAsync();
    }
}
