using EdgeBox.Worker.Batching;

namespace EdgeBox.Worker.Tests.Batching;

/// <summary>What steps are thought to take.</summary>
public sealed class StepCostsTests
{
    [Fact]
    public void Estimates_SizesThatWereNotSeen_LieBetweenTheSmallerOneAndItsMultiple()
    {
        var costs = new StepCosts();
        Assert.Equal((0, 0), (costs.Least(5), costs.Most(5)));
        costs.Note(4, 0.010);
        Assert.Equal((0.010, 0.010), (costs.Least(4), costs.Most(4)));
        Assert.Equal((0.010, 0.020), (costs.Least(8), costs.Most(8)));
        costs.Note(8, 0.012);
        Assert.Equal((0.012, 0.012), (costs.Least(8), costs.Most(8)));
    }

    [Fact]
    public void Largest_LimitLiesBetween_IsTheLargestThatKeepsIt()
    {
        var costs = new StepCosts();
        Enumerable.Range(1, 16).ToList().ForEach(tokens => costs.Note(tokens, 0.001 * tokens));
        Assert.Equal(10, costs.Largest(1, 16, 0.010));
        Assert.Equal(16, costs.Largest(1, 16, 1));
        Assert.Equal(4, costs.Largest(4, 16, 0));
        // Beyond what was seen each token is thought to cost as much as before.
        Assert.InRange(costs.Largest(1, 256, 0.064), 55, 64);
    }

    [Fact]
    public void Note_StepsBecomeSlower_IsLearnt()
    {
        var costs = new StepCosts();
        costs.Note(3, 0.01);
        Enumerable.Range(0, 40).ToList().ForEach(_ => costs.Note(3, 0.05));
        Assert.InRange(costs.Least(3), 0.045, 0.05);
    }
}
