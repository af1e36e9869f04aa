using EdgeBox.Daemon.Failures;
using EdgeBox.Daemon.Models;
using EdgeBox.Daemon.Models.Store;
using EdgeBox.Daemon.Tests.Support;
using EdgeBox.V1;
using Microsoft.Extensions.DependencyInjection;

namespace EdgeBox.Daemon.Tests.Models.Store;

/// <summary>What happens to models that are in the store: verified, scrubbed, quarantined, removed, found again after a start.</summary>
public sealed class KeepingTests
{
    [Fact]
    public async Task Verify_AWholeModel_NotesTheTime()
    {
        await using var rig = await StoreRig.StartAsync();
        await rig.ImportAsync(rig.Write("a.gguf"), "m");
        rig.State.Time.Advance(TimeSpan.FromHours(1));

        var ended = await VerifyAsync(rig, "m");

        Assert.Equal(OperationState.Succeeded, ended.State);
        Assert.Equal(rig.State.Clock.Now, ended.Response.Unpack<Model>().VerifiedTime.ToDateTimeOffset());
    }

    [Fact]
    public async Task Verify_AFlippedBit_QuarantinesTellsFallsBackAndIsHealedByAnotherImport()
    {
        var fallback = new Fallback();
        await using var rig = await StoreRig.StartAsync(configure: services => services.AddSingleton<IModelFallback>(fallback));
        var path = rig.Write("a.gguf");
        await rig.ImportAsync(path, "m");
        var blob = rig.Flip("m");

        var ended = await VerifyAsync(rig, "m");

        Assert.Equal((OperationState.Failed, ErrorReason.ModelCorrupt), (ended.State, FailureStatus.ReasonOf(ended.Error)));
        var facts = ended.Error.GetDetail<Google.Rpc.ErrorInfo>().Metadata;
        Assert.Equal(("models/m@1", StoreRig.HashOf(path), StoreRig.HashOf(blob)), (facts["model"], facts["expected"], facts["found"]));
        Assert.Equal(["models/m@1"], fallback.Told);
        Assert.Equal(ModelState.Quarantined, rig.Get("m").Describe().State);
        Assert.Equal(ErrorReason.ModelCorrupt, Assert.Throws<FailureException>(() => rig.Library.Open(rig.Get("m"))).Reason);

        await rig.ImportAsync(path, "m", "1");

        Assert.Null(rig.Library.QuarantineOf(ModelName.Parse("m@1", "name")));
        rig.Library.Open(rig.Get("m")).Dispose();
        Assert.Equal(OperationState.Succeeded, (await VerifyAsync(rig, "m")).State);
    }

    [Fact]
    public async Task Verify_TheBitIsFlippedBack_ReleasesTheModel()
    {
        await using var rig = await StoreRig.StartAsync();
        await rig.ImportAsync(rig.Write("a.gguf"), "m");
        rig.Flip("m");
        await VerifyAsync(rig, "m");
        rig.Flip("m");

        Assert.Equal(OperationState.Succeeded, (await VerifyAsync(rig, "m")).State);
        Assert.Null(rig.Get("m").Quarantine);
    }

    [Fact]
    public async Task Quarantine_ByBytesAndByOthers_OutlivesARestart()
    {
        using var directory = new TestDirectory();
        await using (var rig = await StoreRig.StartAsync(directory))
        {
            await rig.ImportAsync(rig.Write("a.gguf", seed: 1), "flipped");
            await rig.ImportAsync(rig.Write("b.gguf", seed: 2), "dying");
            rig.Flip("flipped");
            await VerifyAsync(rig, "flipped");
            await rig.Library.QuarantineAsync(ModelName.Parse("dying@1", "name"), new FailureException(ErrorReason.WorkerLost, "It died three times.", ("exit", "9")));
        }

        await using var again = await StoreRig.StartAsync(directory);

        Assert.Equal(ErrorReason.ModelCorrupt, again.Get("flipped").Quarantine!.Reason);
        var dying = again.Get("dying").Quarantine!;
        Assert.Equal((ErrorReason.ModelQuarantined, "It died three times."), (dying.Reason, ImportTests.FactOf(dying, "problem")));
        Assert.Equal(OperationState.Succeeded, (await VerifyAsync(again, "dying")).State);
        Assert.Null(again.Get("dying").Quarantine);
    }

