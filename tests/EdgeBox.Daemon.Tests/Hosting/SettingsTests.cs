using EdgeBox.Daemon.Hosting;
using EdgeBox.Daemon.Models;
using EdgeBox.Daemon.Tests.Support;

namespace EdgeBox.Daemon.Tests.Hosting;

public sealed class SettingsTests
{
    [Fact]
    public void Build_ManyFaults_TellsAllOfThemAtOnce()
    {
        using var directory = new TestDirectory();
        var file = directory.Combine("edgeboxd.json");
        File.WriteAllText(file, """{ "Endpoints": { "Nope": 1, "IdleTimeout": "soon" }, "Elsewhere": true }""");
        var faults = Assert.Throws<UsageException>(() => Appliance.Build(
            ["--config", file, "--bogus", "--tls", "nonsense", "--max-connections", "abc", "--max-connections-per-peer=0", "--drain"])).Faults;
        string[] expected = ["--bogus", "TlsListen", "'abc'", "MaxConnectionsPerPeer", "--drain", "Endpoints:Nope", "IdleTimeout", "Elsewhere"];
        Assert.All(expected, part => Assert.Contains(faults, f => f.Contains(part, StringComparison.Ordinal)));
        Assert.Equal(expected.Length, faults.Count);
    }

    [Fact]
    public void Build_FileIsNoJson_SaysWhichFile()
    {
        using var directory = new TestDirectory();
        var file = directory.Combine("edgeboxd.json");
        File.WriteAllText(file, "{ nonsense");
        var fault = Assert.Single(Assert.Throws<UsageException>(() => Appliance.Build(["--config", file])).Faults);
        Assert.StartsWith(file, fault);
    }

    [Fact]
    public void Build_NamedFileIsMissing_SaysSo() =>
        Assert.Contains("/nope.json", Assert.Single(Assert.Throws<UsageException>(() => Appliance.Build(["--config", "/nope.json"])).Faults));

    [Theory]
    [InlineData("cert:frontdesk")]
    [InlineData("=4")]
    [InlineData("cert:frontdesk=0")]
    [InlineData("cert:frontdesk=101")]
    [InlineData("cert:frontdesk=-1")]
    [InlineData("cert:frontdesk=NaN")]
    public void Build_WeightThatIsNone_IsNamed(string weight)
    {
        var fault = Assert.Single(Assert.Throws<UsageException>(() => Appliance.Build(["--weight", "uid:1=2", "--weight", weight])).Faults);
        Assert.Contains($"'{weight}'", fault, StringComparison.Ordinal);
        Assert.Contains("0.01 to 100", fault, StringComparison.Ordinal);
    }

    [Fact]
    public void ReadAll_Weights_AreByIdentityAndTheLastCounts() => Assert.Equal(
        new Dictionary<string, double> { ["cert:frontdesk"] = 4, ["uid:1"] = 0.5 }, IdentityWeights.ReadAll(["uid:1=2", "cert:frontdesk=4", "uid:1=0.5"]));

    [Fact]
    public void Help_EverySetting_IsInIt() => Assert.All(Setting.All, s => Assert.Contains(s.Flag, CommandLine.Help));
}
