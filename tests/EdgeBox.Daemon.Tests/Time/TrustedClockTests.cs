using CsCheck;
using EdgeBox.Daemon.Hosting;
using EdgeBox.Daemon.Tests.Support;
using EdgeBox.Daemon.Time;

namespace EdgeBox.Daemon.Tests.Time;

public sealed class TrustedClockTests : IDisposable
{
    private readonly TestDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Theory]
    [InlineData("1970-01-01T00:00:00Z")]
    [InlineData("2038-01-19T03:14:08Z")]
    public async Task Now_FirstStartWithAnImpossibleClock_CountsFromTheRelease(string wall)
    {
        await using var state = new TestState(_directory.Path, DateTimeOffset.Parse(wall, System.Globalization.CultureInfo.InvariantCulture));
        Assert.Equal(ReleaseDate.Value, state.Clock.Now);
        Assert.False(state.Clock.MachineClockIsBelieved);
        state.Time.Advance(TimeSpan.FromHours(1));
        Assert.Equal(ReleaseDate.Value + TimeSpan.FromHours(1), state.Clock.Now);
    }

    [Fact]
    public async Task Now_ClockDiesBetweenStarts_GoesOnFromTheFloor()
    {
        await using (var first = new TestState(_directory.Path))
        {
            first.Time.Advance(TimeSpan.FromDays(3));
            await first.Clock.CommitAsync(default);
        }

        await using var second = new TestState(_directory.Path, DateTimeOffset.UnixEpoch);
        Assert.Equal(TestAppliance.Start + TimeSpan.FromDays(3), second.Clock.Now);
    }

    [Fact]
    public async Task Now_ClockSaid2038ForADay_IsNotThereToStay()
    {
        await using (var first = new TestState(_directory.Path))
        {
            await first.Clock.CommitAsync(default);
        }

        await using (var wrong = new TestState(_directory.Path, new DateTimeOffset(2038, 1, 19, 3, 14, 8, TimeSpan.Zero)))
        {
            await wrong.Clock.CommitAsync(default);
        }

        await using var repaired = new TestState(_directory.Path, TestAppliance.Start + TimeSpan.FromDays(2));
        Assert.Equal(TestAppliance.Start + TimeSpan.FromDays(2), repaired.Clock.Now);
        Assert.True(repaired.Clock.MachineClockIsBelieved);
    }

    [Fact]
    public async Task Now_ClockJumpsAtWill_NeverRunsBackwards()
    {
        await using var state = new TestState(_directory.Path);
        var jumps = new JumpingClock();
        var clock = new TrustedClock(state.Database, jumps);
        Gen.Int[-400_000, 400_000].Array[1, 50].Sample(
            hours =>
            {
                foreach (var jump in hours)
                {
                    var before = clock.Now;
                    jumps.Offset = TimeSpan.FromHours(jump);
                    jumps.Advance(TimeSpan.FromSeconds(1));
                    Assert.True(clock.Now >= before + TimeSpan.FromSeconds(1));
                }
            },
            threads: 1,
            iter: 200);
    }

    [Fact]
    public async Task Keeper_EveryTenMinutesAndAtTheStop_StoresTheFloor()
    {
        var directory = _directory;
        await using (var box = await TestAppliance.StartAsync(directory))
        {
            box.Time.Advance(TimeSpan.FromMinutes(10));
            var probe = box.Get<TrustedClock>();
            Assert.Equal(TestAppliance.Start + TimeSpan.FromMinutes(10), probe.Now);
            box.Time.Advance(TimeSpan.FromMinutes(3));
        }

        await using var again = new TestState(directory.Combine("state"), DateTimeOffset.UnixEpoch);
        Assert.Equal(TestAppliance.Start + TimeSpan.FromMinutes(13), again.Clock.Now);
    }

    [Fact]
    public async Task Health_ImpossibleClock_IsDegradedAndSaysWhy()
    {
        await using var box = await TestAppliance.StartAsync(now: DateTimeOffset.UnixEpoch);
        var health = box.Get<ApplianceHealth>().Snapshot;
        Assert.Equal(V1.Health.Degraded, health.Health);
        Assert.Contains("1970", Assert.Single(health.Problems));
    }

    private sealed class JumpingClock : TimeProvider
    {
        private long _timestamp;

        public TimeSpan Offset { get; set; }

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public void Advance(TimeSpan time) => _timestamp += time.Ticks;

        public override long GetTimestamp() => _timestamp;

        public override DateTimeOffset GetUtcNow() => TestAppliance.Start + Offset;
    }
}