    [Fact]
    public async Task Scrub_AFlippedBit_IsFoundAndTheNextPassBeginsAtTheOldest()
    {
        await using var rig = await StoreRig.StartAsync();
        await rig.ImportAsync(rig.Write("a.gguf", seed: 1), "good");
        await rig.ImportAsync(rig.Write("b.gguf", seed: 2), "bad");
        rig.Flip("bad");
        var verifier = rig.State.Get<BlobVerifier>();
        rig.State.Time.Advance(TimeSpan.FromDays(1));
        var read = 0;

        Assert.Equal(TimeSpan.Zero, await verifier.BeginPassAsync(TimeSpan.FromDays(7)));
        Assert.True(await verifier.LookAtNextAsync(Pace, default));
        Assert.InRange(verifier.Pass.Fraction, 0.1, 0.9);
        Assert.Null(verifier.Pass.Ended);
        rig.State.Time.Advance(TimeSpan.FromHours(1));
        Assert.Equal(TimeSpan.Zero, await verifier.BeginPassAsync(TimeSpan.FromDays(7)));
        Assert.True(await verifier.LookAtNextAsync(Pace, default));
        Assert.False(await verifier.LookAtNextAsync(Pace, default));

        Assert.True(read >= 2);
        Assert.Null(rig.Get("good").Quarantine);
        Assert.Equal(ErrorReason.ModelCorrupt, rig.Get("bad").Quarantine!.Reason);
        Assert.Equal(rig.State.Clock.Now, rig.Library.Describe().ScrubbedTime.ToDateTimeOffset());
        Assert.Equal(TimeSpan.FromDays(7) - TimeSpan.FromHours(1), await verifier.BeginPassAsync(TimeSpan.FromDays(7)));

        Task Pace(int bytes)
        {
            read++;
            return Task.CompletedTask;
        }
    }

    [Fact]
    public async Task Remove_SharedBytes_StayUntilTheLastModelOfThemIsGone()
    {
        await using var rig = await StoreRig.StartAsync();
        var path = rig.Write("a.gguf");
        await rig.ImportAsync(path, "one");
        await rig.ImportAsync(path, "two");

        Assert.Equal(0ul, (await rig.Library.RemoveAsync(ModelName.Parse("one", "name"), "uid:0")).FreedBytes);
        rig.Library.Open(rig.Get("two")).Dispose();
        Assert.Equal((ulong)new FileInfo(path).Length, (await rig.Library.RemoveAsync(ModelName.Parse("two@1", "name"), "uid:0")).FreedBytes);

        Assert.Equal((0, 0), (rig.Blobs.Count, rig.Manifests.Count));
        var refused = await Assert.ThrowsAsync<FailureException>(() => rig.Library.RemoveAsync(ModelName.Parse("two@1", "name"), "uid:0"));
        Assert.Equal(ErrorReason.ModelNotFound, refused.Reason);
    }

    [Fact]
    public async Task Remove_AGuardKeepsIt_IsRefusedWithItsReason()
    {
        await using var rig = await StoreRig.StartAsync(configure: services => services.AddSingleton<IModelGuard>(new Guard()));
        await rig.ImportAsync(rig.Write("a.gguf"), "m");

        var refused = await Assert.ThrowsAsync<FailureException>(() => rig.Library.RemoveAsync(ModelName.Parse("m@1", "name"), "uid:0"));

        Assert.Equal((ErrorReason.ModelBusy, "models/m@1 is in memory; unload it first."), (refused.Reason, refused.Message));
        Assert.Single(rig.Blobs);
    }

