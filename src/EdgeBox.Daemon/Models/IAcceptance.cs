using EdgeBox.Daemon.Operations;
using EdgeBox.V1;

namespace EdgeBox.Daemon.Models;

/// <summary>Finds out whether a model is good enough to be put in another one's place.</summary>
internal interface IAcceptance
{
    /// <summary>Runs the acceptance suite that a model brings.</summary>
    /// <param name="model">With its version; in memory.</param>
    /// <param name="progress">Told how much of the stage that it is in is done.</param>
    /// <param name="cancellation">Gives it up.</param>
    /// <returns>What came of it; null if the model brings no suite.</returns>
    Task<AcceptanceReport?> RunAsync(ModelName model, OperationProgressSink progress, CancellationToken cancellation);
}
