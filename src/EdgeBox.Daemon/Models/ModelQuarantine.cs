using EdgeBox.Daemon.Audit;
using EdgeBox.Daemon.Failures;
using EdgeBox.Daemon.Models.Store;
using EdgeBox.V1;

namespace EdgeBox.Daemon.Models;

/// <summary>Puts a model away whose workers keep dying: written down with the evidence, audited, and told to whatever means the model.</summary>
internal sealed class ModelQuarantine(ModelLibrary library, ModelStore store, AuditLog audit, IServiceProvider services)
{
    /// <summary>Why the box does not load a model; null if it does.</summary>
    public FailureException? Of(ModelName name) => IsInstalled(name) ? library.QuarantineOf(name) : store.SettingsOf(name).Quarantine;

    /// <summary>Puts a model away.</summary>
    public async Task PutAsync(ModelName name, FailureException why)
    {
        await audit.AppendAsync("model.quarantined", "box", name.ToString(), why.Facts.Where(fact => fact.Key != "model"));
        if (IsInstalled(name))
        {
            await library.QuarantineAsync(name, why); // Which tells whatever means it.
            return;
        }

        await store.PutQuarantineAsync(name, why);
        // Asked for here because they, in turn, ask for models.
        foreach (var fallback in services.GetServices<IModelFallback>())
        {
            await fallback.FallBackAsync(name, why);
        }
    }

    /// <summary>Takes that back, because an operator says so. That its bytes are spoilt nobody can say away.</summary>
    /// <exception cref="FailureException">Its bytes are not what they were.</exception>
    public async Task ReleaseAsync(ModelName name, string actor)
    {
        if (Of(name) is not { } why)
        {
            return;
        }

        if (why.Reason == ErrorReason.ModelCorrupt)
        {
            throw why;
        }

        await audit.AppendAsync("model.released", actor, name.ToString(), []);
        await (IsInstalled(name) ? library.ReleaseAsync(name) : store.PutQuarantineAsync(name, null));
    }

    private bool IsInstalled(ModelName name) => name.Version.Length > 0 && library.Find(name) is not null;
}
