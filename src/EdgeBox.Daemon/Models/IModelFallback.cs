using EdgeBox.Daemon.Failures;

namespace EdgeBox.Daemon.Models;

/// <summary>Told when a model cannot be relied on any more, so that whatever means it can mean a good one again.</summary>
internal interface IModelFallback
{
    /// <summary>Everything that means this model returns to what it meant before.</summary>
    /// <param name="bad">The model.</param>
    /// <param name="why">What is wrong with it.</param>
    Task FallBackAsync(ModelName bad, FailureException why);
}
