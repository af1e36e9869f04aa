using EdgeBox.Daemon.Models;
using EdgeBox.V1;

namespace EdgeBox.Daemon.Tests.Models;

/// <summary>The table of a model's life: nothing in it is a dead end, and what must never happen is not in it.</summary>
public sealed class ModelLifeTests
{
    public static TheoryData<ModelState> States => [.. ModelLife.States];

    [Theory]
    [MemberData(nameof(States))]
    public void States_EachOne_IsReachedFromAbsentAndLeadsBackThere(ModelState state)
    {
        Assert.Contains(state, From(ModelState.Absent));
        Assert.Contains(ModelState.Absent, From(state));
        Assert.False(ModelLife.Allows(state, state));
    }

    [Fact]
    public void States_All_AreThoseOfTheContract() => Assert.Equal(
        Enum.GetValues<ModelState>().Except([ModelState.Unspecified, ModelState.Unloaded]).Order(), ModelLife.States.Order());

    [Theory]
    [InlineData(ModelState.Absent, ModelState.Ready)]
    [InlineData(ModelState.Available, ModelState.Loading)]
    [InlineData(ModelState.Available, ModelState.Ready)]
    [InlineData(ModelState.Planning, ModelState.Ready)]
    [InlineData(ModelState.Quarantined, ModelState.Loading)]
    [InlineData(ModelState.Quarantined, ModelState.Ready)]
    [InlineData(ModelState.Draining, ModelState.Ready)]
    [InlineData(ModelState.Ready, ModelState.Available)]
    [InlineData(ModelState.Ready, ModelState.Absent)]
    [InlineData(ModelState.Ready, ModelState.Testing)]
    public void Allows_WhatMustNeverHappen_No(ModelState from, ModelState to) => Assert.False(ModelLife.Allows(from, to));

    /// <summary>Every state that can be reached.</summary>
    private static HashSet<ModelState> From(ModelState start)
    {
        var reached = new HashSet<ModelState>();
        var open = new Queue<ModelState>([start]);
        while (open.TryDequeue(out var from))
        {
            foreach (var to in ModelLife.States.Where(to => ModelLife.Allows(from, to) && reached.Add(to)))
            {
                open.Enqueue(to);
            }
        }

        return reached;
    }
}
