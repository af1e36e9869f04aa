using System.Diagnostics.CodeAnalysis;
using EdgeBox.Daemon.Failures;
using EdgeBox.Daemon.Inference;

namespace EdgeBox.Daemon.Models;

/// <summary>One attempt to bring a model into memory. Whoever asks for the model meanwhile waits for this one.</summary>
[SuppressMessage("Design", "CA1001", Justification = "A source of cancellation without a timer holds nothing that has to be given back, and others may still look at it.")]
internal sealed class ModelLoad
{
    private readonly TaskCompletionSource<ModelHost> _hosted = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly CancellationTokenSource _stop = new();

    /// <summary>Completes when there is someone who serves it and takes requests, ready or not; fails with the reason why not.</summary>
    public Task<ModelHost> Hosted => _hosted.Task;

    /// <summary>Completes when nothing more is done for it.</summary>
    public Task Ended => _ended.Task;

    /// <summary>Whether it shall be given up.</summary>
    public CancellationToken Stopped => _stop.Token;

    /// <summary>Gives it up.</summary>
    public void Stop() => _stop.Cancel();

    /// <summary>Requests can be handed over from now on.</summary>
    public void Host(ModelHost host) => _hosted.TrySetResult(host);

    /// <summary>It has come to nothing.</summary>
    public void Refuse(FailureException problem)
    {
        _hosted.TrySetException(problem);
        _ = _hosted.Task.Exception; // Nobody may be waiting for it.
    }

    /// <summary>Nothing more is done for it.</summary>
    public void End() => _ended.TrySetResult();
}
