using System.Runtime.CompilerServices;
using EdgeBox.V1;

namespace EdgeBox.Daemon.Models;

/// <summary>The part of the registry that hands models out to those who need one in memory.</summary>
internal sealed partial class ModelRegistry
{
    /// <summary>A model of the box, with or without a version (then the newest by import); null if there is none.</summary>
    public ModelEntry? Find(ModelName name) => _entries.GetValueOrDefault(name.Id);

    /// <summary>The model that a request goes to, held in memory for it. One that is not in memory is loaded first.</summary>
    /// <param name="name">As a client gave it; empty for the only one.</param>
    /// <param name="identity">Who asks.</param>
    /// <param name="cancellation">The caller's.</param>
    public async ValueTask<LeasedModel> ResolveAsync(string name, string identity, CancellationToken cancellation)
    {
        var entry = name.Length == 0 ? TheOnlyOne() : Get(name);
        var host = entry.Host ?? await entry.Served.Task.WaitAsync(cancellation);
        return new LeasedModel(entry.Name.ToString(), host, null, Lease(entry.Name));
    }

    /// <summary>Has a model in memory: loads it if it is not, or joins a load that is under way.</summary>
    /// <param name="name">The model.</param>
    /// <param name="options">How it is loaded; null: as its manifest says, or as it was before.</param>
    /// <param name="actor">Who wants it.</param>
    /// <param name="test">Whether clients shall not reach it until <see cref="Publish"/>.</param>
    /// <param name="cancellation">Ends the waiting, not the load.</param>
    /// <returns>The model once it is ready.</returns>
    public async Task<ServedModel> ServeAsync(ModelName name, LoadOptions? options, string actor, bool test, CancellationToken cancellation)
    {
        var entry = Get(name.Id);
        var host = entry.Host ?? await entry.Served.Task.WaitAsync(cancellation);
        await host.Ready.WaitAsync(cancellation);
        return new ServedModel(entry.Name, host);
    }

    /// <summary>Lets clients reach a model that was being tested.</summary>
    public void Publish(ModelName name) => Get(name.Id);

    /// <summary>Keeps a model in memory until the lease is disposed of.</summary>
    public IDisposable Lease(ModelName name) => Get(name.Id).Use.Take();

    /// <summary>Takes a model out of memory: it takes nothing new, and answers that have begun may end within the deadline.</summary>
    public async Task ReleaseAsync(ModelName name, TimeSpan drain, string actor)
    {
        var entry = Get(name.Id);
        await audit.AppendAsync("model.unload", actor, entry.Name.ToString(), []);
        await store.RemoveAsync(entry.Name);
        await StopAsync(entry, drain);
        _entries.TryRemove(entry.Name.Id, out _);
    }

    /// <summary>A model as it is now, and again whenever that changes. Without a name: all of them.</summary>
    public async IAsyncEnumerable<Model> WatchAsync(string name, [EnumeratorCancellation] CancellationToken cancellation)
    {
        foreach (var entry in name.Length == 0 ? List() : [Get(name)])
        {
            yield return entry.Describe();
        }

        await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, cancellation);
    }
}
