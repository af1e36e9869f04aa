using EdgeBox.Daemon.Inference;
using EdgeBox.V1;

namespace EdgeBox.Daemon.Models;

/// <summary>A model that a request was sent to: it stays in memory until this is disposed of.</summary>
/// <param name="Model">"models/NAME".</param>
/// <param name="Host">Who serves it.</param>
/// <param name="Manifest">What the store knows of it; null for a model that was loaded from a path.</param>
/// <param name="Lease">What keeps it in memory.</param>
internal sealed record LeasedModel(string Model, ModelHost Host, ModelManifest? Manifest, IDisposable Lease) : IDisposable
{
    public void Dispose() => Lease.Dispose();
}
