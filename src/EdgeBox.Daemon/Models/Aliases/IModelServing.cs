using EdgeBox.V1;

namespace EdgeBox.Daemon.Models.Aliases;

/// <summary>What the move of an alias asks of the models in memory.</summary>
internal interface IModelServing
{
    /// <summary>A model of the box; without a version, the newest of the store.</summary>
    ModelEntry? Find(ModelName name);

    /// <summary>Whether a model that is not in memory fits there only in place of another one.</summary>
    Task<bool> MustReplaceAsync(ModelName name, ModelName other, CancellationToken cancellation);

    /// <summary>Has a model in memory.</summary>
    Task<ServedModel> ServeAsync(ModelName name, LoadOptions? options, string actor, bool test, CancellationToken cancellation);

    /// <summary>Keeps a model in memory until the lease is disposed of.</summary>
    IDisposable Lease(ModelName name);

    /// <summary>Lets clients reach a model that was being tested.</summary>
    void Publish(ModelName name);

    /// <summary>Takes a model out of memory: it takes nothing new from now on, and what has begun may end within the deadline.</summary>
    Task ReleaseAsync(ModelName name, TimeSpan drain, string actor);

    /// <summary>Takes a model out of memory when nobody needs it, at the latest after the deadline, unless it is wanted again by then.</summary>
    Task RetireAsync(ModelName name, TimeSpan drain, Func<bool> isWanted, string actor, CancellationToken cancellation);
}
