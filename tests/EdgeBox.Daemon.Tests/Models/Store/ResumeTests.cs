using EdgeBox.Daemon.Failures;
using EdgeBox.Daemon.Models;
using EdgeBox.Daemon.Models.Store;
using EdgeBox.Daemon.Operations;
using EdgeBox.Daemon.Tests.Support;
using EdgeBox.Testing.Gguf;
using EdgeBox.V1;

namespace EdgeBox.Daemon.Tests.Models.Store;

/// <summary>An import that is cut off goes on where it was, as far as that is sure.</summary>
public sealed class ResumeTests
{
    private const long Step = 2 << 20;
    private static readonly ModelName s_name = ModelName.Parse("m@1", "name");

    [Fact]
    public async Task Import_TheBoxStopsInTheMiddle_GoesOnFromTheLastCheckpoint()
    {
        using var directory = new TestDirectory();
        var path = await CutOffAsync(directory);
        var counter = new Acts();
        await using var rig = await StoreRig.StartAsync(directory, counter);
        Assert.Equal(2, rig.Incoming.Count);

        await Import(rig, path).RunAsync(new OperationProgressSink(), default);

        Assert.Equal(new FileInfo(path).Length - Step, counter.CopiedBytes);
        Assert.Equal(StoreRig.HashOf(path), rig.Get("m").Manifest.Parts[0].Sha256);
        Assert.Empty(rig.Incoming);
    }

    [Fact]
    public async Task Import_WhatWasCopiedIsNotWhatWasNoted_BeginsAnew()
    {
        using var directory = new TestDirectory();
        var path = await CutOffAsync(directory);
        using (var file = new FileStream(directory.Combine("state/models/incoming/m@1.part"), FileMode.Open))
        {
            file.WriteByte((byte)'X');
        }

        var counter = new Acts();
        await using var rig = await StoreRig.StartAsync(directory, counter);

        await Import(rig, path).RunAsync(new OperationProgressSink(), default);

        Assert.Equal(new FileInfo(path).Length, counter.CopiedBytes);
        Assert.Equal(StoreRig.HashOf(path), rig.Get("m").Manifest.Parts[0].Sha256);
    }

    [Fact]
    public async Task Import_TheSourceIsAnotherByThen_BeginsAnew()
    {
        using var directory = new TestDirectory();
        await CutOffAsync(directory);
        var counter = new Acts();
        await using var rig = await StoreRig.StartAsync(directory, counter);
        var other = rig.Write("m.gguf", Large(seed: 9));

        await Import(rig, other).RunAsync(new OperationProgressSink(), default);

        Assert.Equal(new FileInfo(other).Length, counter.CopiedBytes);
        Assert.Equal(StoreRig.HashOf(other), rig.Get("m").Manifest.Parts[0].Sha256);
    }

    [Fact]
    public async Task Import_AnotherNeedsTheRoomOfOneThatWasCutOff_GetsIt()
    {
        using var directory = new TestDirectory();
        await CutOffAsync(directory);
        await using var rig = await StoreRig.StartAsync(directory, reserve: "4096TiB");

        var refused = await rig.RefuseAsync(rig.Write("other.gguf"));

        Assert.Equal(ErrorReason.StoreFull, refused.Reason);
        Assert.Empty(rig.Incoming);
    }

    [Fact]
    public async Task Import_TheDiskIsFullInTheMiddle_GivesTheRoomBack()
    {
        await using var rig = await StoreRig.StartAsync(witness: new Acts { FailAt = 3 << 20 });
        var path = rig.Write("m.gguf", Large());

        var failure = await Assert.ThrowsAsync<FailureException>(() => Import(rig, path).RunAsync(new OperationProgressSink(), default));

        Assert.Equal(ErrorReason.StorageFull, failure.Reason);
        Assert.Equal((0, 0, 0), (rig.Blobs.Count, rig.Incoming.Count, rig.Manifests.Count));
    }

    private static GgufWriter Large(ulong seed = 1) =>
        RandomModels.Llama(new LlamaShape { Layers = 3, Embedding = 256, Heads = 4, KvHeads = 2, FeedForward = 512, Seed = seed });

    /// <summary>Stops an import when its first checkpoint was noted.</summary>
    private static async Task<string> CutOffAsync(TestDirectory directory)
    {
        using var stop = new CancellationTokenSource();
        await using var rig = await StoreRig.StartAsync(directory, new Acts
        {
            OnRenamed = to =>
            {
                if (to.EndsWith(".note", StringComparison.Ordinal))
                {
                    stop.Cancel();
                }
            },
        });
        var path = rig.Write("m.gguf", Large());
        Assert.True(new FileInfo(path).Length > 3 * Step);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Import(rig, path, stopping: true).RunAsync(new OperationProgressSink(), stop.Token));
        Assert.Empty(rig.Library.List());
        return path;
    }

    private static ModelImport Import(StoreRig rig, string path, bool stopping = false) =>
        new(rig.State.Get<StoreFolder>(), rig.State.Get<StoreIndex>(), rig.State.Get<StoreSpace>(), s_name, ImportSource.Look(path))
        {
            Stopping = () => stopping, CheckpointBytes = Step,
        };
}
