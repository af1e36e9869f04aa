using EdgeBox.Daemon.Failures;
using EdgeBox.Daemon.Tests.Support;
using EdgeBox.V1;

namespace EdgeBox.Daemon.Tests.Models.Aliases;

/// <summary>The order in which an alias is moved, and that everything is as it was if that fails.</summary>
public sealed class AliasMoveTests : IAsyncDisposable
{
    private static readonly FailureException s_broken = new(ErrorReason.ModelLoadFailed, "It is broken.");

    private readonly TestDirectory _directory = new();
    private readonly AliasRig _rig;

    public AliasMoveTests() => _rig = new AliasRig(_directory.Path);

    public async ValueTask DisposeAsync()
    {
        await _rig.DisposeAsync();
        _directory.Dispose();
    }

    [Fact]
    public async Task Move_BothFit_OldOneAnswersUntilTheNewOneIsTested()
    {
        await _rig.MoveAsync("m@1");
        _rig.Done.Clear();
        var meant = "";
        _rig.WhileTesting = async () => meant = await AnsweringAsync();

        var moved = await _rig.MoveAsync("m@2");

        Assert.Equal("models/m@1", meant);
        Assert.Equal(["serve m@2 to test", "test m@2", "retire m@1"], _rig.Done);
        Assert.Equal(("m@2", "m@1", "uid:0"), (moved.Model.Id, moved.Previous?.Id, moved.Actor));
        Assert.Equal(["m@2 Ready"], _rig.InMemory);
        Assert.Empty(_rig.Store.Moves());
    }

