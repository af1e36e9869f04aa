namespace EdgeBox.Daemon.Models;

/// <summary>Knows why an imported model must stay in the store.</summary>
internal interface IModelGuard
{
    /// <summary>Why it must stay, in words that go on after "MODEL ", e.g. "is in memory; unload it first"; null if it need not.</summary>
    /// <param name="model">With its version.</param>
    string? WhyKept(ModelName model);
}
