using EdgeBox.Daemon.Failures;
using EdgeBox.V1;

namespace EdgeBox.Daemon.Models;

/// <summary>The part of the registry that hands models out to those who need one in memory.</summary>
internal sealed partial class ModelRegistry
{
    /// <summary>A model that could not be loaded is tried again for a request no sooner than this.</summary>
    private static readonly TimeSpan s_rest = TimeSpan.FromSeconds(30);

    private static readonly TimeSpan s_look = TimeSpan.FromMilliseconds(50);

    /// <summary>The model that a request goes to, held in memory for it. One of the store that is not in memory is loaded first.</summary>
    /// <param name="choose">Which one. Asked again whenever the one before was on its way out of memory: meanwhile it may be another one.</param>
    /// <param name="identity">Who asks.</param>
    /// <param name="cancellation">The caller's.</param>
    public async ValueTask<LeasedModel> ResolveAsync(Func<ValueTask<ModelName>> choose, string identity, CancellationToken cancellation)
    {
        var (entry, lease) = await HoldAsync(choose, null, identity, test: false, cancellation);
        return new LeasedModel(entry.Name.ToString(), entry.Host!, entry.Installed?.Manifest, lease);
    }

    /// <summary>Has a model in memory: loads it if it is not, or joins a load that is under way.</summary>
    /// <param name="name">The model.</param>
    /// <param name="options">How it is loaded; null: as its manifest says.</param>
    /// <param name="actor">Who wants it.</param>
    /// <param name="test">Whether clients shall not reach it until <see cref="Publish"/>, if it has to be loaded.</param>
    /// <param name="cancellation">Ends the waiting, not the load.</param>
    /// <returns>The model once it is ready.</returns>
    public async Task<ServedModel> ServeAsync(ModelName name, LoadOptions? options, string actor, bool test, CancellationToken cancellation)
    {
        var known = Find(name) ?? throw NotFound(name.ToString());
        var (entry, lease) = await HoldAsync(() => ValueTask.FromResult(known.Name), options, actor, test, cancellation);
        using (lease)
        {
            await entry.Host!.Ready.WaitAsync(cancellation);
            return new ServedModel(entry.Name, entry.Host);
        }
    }

    /// <summary>Lets clients reach a model that was being tested.</summary>
    public void Publish(ModelName name) => table.Change(name, now => now is null ? null : now with { Testing = false });

    /// <summary>Keeps a model in memory until the lease is disposed of.</summary>
    /// <exception cref="FailureException">MODEL_NOT_FOUND; MODEL_NOT_READY: it is on its way out.</exception>
    public IDisposable Lease(ModelName name) => table.TryLease(name, out var entry)
        ?? throw (entry is null ? NotFound(name.ToString()) : ModelKeeper.NotReady(entry));

    /// <summary>Takes a model out of memory: it takes nothing new, and answers that have begun may end within the deadline.</summary>
    public async Task ReleaseAsync(ModelName name, TimeSpan drain, string actor)
    {
        await audit.AppendAsync("model.unload", actor, name.ToString(), []);
        await keeper.DrainAsync(name, drain);
    }

    /// <summary>Takes a model out of memory when nobody needs it, at the latest after the deadline, unless it is wanted again or pinned by then.</summary>
    public async Task RetireAsync(ModelName name, TimeSpan drain, Func<bool> isWanted, string actor, CancellationToken cancellation)
    {
        if (table.Find(name) is not { Host: not null } entry)
        {
            return;
        }

        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        either.CancelAfter(drain);
        while (true)
        {
            await table.WhenIdleAsync(entry, drain).WaitAsync(either.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            cancellation.ThrowIfCancellationRequested();
            if (isWanted() || table.Find(name) is not { Host: not null, Pinned: false } || await keeper.TryPutOutAsync(name, "no alias means it any more"))
            {
                return;
            }

            if (either.IsCancellationRequested)
            {
                await ReleaseAsync(name, TimeSpan.Zero, actor);
                return;
            }

            await Task.Delay(s_look, TimeProvider.System, either.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    /// <summary>Whether a model that is not in memory fits there only in place of another one.</summary>
    public Task<bool> MustReplaceAsync(ModelName name, ModelName other, CancellationToken cancellation) =>
        Find(name) is { } entry && Find(other) is { } old ? keeper.MustReplaceAsync(entry, old, cancellation) : Task.FromResult(false);

    /// <summary>A model as it is now, and again whenever that changes, until it is absent. Without a name: all of them, for ever.</summary>
    public IAsyncEnumerable<Model> WatchAsync(string name, CancellationToken cancellation) =>
        table.WatchAsync(name.Length == 0 ? null : Get(name).Name.ToString(), cancellation);

    /// <summary>Holds a model that somebody serves, ready or not; if nobody does, the model is loaded, once for all who ask.</summary>
    private async Task<(ModelEntry Entry, IDisposable Lease)> HoldAsync(
        Func<ValueTask<ModelName>> choose, LoadOptions? options, string actor, bool test, CancellationToken cancellation)
    {
        while (true)
        {
            var name = await choose();
            var moved = table.Moved;
            var lease = table.TryLease(name, out var entry);
            if (entry is null)
            {
                throw NotFound(name.ToString());
            }

            try
            {
                if (lease is null)
                {
                    // What the store has comes back when it is out; anything else is gone then.
                    await (entry.Installed is null ? throw ModelKeeper.NotReady(entry) : moved.WaitAsync(cancellation));
                }
                else if (entry.Testing && !test)
                {
                    throw ModelKeeper.NotReady(entry);
                }
                else if (entry.Host is not null)
                {
                    return (entry, Interlocked.Exchange(ref lease, null)!);
                }
                else
                {
                    await (entry.Load ?? BeginOnRequest(entry, options, actor, test)).Hosted.WaitAsync(cancellation);
                }
            }
            finally
            {
                lease?.Dispose();
            }
        }
    }

    /// <summary>Begins to load a model of the store, or finds that another request just did.</summary>
    private ModelLoad BeginOnRequest(ModelEntry entry, LoadOptions? options, string actor, bool test)
    {
        var load = new ModelLoad();
        var begun = table.Change(entry.Name, now => now switch
        {
            null => throw NotFound(entry.Name.ToString()),
            { Load: not null } or { Host: not null } => now,
            { Installed: { } installed } when MayBeTried(now, test) => now with
            {
                Options = LoadDefaults.Over(installed.Manifest, options), Load = load, State = ModelState.Planning, Problem = null, Testing = test,
            },
            _ => throw now.Problem ?? ModelKeeper.NotReady(now),
        })!;
        if (begun.Load == load)
        {
            _ = Task.Run(() => keeper.LoadOnRequestAsync(begun, actor));
        }

        return begun.Load!;
    }

    /// <summary>Whether a model is loaded because somebody asks for it. Who wants to test it knows that it failed before.</summary>
    private bool MayBeTried(ModelEntry entry, bool test) => entry.State == ModelState.Available
        || entry is { State: ModelState.Validating, Problem: null } // Its bytes are being read; what it is was judged before.
        || (entry.State == ModelState.Failed && (test || (entry.Problem?.Reason != ErrorReason.Interrupted && table.SinceFailure(entry) >= s_rest)));
}
