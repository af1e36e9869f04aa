using System.Diagnostics.CodeAnalysis;
using EdgeBox.Daemon.Audit;
using EdgeBox.Daemon.Failures;
using EdgeBox.Daemon.Inference;
using EdgeBox.Daemon.Operations;
using EdgeBox.V1;

namespace EdgeBox.Daemon.Models;

/// <summary>Does what takes time in the life of a model: brings it into memory, takes it out, and buries what failed.</summary>
internal sealed partial class ModelKeeper(
    ModelTable table, ModelLoader loader, MemoryRoom room, ModelStore store, ModelQuarantine quarantine, AuditLog audit, ILogger<ModelKeeper> log)
{
    /// <summary>The actor of what the box does by itself.</summary>
    public const string Box = "box";

    private static readonly TimeSpan s_stop = TimeSpan.FromSeconds(2);

    /// <summary>Writes down that a load begins. A model that was being loaded when the box stopped is not tried again by itself.</summary>
    /// <exception cref="FailureException">It could not be written down, and nothing is begun.</exception>
    public async Task NoteAsync(ModelEntry entry, string actor)
    {
        try
        {
            await audit.AppendAsync("model.load", actor, entry.Name.ToString(), [("path", entry.Path)]);
            await store.PutPendingAsync(entry, CancellationToken.None);
        }
        catch (FailureException failure)
        {
            await AbandonAsync(entry, failure);
            throw;
        }
    }

    /// <summary>A load that was never begun: the model is what it was before, and whoever waited for it is told.</summary>
    public async Task AbandonAsync(ModelEntry entry, FailureException why)
    {
        table.Change(entry.Name, now => now?.Load != entry.Load ? now : now!.Installed is null ? null : now.Out(ModelState.Available));
        entry.Load!.Refuse(why);
        entry.Load.End();
        await ForgetPendingAsync(entry.Name);
    }

    /// <summary>Loads a model because somebody asked for it; how that ends is told by its <see cref="ModelLoad"/>.</summary>
    [SuppressMessage("Design", "CA1031", Justification = "Whoever waits for the model is told by its load; nobody waits for this.")]
    public async Task LoadOnRequestAsync(ModelEntry entry, string actor)
    {
        try
        {
            await NoteAsync(entry, actor);
            await BringUpAsync(entry, new OperationProgressSink(), CancellationToken.None);
        }
        catch (Exception)
        {
            // Kept with the model, logged, and told to whoever waits.
        }
    }

    /// <summary>Brings a model into memory.</summary>
    /// <param name="entry">As it was when its <see cref="ModelEntry.Load"/> began.</param>
    /// <param name="progress">Told how far it is.</param>
    /// <param name="cancellation">Gives it up.</param>
    /// <returns>The model once it is ready.</returns>
    [SuppressMessage("Design", "CA1031", Justification = "Whatever went wrong is kept with the model and told again by the operation.")]
    public async Task<ModelEntry> BringUpAsync(ModelEntry entry, OperationProgressSink progress, CancellationToken cancellation)
    {
        var load = entry.Load!;
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellation, load.Stopped);
        ModelHost? host = null;
        ModelFile? file = null;
        try
        {
            progress.Plan(("validating", 1), ("planning", 1), ("loading", 18));
            progress.Enter("validating");
            file = await Task.Run(() => loader.Open(entry), either.Token);
            progress.Enter("planning");
            Advance(entry, now => now with { File = file, State = ModelState.Planning });
            host = await HostAsync(entry, file, either.Token);
            progress.Enter("loading");
            await FollowAsync(host, progress, either.Token);
            await store.PutCompleteAsync(entry.Name, cancellation);
            await audit.AppendAsync("model.ready", Box, entry.Name.ToString(), [("path", entry.Path)]);
            return table.Change(entry.Name, now => now?.Load == load ? now with { Wanted = true } : now) ?? entry;
        }
        catch (Exception exception)
        {
            if (host is not null)
            {
                await host.DisposeAsync();
            }

            file?.Dispose();
            var problem = load.Stopped.IsCancellationRequested ? Unloaded(entry.Name) : exception as FailureException ?? new FailureException(
                exception is OperationCanceledException ? ErrorReason.Cancelled : ErrorReason.Internal, $"Loading {entry.Name} did not end well.");
            await FailAsync(entry, load, host?.Snapshot, problem);
            if (load.Stopped.IsCancellationRequested)
            {
                throw problem;
            }

            throw;
        }
        finally
        {
            load.End();
            table.Stir();
        }
    }

    /// <summary>Whether a model that is not in memory fits there only in place of another one, which is there or would be again when it is asked for.</summary>
    public async Task<bool> MustReplaceAsync(ModelEntry entry, ModelEntry other, CancellationToken cancellation)
    {
        var needs = await DemandAsync(entry, cancellation);
        var both = needs;
        if (other.Host is null)
        {
            try
            {
                both = (await DemandAsync(other, cancellation)).Concat(needs).GroupBy(need => need.Key).ToDictionary(group => group.Key, group => group.Sum(need => need.Value));
            }
            catch (FailureException)
            {
                // It cannot be loaded, and takes nothing.
            }
        }

        return room.FitsOnlyInPlaceOf(entry.Name, needs, other.Name, both);
    }

    /// <summary>Takes a model out of memory if nobody needs it and it is not pinned.</summary>
    /// <param name="name">Which.</param>
    /// <param name="why">For the record.</param>
    /// <returns>Whether it is out, its worker gone.</returns>
    public async Task<bool> TryPutOutAsync(ModelName name, string why)
    {
        var takes = false;
        var entry = table.Change(name, now =>
        {
            takes = now is { Host: not null, Pinned: false } && !table.IsBusy(now);
            return takes ? now! with { State = ModelState.Draining } : now;
        });
        if (takes)
        {
            await EndAsync(entry!, s_stop);
            await audit.AppendAsync("model.unload", Box, name.ToString(), [("why", why)]);
        }

        return takes;
    }

    /// <summary>Takes a model out of memory: it takes nothing new, and those who need it have until the deadline.</summary>
    /// <returns>The model as it is afterwards.</returns>
    /// <exception cref="FailureException">MODEL_NOT_FOUND; MODEL_NOT_READY: it is not in memory.</exception>
    public async Task<ModelEntry> DrainAsync(ModelName name, TimeSpan drain)
    {
        var waits = TimeSpan.Zero;
        var entry = table.Change(name, now =>
        {
            if (now is null or { State: ModelState.Available or ModelState.Importing or ModelState.Draining } or { State: ModelState.Validating, Load: null })
            {
                throw now is null ? ModelRegistry.NotFound(name.ToString()) : NotReady(now);
            }

            waits = now.Host is not null && now.State != ModelState.Loading ? drain : TimeSpan.Zero;
            return now.Host is null && now.Load is null or { Ended.IsCompleted: true } ? now : now with { State = ModelState.Draining };
        })!;
        if (entry.State != ModelState.Draining)
        {
            // It failed before, and nothing of it is in memory.
            await store.RemoveAsync(name);
            var state = entry.State == ModelState.Quarantined ? ModelState.Quarantined : ModelState.Available;
            return table.Change(name, now => now?.Installed is null ? null : now.Out(state, state == ModelState.Quarantined ? now.Problem : null)) ?? entry;
        }

        await table.WhenIdleAsync(entry, waits);
        return await EndAsync(entry, s_stop) ?? entry;
    }

    /// <summary>Stops what serves a model because the box stops: what is remembered of it stays.</summary>
    public static async Task ShutAsync(ModelEntry entry)
    {
        entry.Load?.Stop();
        if (entry.Host is { } host)
        {
            await host.StopAsync(s_stop);
        }

        entry.File?.Dispose();
    }

    /// <summary>A model that is not in memory, or on its way out of it.</summary>
    public static FailureException NotReady(ModelEntry entry) => new(ErrorReason.ModelNotReady,
        $"{entry.Name} is not ready ({entry.State}).", ("model", entry.Name.ToString()), ("state", entry.State.ToString()));

    private static FailureException Unloaded(ModelName name) => new(ErrorReason.ModelNotReady,
        $"{name} was unloaded before it was loaded.", ("model", name.ToString()));

    /// <summary>What is passing: the next request may find it otherwise, and a model of the store is as available as before.</summary>
    private static bool IsPassing(FailureException problem) => problem.Reason
        is ErrorReason.ModelTooLarge or ErrorReason.ModelBusy or ErrorReason.Cancelled or ErrorReason.ModelNotReady or ErrorReason.StorageFull;

    /// <summary>The model is not to be tried again by itself: its workers keep dying, or its bytes are not what they were.</summary>
    private static bool IsBad(FailureException problem) => problem.Reason is ErrorReason.ModelQuarantined or ErrorReason.ModelCorrupt;

    private static ModelEntry Failed(ModelEntry now, HostSnapshot? last, FailureException problem)
    {
        var state = IsBad(problem) ? ModelState.Quarantined
            : now.Installed is not null && IsPassing(problem) ? ModelState.Available
            : ModelState.Failed;
        return now.Out(state, state == ModelState.Available ? null : problem)! with { Last = last ?? now.Last };
    }

    private static async Task FollowAsync(ModelHost host, OperationProgressSink progress, CancellationToken cancellation)
    {
        while (!host.Ready.IsCompleted)
        {
            await Task.WhenAny(host.Ready, Task.Delay(TimeSpan.FromMilliseconds(200), TimeProvider.System, cancellation));
            cancellation.ThrowIfCancellationRequested();
            progress.Report(host.Snapshot.LoadFraction);
        }

        await host.Ready;
    }

    /// <summary>Makes room and starts to serve; both under one turn, so that the next one counts with what this one takes.</summary>
    private async Task<ModelHost> HostAsync(ModelEntry entry, ModelFile file, CancellationToken cancellation)
    {
        var needs = await loader.DemandAsync(entry, file, cancellation);
        using var turn = await room.MakeAsync(entry.Name, needs, name => TryPutOutAsync(name, $"room for {entry.Name}"), cancellation);
        var host = loader.Serve(entry, file, () => Note(entry.Name));
        try
        {
            Advance(entry, now => now with { Host = host, Needs = needs, State = ModelState.Loading, Problem = null });
            entry.Load!.Host(host);
            return host;
        }
        catch
        {
            await host.DisposeAsync();
            throw;
        }
    }

    /// <summary>Changes a model that is being loaded, unless that was given up.</summary>
    private void Advance(ModelEntry entry, Func<ModelEntry, ModelEntry> change) => table.Change(entry.Name, now =>
        now?.Load != entry.Load || now!.State == ModelState.Draining ? throw Unloaded(entry.Name) : change(now));

    private async Task<IReadOnlyDictionary<string, long>> DemandAsync(ModelEntry entry, CancellationToken cancellation)
    {
        using var file = await Task.Run(() => loader.Open(entry), cancellation);
        return await loader.DemandAsync(entry, file, cancellation);
    }

    private async Task FailAsync(ModelEntry entry, ModelLoad load, HostSnapshot? last, FailureException problem)
    {
        table.Change(entry.Name, now => now?.Load != load || now!.State == ModelState.Draining ? now : Failed(now, last, problem));
        load.Refuse(problem);
        await ForgetPendingAsync(entry.Name);
        LogLoadFailed(log, entry.Name.ToString(), problem.Reason, problem.Message);
        if (IsBad(problem) && quarantine.Of(entry.Name) is null)
        {
            await PutAwayAsync(entry.Name, problem);
        }
    }

    /// <summary>Takes note of what who serves a model says of itself.</summary>
    private void Note(ModelName name)
    {
        if (table.Refresh(name) is { Host: { } host } && host.Snapshot is { State: ModelState.Failed, ReadyAt: not null })
        {
            _ = Task.Run(() => BuryAsync(name, host));
        }
    }

    /// <summary>Clears away what failed after it had been ready.</summary>
    private async Task BuryAsync(ModelName name, ModelHost host)
    {
        ModelFile? file = null;
        var problem = host.Snapshot.Problem!;
        table.Change(name, now =>
        {
            if (now?.Host != host || now!.State == ModelState.Draining)
            {
                return now;
            }

            file = now.File;
            return Failed(now, host.Snapshot, problem);
        });
        if (file is null)
        {
            return; // Somebody else does, or did.
        }

        await host.DisposeAsync();
        file.Dispose();
        LogFailed(log, name.ToString(), problem.Reason, problem.Message);
        if (IsBad(problem))
        {
            await PutAwayAsync(name, problem);
        }
    }

    private async Task PutAwayAsync(ModelName name, FailureException problem)
    {
        try
        {
            await quarantine.PutAsync(name, problem);
        }
        catch (FailureException failure)
        {
            // In this life of the box it is put away all the same; the next one finds out again.
            LogNotPutAway(log, name.ToString(), failure.Message);
        }
    }

    /// <summary>Ends what serves a model that drains, and says what it is then.</summary>
    private async Task<ModelEntry?> EndAsync(ModelEntry entry, TimeSpan deadline)
    {
        entry.Load?.Stop();
        if (entry.Host is { } host)
        {
            await host.StopAsync(deadline);
        }

        if (entry.Load is { } load)
        {
            await load.Ended;
        }

        entry.File?.Dispose();
        await ForgetAsync(entry.Name);
        var problem = quarantine.Of(entry.Name);
        return table.Change(entry.Name, now =>
            now?.Installed is null ? null : now.Out(problem is null ? ModelState.Available : ModelState.Quarantined, problem));
    }

    private async Task ForgetAsync(ModelName name)
    {
        try
        {
            await store.RemoveAsync(name);
        }
        catch (FailureException failure)
        {
            LogNotForgotten(log, name.ToString(), failure.Message);
        }
    }

    private async Task ForgetPendingAsync(ModelName name)
    {
        try
        {
            await store.RemovePendingAsync(name);
        }
        catch (FailureException failure)
        {
            // The next start finds it pending, and does not try it again by itself.
            LogNotForgotten(log, name.ToString(), failure.Message);
        }
    }

    [LoggerMessage(1000, LogLevel.Warning, "{Model} could not be loaded: {Reason}: {Message}", EventName = "LoadFailed")]
    private static partial void LogLoadFailed(ILogger logger, string model, ErrorReason reason, string message);

    [LoggerMessage(1001, LogLevel.Warning, "That {Model} is not in memory any more was not stored, ignoring: {Problem}", EventName = "LoadNotForgotten")]
    private static partial void LogNotForgotten(ILogger logger, string model, string problem);

    [LoggerMessage(1003, LogLevel.Warning, "{Model} failed: {Reason}: {Message}", EventName = "ModelFailed")]
    private static partial void LogFailed(ILogger logger, string model, ErrorReason reason, string message);

    [LoggerMessage(1004, LogLevel.Warning, "That {Model} is quarantined was not stored, ignoring: {Problem}", EventName = "QuarantineNotStored")]
    private static partial void LogNotPutAway(ILogger logger, string model, string problem);
}
