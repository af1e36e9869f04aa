using EdgeBox.Daemon.Hosting;
using EdgeBox.Daemon.Inference;
using EdgeBox.Daemon.Models;
using EdgeBox.Daemon.Tests.Support;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

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
    public void Build_SwitchesAndListsAsJsonHasThem_AreTaken_AndAListOnTheLineComesAfterTheFiles()
    {
        using var directory = new TestDirectory();
        var file = directory.Combine("edgeboxd.json");
        File.WriteAllText(file, """
            { "Inference": { "TellDate": false }, "Models": { "Weights": [] },
              "Endpoints": { "HostNames": ["a.example", null, "b.example"], "GatewayOrigins": ["https://chat.example"], "PlainGatewayAnywhere": true } }
            """);
        using var app = Appliance.Build(["--config", file, "--state", directory.Combine("state"), "--host-name", "c.example", "--host-name", "d.example"]);
        app.CheckSettings();

        var endpoints = app.Services.GetRequiredService<IOptions<EndpointOptions>>().Value;
        Assert.Equal(["a.example", "b.example", "c.example", "d.example"], endpoints.HostNames);
        Assert.Equal(["https://chat.example"], endpoints.GatewayOrigins);
        Assert.True(endpoints.PlainGatewayAnywhere);
        Assert.False(app.Services.GetRequiredService<IOptions<InferenceOptions>>().Value.TellDate);
        Assert.Empty(app.Services.GetRequiredService<IOptions<ModelOptions>>().Value.Weights);
    }

    [Theory]
    [InlineData("""{ "Endpoints": { "HostNames": "box.example" } }""", "no array of texts")]
    [InlineData("""{ "Endpoints": { "HostNames": { "first": "box.example" } } }""", "no setting Endpoints:HostNames:first")]
    [InlineData("""{ "Inference": { "TellDate": "perhaps" } }""", "neither true nor false")]
    public void Build_ValueOfAnotherKind_IsNamed(string json, string why)
    {
        using var directory = new TestDirectory();
        var file = directory.Combine("edgeboxd.json");
        File.WriteAllText(file, json);
        Assert.Contains(why, Assert.Single(Assert.Throws<UsageException>(() => Appliance.Build(["--config", file])).Faults), StringComparison.Ordinal);
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
