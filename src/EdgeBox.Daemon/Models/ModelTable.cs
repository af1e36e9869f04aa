using System.Runtime.CompilerServices;
using EdgeBox.V1;

namespace EdgeBox.Daemon.Models;

/// <summary>The one owner of what the box knows of its models: every change goes through it, is held against <see cref="ModelLife"/>, and is told to watchers.</summary>
/// <remarks>
/// A lock and not a mailbox: every decision here is a few comparisons and waits for nothing, and who asks for a lease must have it, or not
/// have it, at once. Whatever takes time is done by <see cref="ModelKeeper"/> between two changes.
/// </remarks>
internal sealed partial class ModelTable(TimeProvider time, ILogger<ModelTable> log)
{
    private readonly Lock _gate = new();
    private readonly SortedDictionary<string, ModelEntry> _entries = new(StringComparer.Ordinal);
    private readonly List<ModelWatch> _watches = [];
    private TaskCompletionSource _moved = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Completes when next a model changes its state, or is not needed any more. Taken before looking, nothing is missed.</summary>
    public Task Moved => Volatile.Read(ref _moved).Task;

    /// <summary>One model; null if there is none of exactly this name.</summary>
    public ModelEntry? Find(ModelName name)
    {
        lock (_gate)
        {
            return _entries.GetValueOrDefault(name.Id);
        }
    }

    /// <summary>Every model, by name.</summary>
    public IReadOnlyList<ModelEntry> List()
    {
        lock (_gate)
        {
            return [.. _entries.Values];
        }
    }

    /// <summary>Changes a model.</summary>
    /// <param name="name">Which.</param>
    /// <param name="change">What becomes of what it is, null standing for absent. It may refuse with an exception; then nothing changes.</param>
    /// <returns>What it is now.</returns>
    public ModelEntry? Change(ModelName name, Func<ModelEntry?, ModelEntry?> change)
    {
        lock (_gate)
        {
            var before = _entries.GetValueOrDefault(name.Id);
            var after = change(before);
            if (after is not null)
            {
                after = after with { State = StateOf(after) };
                _entries[name.Id] = after;
            }
            else if (!_entries.Remove(name.Id))
            {
                return null;
            }

            Step(name, before?.State ?? ModelState.Absent, after?.State ?? ModelState.Absent, after);
            foreach (var watch in _watches)
            {
                watch.Put(after?.Describe() ?? new Model { Name = name.ToString(), State = ModelState.Absent });
            }

            return after;
        }
    }

    /// <summary>Takes note that who serves a model has changed.</summary>
    public ModelEntry? Refresh(ModelName name) => Change(name, entry => entry);

    /// <summary>Has those look again who wait for a model to be idle.</summary>
    public void Stir() => Signal();

    /// <summary>Keeps a model in memory until the lease is disposed of; null if it is absent or on its way out of memory.</summary>
    public IDisposable? TryLease(ModelName name, out ModelEntry? entry)
    {
        lock (_gate)
        {
            entry = _entries.GetValueOrDefault(name.Id);
            if (entry is null or { State: ModelState.Draining })
            {
                return null;
            }

            entry.Use.Leases++;
            Touch(entry.Use);
            return new Lease(this, entry.Use);
        }
    }

