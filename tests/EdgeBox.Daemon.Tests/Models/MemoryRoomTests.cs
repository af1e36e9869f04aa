using EdgeBox.Daemon.Failures;
using EdgeBox.Daemon.Models;
using EdgeBox.Daemon.Models.Planning;
using EdgeBox.V1;
using Microsoft.Extensions.Options;

namespace EdgeBox.Daemon.Tests.Models;

/// <summary>How room is made for a model: who goes, who stays, who is waited for, and who is told no.</summary>
public sealed class MemoryRoomTests : IAsyncDisposable
{
    private const long Mebi = 1 << 20;

    private readonly LivingModels _models = new();
    private readonly Memory _memory = new();
    private readonly List<string> _out = [];
    private readonly MemoryRoom _room;

    public MemoryRoomTests() => _room = new MemoryRoom(
        _models.Table, _memory, Options.Create(new ModelOptions { MemoryLimit = 100, RoomPatience = TimeSpan.FromSeconds(30) }), _models.Time);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask DisposeAsync()
    {
        _room.Dispose();
        await _models.DisposeAsync();
    }

    [Fact]
    public async Task Make_ThereIsRoom_NobodyGoes()
    {
        await _models.ReadyAsync("a", 60 * Mebi);
        using var turn = await MakeAsync(40);
        Assert.Empty(_out);
    }

    [Fact]
    public async Task Make_LimitIsReached_TheLongestUnneededGoes()
    {
        var (old, _) = await _models.ReadyAsync("old", 40 * Mebi);
        await _models.ReadyAsync("new", 40 * Mebi);
        _models.Table.TryLease(old.Name, out _)!.Dispose(); // It was needed last now.
        using var turn = await MakeAsync(50);
        Assert.Equal(["new"], _out);
    }

    [Fact]
    public async Task Make_MoreThanThereIsAlone_IsTooLargeWithTheNumbers()
    {
        await _models.ReadyAsync("a", 60 * Mebi);
        var refused = await Assert.ThrowsAsync<FailureException>(() => MakeAsync(101));
        Assert.Equal((ErrorReason.ModelTooLarge, $"{101 * Mebi}", $"{100 * Mebi}"), (refused.Reason, Fact(refused, "needed_bytes"), Fact(refused, "available_bytes")));
        Assert.Empty(_out);
    }

    [Fact]
    public async Task Make_PinnedIsInTheWay_IsRefusedAtOnceAndItStays()
    {
        await _models.ReadyAsync("kept", 60 * Mebi, pinned: true);
        await _models.ReadyAsync("other", 20 * Mebi);
        var refused = await Assert.ThrowsAsync<FailureException>(() => MakeAsync(50));
        Assert.Equal((ErrorReason.ModelBusy, "kept"), (refused.Reason, Fact(refused, "held_by")));
        Assert.Contains("kept, which would have to make room, is pinned", refused.Message, StringComparison.Ordinal);
        Assert.Empty(_out);
    }

    [Fact]
    public async Task Make_BusyIsInTheWay_WaitsUntilItIsIdle()
    {
        var (busy, _) = await _models.ReadyAsync("busy", 60 * Mebi);
        var lease = _models.Table.TryLease(busy.Name, out _)!;
        var making = MakeAsync(50);
        _models.Time.Advance(TimeSpan.FromSeconds(20));
        Assert.Equal((false, 0), (making.IsCompleted, _out.Count));
        lease.Dispose();
        using var turn = await making;
        Assert.Equal(["busy"], _out);
    }

    [Fact]
    public async Task Make_BusyStaysBusy_IsRefusedWhenThePatienceIsOver()
    {
        var (busy, _) = await _models.ReadyAsync("busy", 60 * Mebi);
        using var lease = _models.Table.TryLease(busy.Name, out _);
        var making = MakeAsync(50);
        _models.Time.Advance(TimeSpan.FromSeconds(31));
        var refused = await Assert.ThrowsAsync<FailureException>(() => making);
        Assert.Equal((ErrorReason.ModelBusy, "busy"), (refused.Reason, Fact(refused, "held_by")));
        Assert.NotNull(refused.RetryAfter);
        using var next = await MakeAsync(40); // The turn was given back.
    }

    [Fact]
    public async Task Make_TwoAtOnce_TheSecondCountsWhatTheFirstTakes()
    {
        var first = await MakeAsync(60);
        var second = MakeAsync(60, "second");
        Assert.False(second.IsCompleted);
        _models.Loading("first", 60 * Mebi);
        first.Dispose();
        await PassAsync(second);
        var refused = await Assert.ThrowsAsync<FailureException>(() => second);
        Assert.Equal((ErrorReason.ModelBusy, "first"), (refused.Reason, Fact(refused, "held_by")));
    }

    [Fact]
    public async Task Make_MemoryReturnsLate_IsWaitedForAndNobodyElseGoes()
    {
        await _models.ReadyAsync("old", 50 * Mebi);
        await _models.ReadyAsync("new", 40 * Mebi);
        _memory.Free = 10 * Mebi;
        var making = MakeAsync(30);
        _models.Time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal((false, "old"), (making.IsCompleted, string.Join(' ', _out)));
        _memory.Free = 60 * Mebi;
        await PassAsync(making);
        using var turn = await making;
        Assert.Equal(["old"], _out);
    }

    /// <summary>Lets time pass until something has ended.</summary>
    private async Task PassAsync(Task until)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        while (!until.IsCompleted && !patience.IsCancellationRequested)
        {
            _models.Time.Advance(TimeSpan.FromSeconds(0.1));
            await Task.Yield();
        }
    }

    private static string Fact(FailureException refused, string key) => refused.Facts.Single(fact => fact.Key == key).Value;

    private Task<IDisposable> MakeAsync(long mebi, string name = "wanted") => _room.MakeAsync(
        LivingModels.Name(name), new Dictionary<string, long> { [DeviceDemand.Host] = mebi * Mebi },
        evicted =>
        {
            _out.Add(evicted.Id);
            _models.Remove(evicted);
            return Task.FromResult(true);
        }, Cancellation);

    /// <summary>Memory as the test says.</summary>
    private sealed class Memory : IFreeMemory
    {
        public long Free { get; set; } = 1000 * Mebi;

        public long HostTotal => 1000 * Mebi;

        public IReadOnlyDictionary<string, long> Read() => new Dictionary<string, long> { [DeviceDemand.Host] = Free };
    }
}
