using System.Text.Json;
using EdgeBox.Testing.Models;
using EdgeBox.V1;

namespace EdgeBox.Component.Tests.Gateway;

/// <summary>The page, used in headless Chromium as a person uses it, on a running box; and answers that mean it harm.</summary>
[Trait("Tier", "component")]
public sealed class PageTests(SharedModels models)
{
    private const int LineCharacters = 1_000_000;

    private static readonly string s_script = Path.Combine(Product.Root, "tests/EdgeBox.Component.Tests/Gateway/browser/page.mjs");

    [Fact]
    public async Task Page_UsedAsAPersonDoes_DoesAllThatItShows()
    {
        await SkipUnlessItCanRunAsync();
        await using var box = await RunningBox.StartAsync();
        await box.LoadAsync(models.Scripted, "answering", context: 2048);
        await box.LoadAsync(models.Endless, "endless", context: 32768);
        await box.Models.SetTaskAsync(new SetTaskRequest
        {
            Model = "answering",
            Task = new TaskPreset
            {
                Name = "clean", Description = "Cleans.", Instructions = "Clean this text.",
                Checks =
                {
                    new Check { Name = "is not empty", Length = new LengthCheck { Least = 1 } },
                    new Check { Name = "speaks of rivers", Contains = new TextList { Texts = { "river" } } },
                },
            },
        });

        var seen = await UseAsync(box, "use");

        await box.WhenActiveAsync("endless", 0); // What was stopped is not made.
        Assert.Contains("does not accept this key", Text(seen, "refused"), StringComparison.Ordinal);
        Assert.Equal(["Box", "Machine and GPU", "Models", "Last events"], Texts(seen, "tiles"));
        Assert.Equal(["answering", "endless"], Texts(seen, "models"));
        var grew = seen.GetProperty("grew").EnumerateArray().Select(length => length.GetInt32()).ToList();
        Assert.True(grew.Count == 3 && grew[0] < grew[1] && grew[1] < grew[2], seen.GetRawText());
        Assert.Equal("Stopped", Text(seen, "stopped"));
        Assert.Equal(SharedModels.ScriptedAnswer, Text(seen, "answer"));
        Assert.Equal("""[false,"Somebody asks."]""", seen.GetProperty("thoughts").GetRawText());
        Assert.Equal(["good", "bad"], seen.GetProperty("verdicts").EnumerateArray().Select(verdict => verdict[0].GetString()));
        Assert.Contains("passed: is not empty", seen.GetProperty("verdicts")[0][1].GetString(), StringComparison.Ordinal);
        Assert.Equal("rtl", Text(seen, "rightToLeft"));
        Assert.True(seen.GetProperty("fonts").GetInt32() >= 2, "The letters of Uyghur and Tibetan came from the box.");
        Assert.Equal(["zh-CN", "新对话", "退出登录"], Texts(seen, "chinese"));
        Assert.Equal((3, "新对话"), (seen.GetProperty("kept").GetInt32(), Text(seen, "stillChinese")));
        Assert.Equal(SharedModels.ScriptedAnswer, Text(seen, "keptAnswer"));
        Assert.Equal("letter.txt", Text(seen, "file").Trim());
        Assert.Equal(390, seen.GetProperty("width").GetInt32());
        Assert.Equal("[0,0,0]", seen.GetProperty("out").GetRawText());
        Assert.Empty(Texts(seen, "nameless"));
        AssertQuiet(seen);
    }

    [Fact]
    public async Task Page_HostileAnswers_DoNothingAndItGoesOnWorking()
    {
        await SkipUnlessItCanRunAsync();
        await using var box = await RunningBox.StartAsync();
        const string Hostile = "<script>window.pwned=1</script> <img/src=x/onerror=window.pwned=2>\n<iframe/src=http://127.0.0.2:9/frame></iframe>; [press](javascript:window.pwned=3), ![picture](http://127.0.0.2:9/remote.png)";
        await box.LoadAsync(models.Speaking("hostile.gguf", Hostile), "hostile", context: 4096);
        await box.LoadAsync(Looping("table.gguf", "a|b\n-|-\nc|d"), "table", context: 8192);
        await box.LoadAsync(Looping("line.gguf", "start " + new string('x', 1000)), "line", context: 1400);

        var seen = await UseAsync(box, "hostile");

        var text = Text(seen, "text");
        Assert.Contains("<script>window.pwned=1</script>", text, StringComparison.Ordinal);
        Assert.Contains("[press](javascript:window.pwned=3)", text, StringComparison.Ordinal);
        Assert.Contains("http://127.0.0.2:9/remote.png", text, StringComparison.Ordinal);
        Assert.Empty(Texts(seen, "made"));
        foreach (var model in (string[])["table", "line"])
        {
            Assert.InRange(seen.GetProperty(model).GetProperty("elements").GetInt32(), 1, 1000);
            Assert.InRange(seen.GetProperty(model).GetProperty("shown").GetInt32(), 100, 50_000);
        }

        Assert.True(seen.GetProperty("kept").GetInt32() >= LineCharacters, seen.GetRawText());
        Assert.Equal(JsonValueKind.Null, seen.GetProperty("globals").ValueKind);
        AssertQuiet(seen);
    }

    /// <summary>A model that says the last word of a text again and again, until its context is full.</summary>
    private string Looping(string name, string text)
    {
        var tokens = Script.Split("<|channel|>final<|message|>" + text);
        return models.Write(name, ScriptedModel.Build(name, [new Script(Script.EndOfConversation, tokens, LoopTo: tokens.Count - 1)]));
    }

    private static void AssertQuiet(JsonElement seen)
    {
        Assert.Empty(Texts(seen, "outside"));
        Assert.Empty(Texts(seen, "dialogs"));
        Assert.Empty(Texts(seen, "errors"));
        Assert.Equal(0, seen.GetProperty("opened").GetInt32());
    }

    private static string Text(JsonElement seen, string name) => seen.GetProperty(name).GetString()!;

    private static List<string?> Texts(JsonElement seen, string name) => [.. seen.GetProperty(name).EnumerateArray().Select(text => text.GetString())];

    private static async Task SkipUnlessItCanRunAsync()
    {
        Assert.SkipUnless(Command.Exists("node"), "skipped: there is no node");
        Assert.SkipUnless(Command.Exists("/usr/bin/chromium"), "skipped: Debian's package chromium is not installed");
        Assert.SkipUnless(Directory.Exists(Path.Combine(Product.Root, "node_modules/playwright-core")), "skipped: npm ci has not been run");
        var node = await Command.RunAsync(["node", "--print", "process.versions.node.split('.')[0] >= 20"]);
        Assert.SkipUnless(node.Output.Trim() == "true", "skipped: playwright-core needs Node.js 20");
    }

    private static async Task<JsonElement> UseAsync(RunningBox box, string what)
    {
        var key = await box.IssueKeyAsync("reader");
        var wrong = string.Concat(key.AsSpan(0, key.Length - 1), key[^1] == 'a' ? "b" : "a");
        var ran = await Command.RunAsync(["node", s_script, what, $"http://127.0.0.1:{box.GatewayPort}", key, wrong, Environment.GetEnvironmentVariable("EDGEBOX_PICTURES") ?? ""]);
        Assert.True(ran.ExitCode == 0, ran + box.Log);
        return JsonDocument.Parse(ran.Output).RootElement;
    }
}
