using EdgeBox.Daemon.Inference;
using EdgeBox.Daemon.Tests.Support;
using Microsoft.Extensions.Options;

namespace EdgeBox.Daemon.Tests.Inference;

/// <summary>The date that models are told.</summary>
public sealed class ToldDateTests : IDisposable
{
    private readonly TestDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Theory]
    [InlineData("2026-12-01T23:59:59Z", true, "2026-12-01")]
    [InlineData("2026-12-01T23:59:59Z", false, "")]
    [InlineData("1970-01-01T00:00:05Z", true, "")]
    [InlineData("2099-01-01T00:00:00Z", true, "")]
    public async Task Today_ClockAndOption_DecideTogether(string now, bool tell, string told)
    {
        await using var state = new TestState(_directory.Path, DateTimeOffset.Parse(now, System.Globalization.CultureInfo.InvariantCulture));
        Assert.Equal(told, new ToldDate(state.Clock, Options.Create(new InferenceOptions { TellDate = tell })).Today);
    }
}
