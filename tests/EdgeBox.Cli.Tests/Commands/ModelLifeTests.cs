using EdgeBox.V1;
using Google.Protobuf.WellKnownTypes;
using Xunit;

namespace EdgeBox.Cli.Tests.Commands;

/// <summary>What is in memory, and for how long.</summary>
public class ModelLifeTests
{
    [Theory]
    [InlineData("qwen3", "models/qwen3", "")]
    [InlineData("models/qwen3@2", "models/qwen3@2", "")]
    [InlineData("./qwen3", "", "/srv/qwen3")]
    [InlineData("qwen3.gguf", "", "/srv/qwen3.gguf")]
    public async Task Load_NameOrFile_AsksForThat(string what, string name, string path)
    {
        await using var box = await ScriptedBox.StartAsync();
        LoadModelRequest? asked = null;
        box.Script.Load = request =>
        {
            asked = request;
            return Samples.Running;
        };
        var ran = await Cli.RunAsync(["--endpoint", box.Endpoint, "model", "load", what, "--keep-alive", "30m", "--no-wait"], new Surroundings { Directory = "/srv" });
        Assert.Equal((0, ""), (ran.Code, ran.Error));
        Assert.Equal((name, path, Duration.FromTimeSpan(TimeSpan.FromMinutes(30))), (asked!.Name, asked.Path, asked.Options.KeepAlive));
    }

    [Fact]
    public async Task Load_NameOptionWithANameOfTheStore_IsWrongUsage()
    {
        await using var box = await ScriptedBox.StartAsync();
        var ran = await Cli.RunAsync(box, "model", "load", "qwen3", "--name", "other");
        Assert.Equal(2, ran.Code);
        Assert.Contains("--name is for files", ran.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Load_Pin_PinsWhatTheBoxNames()
    {
        await using var box = await ScriptedBox.StartAsync();
        var pinned = "";
        box.Script.Load = _ => Samples.Running;
        box.Script.Pin = request =>
        {
            pinned = request.Name;
            return Samples.Ready;
        };
        Assert.Equal(0, (await Cli.RunAsync(box, "model", "load", "/x.gguf", "--pin", "--no-wait")).Code);
        Assert.Equal("models/chat", pinned);
    }

    [Fact]
    public async Task Pin_AndUnpin_SayWhatItIsNow()
    {
        await using var box = await ScriptedBox.StartAsync();
        box.Script.Pin = request => With(m => (m.Name, m.Pinned) = (request.Name, true));
        box.Script.Unpin = request => With(m => m.Name = request.Name);
        Assert.Equal("Model chat is ready, pinned.\n", (await Cli.RunAsync(box, "model", "pin", "chat")).Output);
        Assert.Equal("Model chat is ready.\n", (await Cli.RunAsync(box, "model", "unpin", "chat")).Output);
        Assert.True((await Cli.RunAsync(box, "--json", "model", "pin", "chat")).Document.GetProperty("pinned").GetBoolean());
    }

    [Fact]
    public async Task Watch_Pipe_IsALineForEachState()
    {
        await using var box = await ScriptedBox.StartAsync();
        box.Script.Watch = request => request.Name == "models/chat" ? Life() : [];
        var ran = await Cli.RunAsync(box, "model", "watch", "chat");
        Assert.Equal((0, "chat loading 10%\nchat ready\nchat absent\n"), (ran.Code, ran.Output));
    }

    [Fact]
    public async Task Watch_Json_IsADocumentForEachChange()
    {
        await using var box = await ScriptedBox.StartAsync();
        box.Script.Watch = _ => Life();
        var ran = await Cli.RunAsync(box, "--json", "model", "watch");
        Assert.Equal(
            ["MODEL_STATE_LOADING", "MODEL_STATE_LOADING", "MODEL_STATE_READY", "MODEL_STATE_ABSENT"],
            ran.Lines.Select(line => line.GetProperty("state").GetString()));
    }

    [Fact]
    public async Task Watch_Terminal_DrawsTheTableOverTheOneBefore()
    {
        await using var box = await ScriptedBox.StartAsync();
        box.Script.Watch = _ => [Samples.Broken, Samples.Ready];
        var ran = await Cli.RunAsync(["--endpoint", box.Endpoint, "model", "watch"], new Surroundings { Terminal = true, Width = 120 });
        var drawings = ran.Output.Split("\u001b[3A\u001b[J");
        Assert.Equal(2, drawings.Length);
        Assert.Equal(3, drawings[0].Count(c => c == '\n'));
        Assert.StartsWith("broken: The file ends within", drawings[0].Split('\n')[2], StringComparison.Ordinal);
        Assert.All(ran.Output.Split('\n'), line => Assert.InRange(line.Length, 0, 130));
        Assert.Contains("chat", drawings[1], StringComparison.Ordinal);
    }

    private static IEnumerable<Model> Life() =>
    [
        With(m => (m.State, m.LoadFraction) = (ModelState.Loading, 0.1f)),
        With(m => (m.State, m.LoadFraction) = (ModelState.Loading, 0.6f)),
        With(m => m.State = ModelState.Ready),
        new Model { Name = "models/chat", State = ModelState.Absent },
    ];

    private static Model With(Action<Model> change)
    {
        var model = Samples.Ready;
        change(model);
        return model;
    }
}
