using EdgeBox.Daemon.Models;
using EdgeBox.V1;

namespace EdgeBox.Daemon.Tests.Models;

/// <summary>The owner of what is known of models: states as those who serve them tell, leases, and who is told.</summary>
public sealed class ModelTableTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Watch_OneModel_EndsWhenItIsAbsentAndTellsNothingOfOthers()
    {
        await using var models = new LivingModels();
        models.Table.Change(LivingModels.Name("other"), _ => models.New("other", ModelState.Available));
        models.Table.Change(LivingModels.Name("a"), _ => models.New("a", ModelState.Available));
        await using var watch = models.Table.WatchAsync("models/a", Cancellation).GetAsyncEnumerator(Cancellation);
        Assert.True(await watch.MoveNextAsync());
        Assert.Equal(("models/a", ModelState.Available), (watch.Current.Name, watch.Current.State));

        models.Table.Change(LivingModels.Name("other"), _ => null);
        models.Table.Change(LivingModels.Name("a"), _ => null);
        var next = watch.MoveNextAsync();
        models.Time.Advance(ModelWatch.Pause);

        Assert.True(await next);
        Assert.Equal(("models/a", ModelState.Absent), (watch.Current.Name, watch.Current.State));
        Assert.False(await watch.MoveNextAsync());
    }

    [Fact]
    public async Task Watch_All_TellsFromTheFirstStateToAbsent()
    {
        await using var models = new LivingModels();
        await using var watch = models.Table.WatchAsync(null, Cancellation).GetAsyncEnumerator(Cancellation);
        var next = watch.MoveNextAsync();
        await models.ReadyAsync("a");
        models.Remove(LivingModels.Name("a"));

        var told = new List<ModelState>();
        while (await next && watch.Current.State != ModelState.Absent)
        {
            told.Add(watch.Current.State);
            next = watch.MoveNextAsync();
            models.Time.Advance(ModelWatch.Pause);
        }

        Assert.Equal([ModelState.Validating, ModelState.Planning, ModelState.Loading, ModelState.Ready, ModelState.Draining], told.Distinct());
    }

    [Fact]
    public async Task Change_StepThatTheTableDoesNotHave_IsTakenAndLoggedAsADefect()
    {
        await using var models = new LivingModels();
        models.Log.Announce("which it cannot");
        models.Table.Change(LivingModels.Name("a"), _ => models.New("a", ModelState.Available));
        models.Table.Change(LivingModels.Name("a"), now => now! with { State = ModelState.Ready });
        Assert.Contains(models.Log.Lines, line => line.Contains("models/a went from Available to Ready, which it cannot", StringComparison.Ordinal));
    }

    [Fact]
    public async Task TryLease_ModelDrains_IsNullAndBusyBefore()
    {
        await using var models = new LivingModels();
        var (entry, _) = await models.ReadyAsync("a");
        Assert.False(models.Table.IsBusy(entry));
        var lease = models.Table.TryLease(entry.Name, out _)!;
        var other = models.Table.TryLease(entry.Name, out _)!;
        lease.Dispose();
        lease.Dispose();
        Assert.True(models.Table.IsBusy(entry));
        Assert.Equal(TimeSpan.Zero, models.Table.IdleFor(entry));
        var moved = models.Table.Moved;
        other.Dispose();
        Assert.True(moved.IsCompleted);
        Assert.False(models.Table.IsBusy(entry));

        models.Time.Advance(TimeSpan.FromSeconds(5));
        Assert.Equal(TimeSpan.FromSeconds(5), models.Table.IdleFor(entry));
        models.Table.Change(entry.Name, now => now! with { State = ModelState.Draining });
        Assert.Null(models.Table.TryLease(entry.Name, out var draining));
        Assert.Equal(ModelState.Draining, draining!.State);
        Assert.Null(models.Table.TryLease(LivingModels.Name("none"), out var none));
        Assert.Null(none);
    }

    [Fact]
    public async Task IsBusy_ReadyButItsLoadHasNotEnded_YesUntilItHas()
    {
        await using var models = new LivingModels();
        var (entry, _) = await models.ReadyAsync("a");
        var load = new ModelLoad();
        entry = models.Table.Change(entry.Name, now => now! with { Load = load })!;
        Assert.True(models.Table.IsBusy(entry));
        load.End();
        Assert.False(models.Table.IsBusy(entry));
    }

    [Fact]
    public async Task WhenIdle_LeaseIsReturned_ReturnsThen()
    {
        await using var models = new LivingModels();
        var (entry, _) = await models.ReadyAsync("a");
        var lease = models.Table.TryLease(entry.Name, out _)!;
        var idle = models.Table.WhenIdleAsync(entry, TimeSpan.FromMinutes(1));
        Assert.False(idle.IsCompleted);
        lease.Dispose();
        await idle;
    }

    [Fact]
    public async Task WhenIdle_LeaseStays_ReturnsAtTheDeadline()
    {
        await using var models = new LivingModels();
        var (entry, _) = await models.ReadyAsync("a");
        using var lease = models.Table.TryLease(entry.Name, out _);
        var idle = models.Table.WhenIdleAsync(entry, TimeSpan.FromMinutes(1));
        models.Time.Advance(TimeSpan.FromSeconds(59));
        Assert.False(idle.IsCompleted);
        models.Time.Advance(TimeSpan.FromSeconds(1));
        await idle;
    }

    [Fact]
    public async Task Refresh_ThreeWorkersDie_IsQuarantinedWithTheEvidence()
    {
        await using var models = new LivingModels();
        var (entry, worker) = await models.ReadyAsync("a");
        entry.Deaths.Note("killed by SIGKILL", "", []);
        entry.Deaths.Note("killed by SIGKILL", "", []);
        var moved = models.Table.Moved;
        worker.Die("aborted (SIGABRT)");
        await moved;
        entry = models.Table.Find(entry.Name)!;
        Assert.Equal(ModelState.Quarantined, entry.State);
        Assert.Equal(ErrorReason.ModelQuarantined, entry.Host!.Snapshot.Problem!.Reason);
        Assert.Contains("killed by SIGKILL; killed by SIGKILL; aborted (SIGABRT)", entry.Host.Snapshot.Problem.Message, StringComparison.Ordinal);
    }
}
