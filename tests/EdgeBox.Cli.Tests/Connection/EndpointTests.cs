using EdgeBox.Cli.Connection;
using EdgeBox.Cli.Rendering;
using Xunit;

namespace EdgeBox.Cli.Tests.Connection;

public class EndpointTests
{
    [Theory]
    [InlineData("unix:/tmp/x.sock", "unix:/tmp/x.sock")]
    [InlineData("unix:///tmp/x.sock", "unix:/tmp/x.sock")]
    [InlineData("unix:x.sock", "unix:/work-directory/x.sock")]
    [InlineData("https://box", "https://box:8443")]
    [InlineData("https://box:443", "https://box")]
    [InlineData("https://10.0.0.7:9000/", "https://10.0.0.7:9000")]
    [InlineData("https://[::1]:9000", "https://[::1]:9000")]
    [InlineData("https://[::1]", "https://[::1]:8443")]
    public void Choose_Option_IsRead(string option, string expected) => Assert.Equal(expected, Choose(option).ToString());

    [Theory]
    [InlineData("")]
    [InlineData("unix:")]
    [InlineData("/run/edgebox/edgeboxd.sock")]
    [InlineData("http://box:8443")]
    [InlineData("https://")]
    [InlineData("https://user@box")]
    [InlineData("https://box/path")]
    [InlineData("box:8443")]
    public void Choose_NoEndpoint_IsRefusedAsUsage(string option)
    {
        var failure = Assert.Throws<CliFailure>(() => Choose(option));
        Assert.Equal(ClientReasons.Usage, failure.Reason);
        Assert.Contains("--endpoint", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Choose_Variable_StandsInForTheOption()
    {
        var environment = new Dictionary<string, string> { ["EDGEBOX_ENDPOINT"] = "unix:/tmp/y.sock" };
        Assert.Equal("unix:/tmp/y.sock", Choose(null, environment).ToString());
        Assert.Equal("unix:/tmp/x.sock", Choose("unix:/tmp/x.sock", environment).ToString());
    }

    [Fact]
    public void Choose_Nothing_IsTheSystemsSocketUnlessOnlyTheTreesIsThere()
    {
        Assert.Equal("unix:/run/edgebox/edgeboxd.sock", Choose(null).ToString());
        var directory = Directory.CreateTempSubdirectory("edgebox-cli-").FullName;
        Directory.CreateDirectory(Path.Combine(directory, ".run"));
        File.WriteAllText(Path.Combine(directory, ".run/edgeboxd.sock"), "");
        using var shell = new Surroundings { Directory = directory }.Shell(TextWriter.Null, TextWriter.Null);
        var endpoint = Endpoint.Choose(null, shell);
        Directory.Delete(directory, recursive: true);
        if (!File.Exists(Endpoint.SystemSocket))
        {
            Assert.Equal(Path.Combine(directory, ".run/edgeboxd.sock"), endpoint.SocketPath);
            Assert.Contains("because /run/edgebox/edgeboxd.sock does not exist", endpoint.Origin, StringComparison.Ordinal);
        }
    }

    private static Endpoint Choose(string? option, Dictionary<string, string>? environment = null)
    {
        using var shell = new Surroundings { Directory = "/work-directory", Environment = environment ?? [] }.Shell(TextWriter.Null, TextWriter.Null);
        return Endpoint.Choose(option, shell);
    }
}
