using EdgeBox.Daemon.Failures;

namespace EdgeBox.Daemon.Models;

/// <summary>Makes clients reach another model when one has turned out to be bad.</summary>
internal interface IModelFallback
{
    /// <summary>Whatever means that model returns to what it meant before. Never fails because of the model.</summary>
    /// <param name="bad">With its version.</param>
    /// <param name="why">What is wrong with it.</param>
    Task FallBackAsync(ModelName bad, FailureException why);
}
