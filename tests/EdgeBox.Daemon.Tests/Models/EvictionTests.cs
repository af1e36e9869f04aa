using CsCheck;
using EdgeBox.Daemon.Models;

namespace EdgeBox.Daemon.Tests.Models;

/// <summary>Who makes room for a model that is to be loaded.</summary>
public sealed class EvictionTests
{
    private static readonly Gen<MemoryHolder> s_genHolder = Gen.Select(
        Gen.Long[0, 50], Gen.Long[0, 50], Gen.Long[0, 20], (host, gpu, used) => Holder($"m{host}-{gpu}-{used}", host, used, gpu));

    [Theory]
    [InlineData(10, "")]
    [InlineData(11, "old")]
    [InlineData(30, "old")]
    [InlineData(31, "old middle")]
    [InlineData(61, "old middle new")]
    public void Choose_SomeMemoryIsNeeded_TheLongestUnneededGoFirst(long needed, string expected) => Assert.Equal(
        expected, Names(Eviction.Choose(Host(needed), Host(10), [Holder("new", 30, 3), Holder("old", 20, 1), Holder("middle", 15, 2)])));

    [Fact]
    public void Choose_OldestIsTooSmallToHelp_IsSpared() => Assert.Equal(
        "large", Names(Eviction.Choose(Host(30), Host(0), [Holder("small", 5, 1), Holder("large", 30, 2)])));

    [Fact]
    public void Choose_NotEvenAllSuffice_IsNull() => Assert.Null(Eviction.Choose(Host(100), Host(10), [Holder("a", 40, 1), Holder("b", 49, 2)]));

    [Fact]
    public void Choose_OtherDeviceIsShort_TakesWhoIsOnIt() => Assert.Equal("gpu", Names(Eviction.Choose(
        new Dictionary<string, long> { ["host"] = 1, ["CUDA0"] = 10 },
        new Dictionary<string, long> { ["host"] = 1, ["CUDA0"] = 0 },
        [Holder("host", 50, 1), Holder("gpu", 0, 2, gpu: 10)])));

    [Fact]
    public void Choose_AnyHolders_FreesEnoughAndNobodyForNothing() => Gen.Select(
        s_genHolder.Array[0, 8], Gen.Long[0, 200], Gen.Long[0, 200], Gen.Long[0, 60]).Sample((holders, host, gpu, free) =>
    {
        var needed = new Dictionary<string, long> { ["host"] = host, ["CUDA0"] = gpu };
        var left = new Dictionary<string, long> { ["host"] = free, ["CUDA0"] = free };
        var chosen = Eviction.Choose(needed, left, holders);
        Assert.Equal(Eviction.Fits(needed, left, holders), chosen is not null);
        if (chosen is not null)
        {
            Assert.True(Eviction.Fits(needed, left, chosen));
            Assert.All(chosen, spared => Assert.False(Eviction.Fits(needed, left, chosen.Where(other => !ReferenceEquals(other, spared)))));
            Assert.All(chosen, holder => Assert.Contains(holders, other => ReferenceEquals(other, holder)));
        }
    });

    private static Dictionary<string, long> Host(long bytes) => new() { ["host"] = bytes };

    private static MemoryHolder Holder(string name, long host, long used, long gpu = 0) => new(
        ModelName.Parse(name, "name"), new Dictionary<string, long> { ["host"] = host, ["CUDA0"] = gpu }, Pinned: false, Busy: false, used);

    private static string? Names(IReadOnlyList<MemoryHolder>? chosen) => chosen is null ? null : string.Join(' ', chosen.Select(holder => holder.Name.Id));
}
