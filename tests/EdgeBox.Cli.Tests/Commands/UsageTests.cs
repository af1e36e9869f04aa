using Xunit;

namespace EdgeBox.Cli.Tests.Commands;

public class UsageTests
{
    [Theory]
    [InlineData("Did you mean: edgeboxctl model", "mdoel")]
    [InlineData("Did you mean: edgeboxctl model load", "model", "lod", "/x")]
    [InlineData("'edgeboxctl model' needs one of: list, show, load, unload, pin, unpin, watch, import, verify, remove, store, alias, rollback, estimate, test, report, history.", "model")]
    [InlineData("'edgeboxctl' needs one of: status, chat")]
    [InlineData("'--temprature' is no option of 'edgeboxctl chat'", "chat", "--temprature", "3", "hi")]
    [InlineData("Did you mean --temperature?", "chat", "--temprature", "3", "hi")]
    [InlineData("Did you mean --json?", "status", "--jso")]
    [InlineData("'foo' is one word too many for 'edgeboxctl status'.", "status", "foo")]
    [InlineData("--temperature takes a number, e.g. 0.7; 'warm' is none.", "chat", "--temperature", "warm", "hi")]
    [InlineData("--max-tokens takes a whole number of 0 or more; '-3' is none.", "chat", "--max-tokens", "-3", "hi")]
    [InlineData("--logit-bias takes the number of a token and a bias, e.g. 1734=-100; 'the=1' is none.", "chat", "--logit-bias", "3=1", "--logit-bias", "the=1", "hi")]
    [InlineData("--limit takes a whole number from 1 to 500; '501' is none.", "operation", "list", "--limit", "501")]
    [InlineData("Option '--role' is required.", "access", "issue", "bob")]
    [InlineData("'../bob' cannot be the name.", "access", "issue", "../bob", "--role", "client")]
    [InlineData("'ca' cannot be the name.", "access", "issue", "ca", "--role", "client")]
    [InlineData("'90' is no duration.", "access", "issue", "bob", "--role", "client", "--valid-for", "90")]
    [InlineData("which is no endpoint", "--endpoint", "box", "status")]
    public async Task Run_Mistake_ExitsTwoAndSaysWhatWasMeant(string expected, params string[] args)
    {
        var ran = await Cli.RunAsync(args);
        Assert.Equal(2, ran.Code);
        Assert.Contains(expected, ran.Error, StringComparison.Ordinal);
        Assert.Equal("", ran.Output);
        var json = await Cli.RunAsync([.. args, "--json"]);
        Assert.Equal(2, json.Code);
        Assert.Equal("", json.Error);
        Assert.Equal("USAGE", json.Document.GetProperty("error").GetProperty("reason").GetString());
    }

    [Fact]
    public async Task Run_NoBox_ExitsFiveAndSaysWhatToTry()
    {
        var ran = await Cli.RunAsync(["--endpoint", "unix:/nowhere/box.sock", "status"]);
        Assert.Equal((5, ""), (ran.Code, ran.Output));
        Assert.Contains("No box answers at unix:/nowhere/box.sock (there is no such socket).", ran.Error, StringComparison.Ordinal);
        Assert.Contains("make run", ran.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Run_NetworkWithoutCredentials_ExitsFourAndSaysHowToGetThem()
    {
        var environment = new Dictionary<string, string> { ["HOME"] = "/nowhere" };
        var ran = await Cli.RunAsync(["--endpoint", "https://127.0.0.1:1", "status"], new Surroundings { Environment = environment });
        Assert.Equal(4, ran.Code);
        Assert.Contains("There is no client certificate in /nowhere/.config/edgebox.", ran.Error, StringComparison.Ordinal);
        Assert.Contains("access issue", ran.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Version_Json_IsOneDocument()
    {
        var ran = await Cli.RunAsync(["version", "--json"]);
        Assert.Equal(0, ran.Code);
        Assert.Matches(@"^\d+\.\d+\.\d+", ran.Document.GetProperty("version").GetString());
    }

    [Fact]
    public async Task Tokenize_TextAfterDoubleDash_MayLookLikeAnOption()
    {
        await using var box = await ScriptedBox.StartAsync();
        box.Script.Tokenize = request => new V1.TokenizeResponse { Model = request.Text };
        var ran = await Cli.RunAsync(box, "--json", "tokenize", "--", "--foo", "@bar");
        Assert.Equal("--foo @bar", ran.Document.GetProperty("model").GetString());
    }

    [Fact]
    public async Task Tokenize_InputThatIsNotUtf8_IsRefusedWithItsPlace()
    {
        var ran = await Cli.RunAsync(["tokenize", "-"], new Surroundings { InputBytes = [0x61, 0x62, 0xff, 0x63] });
        Assert.Equal(3, ran.Code);
        Assert.Contains("not valid UTF-8 (byte 2)", ran.Error, StringComparison.Ordinal);
    }
}
