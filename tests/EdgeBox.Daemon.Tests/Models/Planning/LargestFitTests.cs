using CsCheck;
using EdgeBox.Daemon.Models.Planning;

namespace EdgeBox.Daemon.Tests.Models.Planning;

public sealed class LargestFitTests
{
    [Theory]
    [InlineData(1000, 0, 0)] // Not even the least fits.
    [InlineData(1000, 200_000_000, 131_072)] // All of it fits.
    [InlineData(0, 256 * 1000, 256)]
    [InlineData(500_000, 500_000 + (1000 * 8192), 8192)]
    [InlineData(500_000, 500_000 + (1000 * 8447), 8192)]
    public async Task Find_StraightLine_IsTheLargestThatLeavesSomething(long weights, long room, long expected)
    {
        var trials = 0;

        var found = await LargestFit.FindAsync(256, 131_072, 256, number =>
        {
            trials++;
            return Task.FromResult(room - weights - (1000 * number));
        });

        Assert.Equal(expected, found);
        Assert.InRange(trials, 1, 6);
    }

    [Fact]
    public void Find_AnyFallingLine_IsRightToTheStep() =>
        Gen.Select(Gen.Long[1, 2000], Gen.Long[0, 3], Gen.Long[0, 4_000_000_000], Gen.Long[1, 131_072]).Sample((slope, bend, room, most) =>
        {
            const long Step = 256;
            long Left(long number) => room - (slope * number) - (bend * number * number / 1000);
            var least = Math.Min(Step, most);

            var found = LargestFit.FindAsync(least, most, Step, number => Task.FromResult(Left(number))).GetAwaiter().GetResult();

            Assert.True(found == 0 ? Left(least) < 0 : Left(found) >= 0);
            Assert.True(found == most || Left(Math.Min(most, Math.Max(least, found + Step))) < 0);
            Assert.True(found == most || found == least || found % Step == 0);
        });
}
