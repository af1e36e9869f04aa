using System.Diagnostics.CodeAnalysis;
using System.Threading.Channels;
using EdgeBox.Daemon.Failures;
using EdgeBox.V1;
using Channel = System.Threading.Channels.Channel;
using Wire = EdgeBox.Worker.V1;

namespace EdgeBox.Daemon.Inference;

/// <summary>Serves one model: owns its worker, its requests and its state. One loop changes them; others see <see cref="Snapshot"/>.</summary>
internal sealed partial class ModelHost : IAsyncDisposable
{
    /// <summary>Messages that may wait for the loop; senders wait for room, so a flood slows only those who cause it.</summary>
    private const int MaxMessages = 4096;

    /// <summary>Messages that are handled before their consequences are drawn together.</summary>
    private const int MaxTogether = 32;

    private readonly ModelHostSetup _setup;
    private readonly TimeProvider _time;
    private readonly ILogger _log;
    private readonly Channel<HostMessage> _mailbox = Channel.CreateBounded<HostMessage>(
        new BoundedChannelOptions(MaxMessages) { SingleReader = true });

    private readonly JobTable _table;
    private readonly Quarantine _quarantine;
    private readonly BackOff _backOff = new();
    private readonly TaskCompletionSource _ready = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _drained = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly ITimer _looking;
    private readonly Task _loop;
    private readonly List<Task> _ending = [];

    private ITimer? _restarting;
    private WorkerSession? _session;
    private HostSnapshot _snapshot = new() { State = ModelState.Loading };
    private long _startedAt;
    private long? _restartAt;
    private ulong _lastId;
    private bool _draining;

    /// <summary>Starts the first worker at once.</summary>
    public ModelHost(ModelHostSetup setup, TimeProvider time, ILogger log)
    {
        _setup = setup;
        _time = time;
        _log = log;
        _table = new JobTable(setup.Options, time);
        _quarantine = new Quarantine(time);
        _looking = time.CreateTimer(_ => Post(new HostMessage.Look()), null, setup.Options.LookEvery, setup.Options.LookEvery);
        Post(new HostMessage.Restart());
        _loop = Task.Run(RunAsync);
    }

    /// <summary>The state as it was last published.</summary>
    public HostSnapshot Snapshot => Volatile.Read(ref _snapshot);

    /// <summary>Completes when the model is ready for the first time; fails with <see cref="FailureException"/> if it cannot be loaded.</summary>
    public Task Ready => _ready.Task;

    /// <summary>Asks for something. What comes of it is read from the job's events.</summary>
    /// <param name="build">Makes the command for the request id that it is given.</param>
    /// <param name="claim">Who asks, and how it takes its turn.</param>
    /// <param name="cancellation">Gives up before it is admitted; later use <see cref="CancelAsync"/>.</param>
    public async Task<Job> SubmitAsync(Func<ulong, Wire.Command> build, Claim claim, CancellationToken cancellation)
    {
        var id = Interlocked.Increment(ref _lastId);
        var command = build(id);
        var job = new Job(command, id, claim, _quarantine.Of(command), _time.GetTimestamp());
        try
        {
            await _mailbox.Writer.WriteAsync(new HostMessage.Submit(job), cancellation);
        }
        catch (ChannelClosedException)
        {
            job.Fail(Snapshot.Problem ?? new FailureException(ErrorReason.ModelNotReady, $"{_setup.Model} is being unloaded.", ("model", _setup.Model)));
        }

        return job;
    }

    /// <summary>Gives a request up. Its slot is free again after the worker's next step.</summary>
    public async Task CancelAsync(Job job)
    {
        try
        {
            await _mailbox.Writer.WriteAsync(new HostMessage.Cancel(job));
        }
        catch (ChannelClosedException)
        {
            job.Complete();
        }
    }

    /// <summary>Takes nothing new, finishes what was begun within the deadline, and stops the worker.</summary>
    public async Task StopAsync(TimeSpan deadline)
    {
        try
        {
            await _mailbox.Writer.WriteAsync(new HostMessage.Drain()).AsTask().WaitAsync(deadline, _time);
        }
        catch (Exception exception) when (exception is ChannelClosedException or TimeoutException)
        {
            // It is stopped already, or so flooded that draining is not to be waited for.
        }

        await Task.WhenAny(_drained.Task, Task.Delay(deadline, _time));
        await DisposeAsync();
    }