    /// <summary>Returns when nobody needs a model any more, or the time is over.</summary>
    public async Task WhenIdleAsync(ModelEntry entry, TimeSpan deadline)
    {
        var began = time.GetTimestamp();
        while (true)
        {
            var moved = Moved;
            var left = deadline - time.GetElapsedTime(began);
            if (LeasesOf(entry) == 0 || left <= TimeSpan.Zero)
            {
                return;
            }

            await moved.WaitAsync(left, time).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    /// <summary>How many need a model.</summary>
    public int LeasesOf(ModelEntry entry)
    {
        lock (_gate)
        {
            return entry.Use.Leases;
        }
    }

    /// <summary>Whether a model works for somebody, or is between two states. The lock may be held.</summary>
    public bool IsBusy(ModelEntry entry) =>
        entry.State is not (ModelState.Ready or ModelState.Restarting)
        || entry.Load is { Ended.IsCompleted: false } // Ready this moment, and its load has not been told so yet.
        || LeasesOf(entry) > 0
        || entry.Host?.Snapshot is { Running: > 0 } or { Waiting: > 0 };

    /// <summary>How long ago a model failed.</summary>
    public TimeSpan SinceFailure(ModelEntry entry)
    {
        lock (_gate)
        {
            return time.GetElapsedTime(entry.Use.FailedStamp);
        }
    }

    /// <summary>How long nobody has needed a model.</summary>
    public TimeSpan IdleFor(ModelEntry entry)
    {
        lock (_gate)
        {
            return entry.Use.Leases > 0 ? TimeSpan.Zero : time.GetElapsedTime(entry.Use.LastStamp);
        }
    }

    /// <summary>Models as they are now, and again whenever they change.</summary>
    /// <param name="only">"models/NAME", or null for all.</param>
    /// <param name="cancellation">Ends it.</param>
    public async IAsyncEnumerable<Model> WatchAsync(string? only, [EnumeratorCancellation] CancellationToken cancellation)
    {
        var watch = new ModelWatch(only);
        lock (_gate)
        {
            foreach (var entry in _entries.Values)
            {
                watch.Put(entry.Describe());
            }

            _watches.Add(watch);
        }

        try
        {
            await foreach (var model in watch.ReadAsync(time, cancellation))
            {
                yield return model;
            }
        }
        finally
        {
            lock (_gate)
            {
                _watches.Remove(watch);
            }
        }
    }

    /// <summary>Where a model is: as its keeper says while nobody serves it or it is on its way out, else as who serves it says.</summary>
    private static ModelState StateOf(ModelEntry entry) => entry switch
    {
        { Host: null } or { State: ModelState.Draining } => entry.State,
        { Host.Snapshot: { State: ModelState.Failed } failed } =>
            failed.Problem?.Reason == ErrorReason.ModelQuarantined ? ModelState.Quarantined : ModelState.Failed,
        { Testing: true, Host.Snapshot.State: ModelState.Ready } => ModelState.Testing,
        { Host.Snapshot.State: ModelState.Loading or ModelState.Ready or ModelState.Restarting } => entry.Host.Snapshot.State,
        _ => entry.State, // It is being stopped, and whoever stops it says what it is.
    };

    private void Step(ModelName name, ModelState from, ModelState to, ModelEntry? entry)
    {
        if (from == to)
        {
            return;
        }

        if (!ModelLife.Allows(from, to))
        {
            LogIllegalStep(log, name.ToString(), from, to);
        }

        if (to == ModelState.Failed)
        {
            entry!.Use.FailedStamp = time.GetTimestamp();
        }
        else if (from == ModelState.Loading && to is ModelState.Ready or ModelState.Testing)
        {
            entry!.Use.LastStamp = time.GetTimestamp(); // From here on it is idle.
        }

        Signal();
    }

    private void Touch(ModelUse use) => (use.LastStamp, use.LastAt) = (time.GetTimestamp(), time.GetUtcNow());

    private void Return(ModelUse use)
    {
        lock (_gate)
        {
            use.Leases--;
            Touch(use);
            if (use.Leases == 0)
            {
                Signal();
            }
        }
    }

    private void Signal() =>
        Interlocked.Exchange(ref _moved, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)).TrySetResult();

    /// <summary>One who needs a model.</summary>
    private sealed class Lease(ModelTable table, ModelUse use) : IDisposable
    {
        private int _returned;

        public void Dispose()
        {
            if (Interlocked.Exchange(ref _returned, 1) == 0)
            {
                table.Return(use);
            }
        }
    }

    [LoggerMessage(1002, LogLevel.Critical, "{Model} went from {From} to {To}, which it cannot", EventName = "IllegalStep")]
    private static partial void LogIllegalStep(ILogger logger, string model, ModelState from, ModelState to);
}
