using EdgeBox.Daemon.Models;
using EdgeBox.Daemon.Tests.Support;
using EdgeBox.Testing.Gguf;
using EdgeBox.V1;
using Xunit.Sdk;

namespace EdgeBox.Daemon.Tests.Models.Store;

/// <summary>The power goes at every moment of an import and of a removal, and the disk keeps as little as it may.</summary>
public sealed class CutTests : IDisposable
{
    private readonly TestDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task Import_PowerGoesAtAnyMoment_NothingHalfIsListedAndItSucceedsAgain()
    {
        DiskReplay disk;
        IReadOnlyDictionary<string, byte[]> start;
        string source;
        await using (var rig = await StartAsync(null))
        {
            await rig.ImportAsync(rig.Write("old.gguf", seed: 1), "old", "1");
            source = WriteSplit(rig);
        }

        disk = new DiskReplay(Path.Combine(_directory.Path, "state", "models"));
        start = disk.Read();
        await using (var rig = await StartAsync(disk))
        {
            await rig.ImportAsync(source, "new", "1");
        }

        Assert.True(disk.Count > 15, $"{disk.Count} acts were recorded");
        var states = await ForEachAsync(disk, start, async rig =>
        {
            Assert.Equal("models/old@1", rig.Library.List()[^1].Name.ToString());
            Assert.DoesNotContain(rig.Library.List(), model => model.Quarantine is not null);
            await AssertWholeAsync(rig);
            if (rig.Library.Find(ModelName.Parse("new@1", "name")) is null)
            {
                await rig.ImportAsync(source, "new", "1");
            }

            await AssertWholeAsync(rig);
            Assert.Equal((2, 3, 0), (rig.Manifests.Count, rig.Blobs.Count, rig.Incoming.Count));
        });
        Assert.True(states > 30, $"{states} states were rebuilt");
    }

    [Fact]
    public async Task Remove_PowerGoesAtAnyMoment_ItIsThereWholeOrGone()
    {
        await using (var rig = await StartAsync(null))
        {
            await rig.ImportAsync(rig.Write("a.gguf", seed: 1), "a", "1");
            await rig.ImportAsync(WriteSplit(rig), "b", "1");
        }

        var disk = new DiskReplay(Path.Combine(_directory.Path, "state", "models"));
        var start = disk.Read();
        await using (var rig = await StartAsync(disk))
        {
            await rig.Library.RemoveAsync(ModelName.Parse("b@1", "name"), "uid:0");
        }

        var states = await ForEachAsync(disk, start, async rig =>
        {
            Assert.Equal("models/a@1", rig.Library.List()[0].Name.ToString());
            Assert.DoesNotContain(rig.Library.List(), model => model.Quarantine is not null);
            await AssertWholeAsync(rig);
            // What is no longer listed has given its room back.
            Assert.Equal(rig.Library.List().Sum(model => model.Manifest.Parts.Count), rig.Blobs.Count);
        });
        Assert.True(states >= 4, $"{states} states were rebuilt");
    }

    private static string WriteSplit(StoreRig rig)
    {
        var (first, second) = SplitModel.Of(seed: 7);
        rig.Write("split/m-00001-of-00002.gguf", first);
        rig.Write("split/m-00002-of-00002.gguf", second);
        return rig.Directory.Combine("split");
    }

    private static async Task AssertWholeAsync(StoreRig rig)
    {
        foreach (var model in rig.Library.List())
        {
            rig.Library.Open(model).Dispose();
            var ended = await rig.EndOfAsync(await rig.Library.VerifyAsync(model.Name, "uid:0"));
            Assert.True(ended.State == OperationState.Succeeded, ended.Error?.Message);
        }
    }

    private Task<StoreRig> StartAsync(DiskReplay? disk) => StoreRig.StartAsync(_directory, disk);

    /// <summary>Starts from each state as a box would that was cut off then. What its database knows is what it knew before.</summary>
    private async Task<int> ForEachAsync(DiskReplay disk, IReadOnlyDictionary<string, byte[]> start, Func<StoreRig, Task> check)
    {
        var states = 0;
        var database = Directory.GetFiles(Path.Combine(_directory.Path, "state")).ToDictionary(file => file, File.ReadAllBytes);
        foreach (var state in disk.States(start))
        {
            states++;
            disk.Restore(state);
            foreach (var (file, content) in database)
            {
                using var stream = new FileStream(file, FileMode.Create);
                stream.Write(content);
            }

            await using var rig = await StartAsync(null);
            try
            {
                await check(rig);
            }
            catch (Exception failed) when (failed is XunitException or EdgeBox.Daemon.Failures.FailureException)
            {
                throw new XunitException($"In state {states}: {string.Join(", ", state.Select(file => $"{Path.GetRelativePath(rig.Store, file.Key)} ({file.Value.Length})"))}\n{failed}");
            }
        }

        return states;
    }
}
