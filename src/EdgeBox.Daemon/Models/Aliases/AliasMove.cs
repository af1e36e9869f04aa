using EdgeBox.Daemon.Failures;
using EdgeBox.Daemon.Operations;
using EdgeBox.V1;

namespace EdgeBox.Daemon.Models.Aliases;

/// <summary>One move of an alias: the new model is brought into memory and tested, and only then does the alias mean it.</summary>
/// <remarks>If both models fit, the old one answers until the new one does. If not, whoever asks for the old one waits meanwhile.</remarks>
internal sealed class AliasMove(IModelServing models, AliasTable aliases, SwapGates gates, IAcceptance? acceptance, MoveWish wish)
{
    private static readonly TimeSpan s_look = TimeSpan.FromMilliseconds(200);

    private ModelName? _old;
    private LoadOptions? _oldOptions;
    private IDisposable? _gate;
    private bool _drained;
    private bool _loaded;

    /// <summary>What is done, and how long each step takes in relation to the others.</summary>
    public static (string Name, double Weight)[] Stages { get; } =
        [("planned", 1), ("draining", 5), ("loading", 20), ("testing", 20), ("moving", 1), ("retiring", 5)];

    /// <summary>Moves the alias.</summary>
    /// <returns>What it means then; if this fails, it means what it meant, and that answers again.</returns>
    public async Task<AliasMeaning> RunAsync(OperationProgressSink progress, CancellationToken cancellation, CancellationToken stopping)
    {
        _old = aliases.Find(wish.Key)?.Model is { } now && now != wish.Model ? now : null;
        await aliases.BeginAsync(new AliasStore.Move(wish.Key, wish.Model, _old), wish.Entry);
        try
        {
            await MakePlaceAsync(progress, cancellation);
            using var stays = _gate is null && _old is { } old && IsInMemory(old) ? models.Lease(old) : null;
            await LoadAsync(progress, cancellation);
            using var needed = models.Lease(wish.Model);
            await TestAsync(progress, cancellation);
            progress.Enter("moving");
            models.Publish(wish.Model);
            return await aliases.MoveAsync(wish.Key, wish.Model, wish.Actor);
        }
        catch (Exception exception) when (!stopping.IsCancellationRequested)
        {
            await GoBackAsync(exception);
            throw;
        }
        finally
        {
            _gate?.Dispose();
        }
    }

    /// <summary>Takes what the alias meant out of memory once nobody needs it, unless something else means it or it is kept there.</summary>
    public async Task RetireAsync(OperationProgressSink progress, CancellationToken cancellation)
    {
        progress.Enter("retiring");
        if (_old is not { } old || _drained)
        {
            return;
        }

        try
        {
            await models.RetireAsync(old, wish.Drain, () => aliases.Means(old), wish.Actor, cancellation);
        }
        catch (Exception exception) when (exception is FailureException or OperationCanceledException)
        {
            // The alias has moved, whatever becomes of the old model; it goes when room is needed.
        }
    }

    private bool IsInMemory(ModelName name) => models.Find(name)?.State
        is ModelState.Planning or ModelState.Loading or ModelState.Testing or ModelState.Ready or ModelState.Restarting;

    /// <summary>If the new model fits only in place of the old one: has everybody wait, and the old one out of memory.</summary>
    private async Task MakePlaceAsync(OperationProgressSink progress, CancellationToken cancellation)
    {
        progress.Enter("planned");
        if (_old is not { } old || IsInMemory(wish.Model) || !await models.MustReplaceAsync(wish.Model, old, cancellation))
        {
            return;
        }

        progress.Enter("draining");
        _gate = gates.Close(old);
        if (IsInMemory(old))
        {
            _oldOptions = models.Find(old)!.Options;
            _drained = true;
            await ReleaseAsync(old, wish.Drain, wish.Actor).WaitAsync(cancellation);
        }
    }

    private async Task ReleaseAsync(ModelName name, TimeSpan drain, string actor)
    {
        try
        {
            await models.ReleaseAsync(name, drain, actor);
        }
        catch (FailureException failure) when (failure.Reason == ErrorReason.ModelNotReady)
        {
            // Somebody else is taking it out of memory, or just did.
        }
    }

    private async Task LoadAsync(OperationProgressSink progress, CancellationToken cancellation)
    {
        progress.Enter("loading");
        _loaded = !IsInMemory(wish.Model);
        // If something else means it, its requests must reach it meanwhile.
        var serving = models.ServeAsync(wish.Model, null, wish.Actor, test: !aliases.Means(wish.Model), cancellation);
        while (!serving.IsCompleted)
        {
            await Task.WhenAny(serving, Task.Delay(s_look, TimeProvider.System, CancellationToken.None));
            progress.Report(models.Find(wish.Model)?.Host?.Snapshot.LoadFraction ?? 0);
        }

        await serving;
    }

    private async Task TestAsync(OperationProgressSink progress, CancellationToken cancellation)
    {
        progress.Enter("testing");
        if (!wish.Test || acceptance is null)
        {
            return;
        }

        if (await acceptance.RunAsync(wish.Model, progress, cancellation) is { Verdict: not AcceptanceVerdict.Passed } report)
        {
            throw new FailureException(ErrorReason.AcceptanceFailed,
                $"{wish.Model} did not pass its acceptance suite: {report.Failed} of {report.Failed + report.Passed} cases failed, see {report.Name}. {wish.Key.Words} means what it meant.",
                ("model", wish.Model.ToString()), ("report", report.Name), ("failed", $"{report.Failed}"));
        }
    }

    /// <summary>Leaves everything as it was before.</summary>
    private async Task GoBackAsync(Exception exception)
    {
        var isMeant = aliases.Means(wish.Model);
        if (_loaded && IsInMemory(wish.Model) && (_drained || (!isMeant && models.Find(wish.Model) is { Pinned: false })))
        {
            await QuietlyAsync(() => models.ReleaseAsync(wish.Model, isMeant ? wish.Drain : TimeSpan.Zero, ModelKeeper.Box));
        }
        else
        {
            models.Publish(wish.Model);
        }

        if (_drained)
        {
            await QuietlyAsync(() => models.ServeAsync(_old!.Value, _oldOptions, ModelKeeper.Box, test: false, CancellationToken.None));
        }

        var why = exception as FailureException ?? new FailureException(
            exception is OperationCanceledException ? ErrorReason.Cancelled : ErrorReason.Internal, "It was given up.");
        await QuietlyAsync(() => aliases.AbandonAsync(wish.Key, why));
    }

    /// <summary>Does what ought to be done though something failed already: that is what is told.</summary>
    private static async Task QuietlyAsync(Func<Task> work)
    {
        try
        {
            await work();
        }
        catch (Exception exception) when (exception is FailureException or OperationCanceledException)
        {
            // The model says itself why it is not well; the next request for it tries again.
        }
    }
}