    [Fact]
    public async Task Move_OnlyOneFits_RequestsWaitUntilTheNewOneAnswers()
    {
        await _rig.MoveAsync("m@1");
        _rig.Done.Clear();
        _rig.BothFit = false;
        Task<string>? waiting = null;
        _rig.WhileTesting = () =>
        {
            waiting = AnsweringAsync();
            Assert.False(waiting.IsCompleted);
            return Task.CompletedTask;
        };

        await _rig.MoveAsync("m@2");

        Assert.Equal(["release m@1", "serve m@2 to test", "test m@2"], _rig.Done);
        Assert.Equal("models/m@2", await waiting!);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Move_NewOneCannotBeLoaded_OldOneServesOn(bool bothFit)
    {
        await _rig.MoveAsync("m@1");
        _rig.Done.Clear();
        _rig.BothFit = bothFit;
        _rig.Broken["m@2"] = s_broken;

        Assert.Same(s_broken, await Assert.ThrowsAsync<FailureException>(() => _rig.MoveAsync("m@2")));

        Assert.Equal(bothFit ? ["serve m@2 to test"] : ["release m@1", "serve m@2 to test", "serve m@1 as before"], _rig.Done);
        await AssertUntouchedAsync();
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Move_NewOneFailsItsSuite_IsTakenOutAndOldOneServesOn(bool bothFit)
    {
        await _rig.MoveAsync("m@1");
        _rig.Done.Clear();
        _rig.BothFit = bothFit;
        _rig.Report = new AcceptanceReport { Name = "reports/1", Verdict = AcceptanceVerdict.Failed, Passed = 4, Failed = 1 };

        var failure = await Assert.ThrowsAsync<FailureException>(() => _rig.MoveAsync("m@2"));

        Assert.Equal((ErrorReason.AcceptanceFailed, "reports/1"), (failure.Reason, failure.Facts.Single(fact => fact.Key == "report").Value));
        Assert.Equal(bothFit ? ["serve m@2 to test", "test m@2", "release m@2"] : ["release m@1", "serve m@2 to test", "test m@2", "release m@2", "serve m@1 as before"], _rig.Done);
        await AssertUntouchedAsync();
    }

    [Fact]
    public async Task Move_FailsItsSuiteButIsNotTested_Moves()
    {
        _rig.Report = new AcceptanceReport { Verdict = AcceptanceVerdict.Failed };
        Assert.Equal("m@2", (await _rig.MoveAsync("m@2", test: false)).Model.Id);
    }

    [Fact]
    public async Task Move_FailsButIsPinned_StaysInMemoryAndCanBeReached()
    {
        await _rig.MoveAsync("m@1");
        _rig.Pinned.Add("m@2");
        _rig.Report = new AcceptanceReport { Verdict = AcceptanceVerdict.Failed };
        await Assert.ThrowsAsync<FailureException>(() => _rig.MoveAsync("m@2"));
        Assert.Equal(["m@1 Ready", "m@2 Ready"], _rig.InMemory);
    }

    [Fact]
    public async Task Move_IsCancelledWhileItIsTested_LeavesEverythingAsItWas()
    {
        await _rig.MoveAsync("m@1");
        _rig.BothFit = false;
        using var cancelled = new CancellationTokenSource();
        _rig.WhileTesting = cancelled.CancelAsync;
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => _rig.MoveAsync("m@2", cancellation: cancelled.Token));
        await AssertUntouchedAsync();
        Assert.Equal("CANCELLED", _rig.State.Audit.Page(long.MaxValue, "alias.not_moved", 1)[0].Entry.Facts["why"]);
    }

    [Fact]
    public async Task Move_OldOneIsMeantElsewhere_StaysInMemory()
    {
        await _rig.MoveAsync("m@1");
        await _rig.MoveAsync("m@1", identity: "cert:frontdesk");
        await _rig.MoveAsync("m@2");
        Assert.Equal(["m@1 Ready", "m@2 Ready"], _rig.InMemory);
    }

    [Fact]
    public async Task Move_NewOneIsMeantElsewhere_IsNotHiddenWhileItIsTested()
    {
        await _rig.MoveAsync("m@2", "letters");
        await _rig.ReleaseAsync(AliasRig.Name("m@2"), TimeSpan.Zero, "uid:0");
        _rig.Done.Clear();
        await _rig.MoveAsync("m@2");
        Assert.Equal("serve m@2", _rig.Done[0]);
    }

    [Fact]
    public async Task Move_TheBoxStops_NothingIsLoadedAgainAndTheNextStartFindsTheMove()
    {
        await _rig.MoveAsync("m@1");
        _rig.BothFit = false;
        _rig.Done.Clear();
        using var cancelled = new CancellationTokenSource();
        _rig.WhileTesting = () =>
        {
            _rig.StopApplication();
            return cancelled.CancelAsync();
        };
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => _rig.MoveAsync("m@2", cancellation: cancelled.Token));
        Assert.DoesNotContain("serve m@1 as before", _rig.Done);
        Assert.Equal(("m@2", "m@1"), (Assert.Single(_rig.Store.Moves()).Model.Id, _rig.Store.Moves()[0].InsteadOf?.Id));
    }

    [Fact]
    public async Task Move_TwoAtOnce_AreDoneOneAfterTheOther()
    {
        await _rig.MoveAsync("m@1");
        _rig.Done.Clear();
        var first = new TaskCompletionSource();
        _rig.WhileTesting = () => first.Task;
        var moves = (_rig.MoveAsync("m@2"), _rig.MoveAsync("m@3"));
        Assert.Equal(["serve m@2 to test", "test m@2"], _rig.Done);
        _rig.WhileTesting = () => Task.CompletedTask;
        first.SetResult();
        await moves.Item1;
        Assert.Equal(("m@3", "m@2"), ((await moves.Item2).Model.Id, _rig.Table.Find(AliasRig.Key())!.Previous?.Id));
    }

    /// <summary>Where a request that names nothing goes.</summary>
    private async Task<string> AnsweringAsync()
    {
        while (true)
        {
            var model = _rig.Table.Resolve("", "uid:5", "chat");
            if (await _rig.Gates.PassAsync(AliasRig.Name(model), "uid:5", CancellationToken.None))
            {
                return model;
            }
        }
    }

    private async Task AssertUntouchedAsync()
    {
        Assert.Equal(["m@1 Ready"], _rig.InMemory);
        Assert.Equal("models/m@1", await AnsweringAsync());
        Assert.Null(_rig.Table.Find(AliasRig.Key())!.Previous);
        Assert.Empty(_rig.Store.Moves());
    }
}
