using EdgeBox.Daemon.Models;
using EdgeBox.V1;

namespace EdgeBox.Daemon.Tests.Models;

/// <summary>What a watcher is told of models, however slowly it reads.</summary>
public sealed class ModelWatchTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Read_ChangesOfNumbers_TellsOnlyTheLastOfAState()
    {
        var watch = new ModelWatch("models/a");
        watch.Put(Of("a", ModelState.Loading, 1));
        watch.Put(Of("a", ModelState.Loading, 2));
        watch.Put(Of("a", ModelState.Ready, 3));
        watch.Put(Of("b", ModelState.Ready, 4));
        watch.Put(Of("a", ModelState.Absent, 5));

        Assert.Equal([(ModelState.Loading, 2u), (ModelState.Ready, 3u), (ModelState.Absent, 5u)], await AllAsync(watch));
    }

    [Fact]
    public async Task Read_TwoModels_KeepsTheOrderOfEach()
    {
        var watch = new ModelWatch(null);
        watch.Put(Of("a", ModelState.Planning, 1));
        watch.Put(Of("b", ModelState.Ready, 2));
        watch.Put(Of("a", ModelState.Planning, 3));
        watch.Put(Of("b", ModelState.Draining, 4));

        Assert.Equal([("a", 3u), ("b", 2u), ("b", 4u)], (await SomeAsync(watch, 3)).Select(model => (model.Name["models/".Length..], model.Slots)));
    }

    [Fact]
    public async Task Put_MoreStatesThanMayWait_LosesTheOldestOfThatModelAlone()
    {
        var watch = new ModelWatch(null);
        watch.Put(Of("quiet", ModelState.Ready, 0));
        for (var i = 1u; i <= ModelWatch.MostOfOne + 3; i++)
        {
            watch.Put(Of("a", i % 2 == 0 ? ModelState.Ready : ModelState.Restarting, i));
        }

        var told = await SomeAsync(watch, ModelWatch.MostOfOne + 1);
        Assert.Equal("models/quiet", told[0].Name);
        Assert.Equal(4u, told[1].Slots);
        Assert.Equal(ModelWatch.MostOfOne + 3u, told[^1].Slots);
    }

    private static Model Of(string name, ModelState state, uint slots) => new() { Name = "models/" + name, State = state, Slots = slots };

    private static async Task<List<(ModelState State, uint Slots)>> AllAsync(ModelWatch watch)
    {
        var told = new List<(ModelState, uint)>();
        await foreach (var model in watch.ReadAsync(TimeProvider.System, Cancellation))
        {
            told.Add((model.State, model.Slots));
        }

        return told;
    }

    private static async Task<List<Model>> SomeAsync(ModelWatch watch, int count)
    {
        var told = new List<Model>();
        await foreach (var model in watch.ReadAsync(TimeProvider.System, Cancellation))
        {
            told.Add(model);
            if (told.Count == count)
            {
                break;
            }
        }

        return told;
    }
}
