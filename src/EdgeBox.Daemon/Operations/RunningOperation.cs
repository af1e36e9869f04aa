using EdgeBox.V1;
using Google.Protobuf.WellKnownTypes;

namespace EdgeBox.Daemon.Operations;

/// <summary>An operation that is under way in this process.</summary>
internal sealed class RunningOperation(Operation operation, CancellationTokenSource cancellation) : IDisposable
{
    private readonly Lock _lock = new();
    private bool _disposed;

    /// <summary>Where its work says how far it is.</summary>
    public OperationProgressSink Progress { get; } = new();

    /// <summary>Tells its work to stop.</summary>
    public CancellationToken Cancelled { get; } = cancellation.Token;

    /// <summary>Completes once it has ended and that is stored.</summary>
    public TaskCompletionSource Ended { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>The work itself.</summary>
    public Task Work { get; set; } = Task.CompletedTask;

    /// <summary>A copy of the operation as it stands.</summary>
    public Operation Snapshot()
    {
        lock (_lock)
        {
            var copy = operation.Clone();
            copy.Progress = Progress.Now.Clone();
            return copy;
        }
    }

    /// <summary>Asks the work to stop.</summary>
    public void Cancel()
    {
        lock (_lock)
        {
            if (!_disposed)
            {
                // Not Cancel: callbacks must not run under the lock.
                _ = cancellation.CancelAsync();
            }
        }
    }

    /// <summary>Notes how it ended.</summary>
    public void End(OperationState state, DateTimeOffset time, Action<Operation> result)
    {
        lock (_lock)
        {
            if (state == OperationState.Succeeded)
            {
                Progress.Finish();
            }

            operation.State = state;
            operation.EndTime = Timestamp.FromDateTimeOffset(time);
            result(operation);
        }
    }

    public void Dispose()
    {
        lock (_lock)
        {
            _disposed = true;
            cancellation.Dispose();
        }
    }
}
