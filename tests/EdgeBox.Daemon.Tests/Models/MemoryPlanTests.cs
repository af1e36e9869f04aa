using EdgeBox.Daemon.Models;

namespace EdgeBox.Daemon.Tests.Models;

/// <summary>What is planned for a model, and what texts may take that are kept.</summary>
public sealed class MemoryPlanTests
{
    [Theory]
    [InlineData(1000, 0)] // Nothing is left over.
    [InlineData(999, 0)]
    [InlineData(1400, 50)]
    [InlineData(100_000, 300)] // No more than a full cache.
    public void KeptBytes_SoMuchIsAvailable_IsAPartOfWhatIsLeftOverAndNoMoreThanTheCache(long available, long kept) =>
        Assert.Equal(kept, new MemoryPlan(WeightBytes: 600, CacheBytes: 300, OverheadBytes: 100, AvailableBytes: available).KeptBytes);
}