    [Fact]
    public async Task Remove_SeveralVersionsAndNoneNamed_AsksWhich()
    {
        await using var rig = await StoreRig.StartAsync();
        await rig.ImportAsync(rig.Write("a.gguf", seed: 1), "m");
        await rig.ImportAsync(rig.Write("b.gguf", seed: 2), "m");

        var refused = await Assert.ThrowsAsync<FailureException>(() => rig.Library.RemoveAsync(ModelName.Parse("m", "name"), "uid:0"));

        Assert.Equal((ErrorReason.InvalidArgument, "m@1, m@2"), (refused.Reason, ImportTests.FactOf(refused, "limit")));
    }

    [Fact]
    public async Task Start_BlobsOfAnEarlierRelease_BecomeReadableForWorkersOfOtherUsers()
    {
        using var directory = new TestDirectory();
        string blob;
        await using (var rig = await StoreRig.StartAsync(directory))
        {
            await rig.ImportAsync(rig.Write("a.gguf"), "m");
            blob = rig.Directory.Combine($"state/models/blobs/{rig.Blobs.Single()}");
            File.SetUnixFileMode(blob, UnixFileMode.UserRead);
        }

        await using var again = await StoreRig.StartAsync(directory);

        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.GroupRead | UnixFileMode.OtherRead, File.GetUnixFileMode(blob));
        again.Library.Open(again.Get("m")).Dispose();
    }

    [Fact]
    public async Task Start_ABlobIsGone_ItsModelIsQuarantinedAndTheRestServes()
    {
        using var directory = new TestDirectory();
        await using (var rig = await StoreRig.StartAsync(directory))
        {
            await rig.ImportAsync(rig.Write("a.gguf", seed: 1), "gone");
            await rig.ImportAsync(rig.Write("b.gguf", seed: 2), "there");
            File.Delete(Path.Combine(rig.Store, "blobs", "sha256-" + rig.Get("gone").Manifest.Parts[0].Sha256));
        }

        var fallback = new Fallback();
        await using var again = await StoreRig.StartAsync(directory, configure: services => services.AddSingleton<IModelFallback>(fallback));

        Assert.Equal((ErrorReason.ModelCorrupt, "no file"), (again.Get("gone").Quarantine!.Reason, ImportTests.FactOf(again.Get("gone").Quarantine!, "found")));
        Assert.Equal(["models/gone@1"], fallback.Told);
        again.Library.Open(again.Get("there")).Dispose();
    }

    [Fact]
    public async Task Start_FilesThatNobodyNeeds_AreRemovedAndAManifestThatIsNoneIsTold()
    {
        using var directory = new TestDirectory();
        await using (var rig = await StoreRig.StartAsync(directory))
        {
            await rig.ImportAsync(rig.Write("a.gguf"), "m");
        }

        foreach (var leftover in new[] { "blobs/sha256-" + new string('0', 64), "incoming/x@1.part", "manifests/x@1.json.tmp" })
        {
            using var file = File.Create(directory.Combine("state/models/" + leftover));
            file.Write([1, 2, 3]);
        }

        await using (var again = await StoreRig.StartAsync(directory))
        {
            Assert.Equal((1, 1, 0), (again.Blobs.Count, again.Manifests.Count, again.Incoming.Count));
        }

        using (var file = new FileStream(directory.Combine("state/models/manifests/m@1.json"), FileMode.Truncate))
        {
            file.Write("{"u8);
        }

        await using var last = await StoreRig.StartAsync(directory);
        Assert.Equal(ErrorReason.ModelCorrupt, last.Get("m@1").Quarantine!.Reason);
        Assert.Single(last.Blobs);
    }

    private static async Task<Operation> VerifyAsync(StoreRig rig, string name) =>
        await rig.EndOfAsync(await rig.Library.VerifyAsync(ModelName.Parse(name, "name"), "uid:0"));

    private sealed class Fallback : IModelFallback
    {
        public List<string> Told { get; } = [];

        public Task FallBackAsync(ModelName bad, FailureException why)
        {
            Told.Add(bad.ToString());
            return Task.CompletedTask;
        }
    }

    private sealed class Guard : IModelGuard
    {
        public string? WhyKept(ModelName model) => "is in memory; unload it first.";
    }
}