    public async ValueTask DisposeAsync()
    {
        _mailbox.Writer.TryComplete();
        await _looking.DisposeAsync();
        await _loop;
    }

    private void Post(HostMessage message)
    {
        // Lost if the mailbox is full: the next look does what a lost restart should have done.
        _ = _mailbox.Writer.TryWrite(message);
    }

    [SuppressMessage("Design", "CA1031", Justification = "The supervisor's loop: a defect fails this model and is told, the box lives on.")]
    private async Task RunAsync()
    {
        try
        {
            while (await _mailbox.Reader.WaitToReadAsync())
            {
                var isLook = false;
                for (var i = 0; i < MaxTogether && _mailbox.Reader.TryRead(out var message); i++)
                {
                    Handle(message);
                    isLook |= message is HostMessage.Look;
                }

                Settle(isLook);
            }
        }
        catch (Exception exception)
        {
            _mailbox.Writer.TryComplete();
            LogLoopFailed(_log, _setup.Model, exception);
            FailModel(new FailureException(ErrorReason.Internal, $"The supervisor of {_setup.Model} failed; see the log."));
            FailUnread();
        }

        _restarting?.Dispose();
        FailAll(ErrorReason.ModelNotReady, $"{_setup.Model} was unloaded.");
        EndSession();
        await Task.WhenAll(_ending);
        PublishCounts();
        Publish(Snapshot with { State = Snapshot.State == ModelState.Failed ? ModelState.Failed : ModelState.Unloaded, Session = null });
        _ready.TrySetException(new FailureException(ErrorReason.ModelNotReady, $"{_setup.Model} was unloaded.", ("model", _setup.Model)));
        _ = _ready.Task.Exception; // Nobody may be waiting for it.
    }

    private void Handle(HostMessage message)
    {
        switch (message)
        {
            case HostMessage.Submit(var job):
                Admit(job);
                break;
            case HostMessage.Cancel(var job):
                GiveUp(job);
                break;
            case HostMessage.CaughtUp(var job):
                GoOn(job);
                break;
            case HostMessage.Said(var session, var events):
                foreach (var said in events)
                {
                    if (session == _session)
                    {
                        Hear(session, said);
                    }
                }

                break;
            case HostMessage.Exited(var session, var exit) when session == _session:
                Bury(session, exit);
                break;
            case HostMessage.Look:
                Look();
                LookAtPaused(); // After it: while all stood still, the worker had nothing to do.
                break;
            case HostMessage.Restart:
                StartWorker();
                break;
            case HostMessage.Drain:
                _draining = true;
                Publish(Snapshot with { State = ModelState.Draining });
                break;
            default:
                break; // The late end of a worker that is gone.
        }
    }

    /// <summary>Draws the consequences of some messages.</summary>
    private void Settle(bool isLook)
    {
        Pump();
        TellPlaces(everybody: isLook);
        PublishCounts();
        if (_draining && _table.IsEmpty)
        {
            _drained.TrySetResult();
        }
    }

    private void FailAll(ErrorReason reason, string message)
    {
        foreach (var job in _table.TakeRunning().Concat(_table.All.ToList()))
        {
            job.Fail(reason, message, ("model", _setup.Model));
            _table.RemoveWaiting(job);
        }
    }

    private void FailModel(FailureException problem)
    {
        foreach (var job in _table.TakeRunning().Concat(_table.All.ToList()))
        {
            job.Fail(problem);
            _table.RemoveWaiting(job);
        }

        Publish(Snapshot with { State = ModelState.Failed, Problem = problem });
        _ready.TrySetException(problem);
        _ = _ready.Task.Exception; // Nobody may be waiting for it.
    }

    /// <summary>Refuses what was submitted and will not be looked at any more.</summary>
    private void FailUnread()
    {
        while (_mailbox.Reader.TryRead(out var message))
        {
            if (message is HostMessage.Submit(var job))
            {
                job.Fail(Snapshot.Problem!);
            }
        }
    }

    private void Publish(HostSnapshot snapshot)
    {
        Volatile.Write(ref _snapshot, snapshot);
        _setup.Changed?.Invoke();
    }

    [LoggerMessage(1100, LogLevel.Critical, "The supervisor of {Model} failed", EventName = "SupervisorFailed")]
    private static partial void LogLoopFailed(ILogger logger, string model, Exception exception);
}
