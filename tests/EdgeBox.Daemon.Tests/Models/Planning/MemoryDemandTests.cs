using EdgeBox.Daemon.Models.Planning;
using EdgeBox.V1;

namespace EdgeBox.Daemon.Tests.Models.Planning;

public sealed class MemoryDemandTests
{
    [Theory]
    [InlineData(1800, 100)] // An eighth of what is left.
    [InlineData(1000, 0)]
    [InlineData(10, 0)]
    [InlineData(100_000, 300)]
    public void KeptBytes_SoMuchIsFree_IsAPartOfWhatIsLeftOverAndNoMoreThanTheCache(long free, long kept) =>
        Assert.Equal(kept, Demand(free, free).KeptBytes);

    [Theory]
    [InlineData(1000, 1000, true, true)]
    [InlineData(999, 1000, false, true)]
    [InlineData(999, 999, false, false)]
    public void Fits_NeedsOfThousand_HoldsForWhatIsFreeAndForWhatWouldBe(long free, long alone, bool fits, bool fitsAlone) =>
        Assert.Equal((fits, fitsAlone), (Demand(free, alone).Fits, Demand(free, alone).FitsAlone));

    [Fact]
    public void Problem_DeviceIsTooSmall_NamesItWithTheNumbers()
    {
        var demand = new MemoryDemand(
            new LoadShape(8192, 4, 1, 32768),
            [new DeviceDemand("host", 0, 0, 1, 1, false), new DeviceDemand("CUDA0", 60L << 30, 4L << 30, 1L << 30, 512 << 20, true)],
            new Dictionary<string, DeviceRoom> { ["host"] = new(100, 100, 100), ["CUDA0"] = new(40L << 30, 39L << 30, 40L << 30) });

        var refused = demand.Problem("models/big")!;

        Assert.Equal(ErrorReason.ModelTooLarge, refused.Reason);
        Assert.Equal("models/big needs 65.5 GiB of the memory of CUDA0 (60.0 GiB weights, 4.0 GiB cache, 1.0 GiB work space, 512.0 MiB overhead), of which 39.0 GiB "
            + "are free. Take a smaller model or quantisation, fewer slots, or a shorter context; `edgeboxctl model estimate` tells what would fit.", refused.Message);
        Assert.Contains(("device", "CUDA0"), refused.Facts);
        Assert.Contains(("needed_bytes", $"{(65L << 30) + (512 << 20)}"), refused.Facts);
    }

    [Fact]
    public void Of_OptionsLeftToTheBox_AreTheLeastOfModelAndBox()
    {
        var shape = LoadShape.Of(ClosedFormTests.GptOss120B with { ContextLength = 4096 }, new LoadOptions { Threads = 3 });

        Assert.Equal(new LoadShape(4096, 4, 3, 4 * 4096), shape);
        Assert.Equal(5000u, LoadShape.Of(ClosedFormTests.GptOss120B, new LoadOptions { CacheTokens = 5000, ContextTokens = 4096 }).CacheTokens);
        Assert.Equal(4096u, LoadShape.Of(ClosedFormTests.GptOss120B, new LoadOptions { CacheTokens = 1, ContextTokens = 4096 }).CacheTokens);
    }

    private static MemoryDemand Demand(long free, long alone) => new(
        new LoadShape(8192, 4, 1, 32768),
        [new DeviceDemand("host", 500, 300, 100, 100, false)],
        new Dictionary<string, DeviceRoom> { ["host"] = new(100_000, free, alone) });
}
