using EdgeBox.V1;
using Xunit;

namespace EdgeBox.Cli.Tests.Commands;

/// <summary>Tasks, tools and checks on the command line of chat.</summary>
public class CheckedChatTests
{
    [Fact]
    public async Task Chat_EveryOptionOfItsOwn_ReachesTheBox()
    {
        await using var box = await ScriptedBox.StartAsync();
        var asked = Remember(box);
        var tools = await WriteAsync(box, "tools.json", """
            [{"type":"function","function":{"name":"a","description":"does a","parameters":{"type":"object"}}},{"name":"b","parameters":"{}"}]
            """);
        var tool = await WriteAsync(box, "tool.json", """{"name":"c"}""");
        var checks = await WriteAsync(box, "checks.json", """[{"name":"short","length":{"most":200}},{"script":{"code":"Latn","share":0.5}}]""");
        var ran = await Cli.RunAsync(box, "chat", "--task", "translate", "--param", "language=Burmese", "--param", "style=a=b", "--effort", "high", "--tool", tools,
            "--tool", tool, "--check", checks, "--check-contains", "x", "--check-contains", "y", "--check-script", "Mymr", "--check-language", "my", "--check-numbers",
            "--attempts", "5", "--system", "Be brief.", "hi");

        Assert.Equal(0, ran.Code);
        var request = Assert.Single(asked);
        Assert.Equal(("translate", "Burmese", "a=b"), (request.Task.Name, request.Task.Parameters["language"], request.Task.Parameters["style"]));
        Assert.Equal((ReasoningEffort.High, 5u), (request.Effort, request.Attempts));
        Assert.Equal([("a", "does a", """{"type":"object"}"""), ("b", "", "{}"), ("c", "", "")], request.Tools.Select(t => (t.Name, t.Description, t.Parameters)));
        Assert.Equal(
            [
                new Check { Name = "short", Length = new LengthCheck { Most = 200 } }, new Check { Script = new ScriptCheck { Code = "Latn", Share = 0.5f } },
                new Check { Contains = new TextList { Texts = { "x", "y" } } }, new Check { Script = new ScriptCheck { Code = "Mymr" } },
                new Check { Language = "my" }, new Check { KeepsNumbers = true },
            ],
            request.Checks);
        Assert.Equal(["Be brief.", "hi"], request.Messages.Select(m => m.Parts[0].Text));
    }

    [Fact]
    public async Task Chat_EachConstraint_ReachesTheBoxAndTwoAreOneTooMany()
    {
        await using var box = await ScriptedBox.StartAsync();
        var asked = Remember(box);
        var schema = await WriteAsync(box, "s.json", """{"type":"object"}""");
        await Cli.RunAsync(box, "chat", "--schema", schema, "hi");
        await Cli.RunAsync(box, "chat", "--regex", "[a-z]+", "hi");
        await Cli.RunAsync(box, "chat", "--choice", "yes", "--choice", "no", "hi");
        Assert.Equal(("""{"type":"object"}""", "[a-z]+"), (asked[0].Constraint.JsonSchema.Schema, asked[1].Constraint.Regex));
        Assert.Equal(["yes", "no"], asked[2].Constraint.Choices.Texts);

        var both = await Cli.RunAsync(box, "chat", "--regex", "a", "--choice", "b", "hi");
        Assert.Equal(2, both.Code);
        Assert.Contains("--regex and --choice cannot be used together", both.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(2, "--param needs --task", "--param", "a=b")]
    [InlineData(2, "takes a name and a value", "--task", "t", "--param", "ab")]
    [InlineData(2, "", "--effort", "much")]
    [InlineData(3, "holds no tools", "--tool", "FILE")]
    [InlineData(3, "holds no Check", "--check", "FILE")]
    [InlineData(3, "", "--tool", "/nowhere/f")]
    public async Task Chat_OptionThatCannotBe_IsRefusedHere(int code, string words, params string[] options)
    {
        await using var box = await ScriptedBox.StartAsync();
        var asked = Remember(box);
        var file = await WriteAsync(box, "wrong.json", """{"nonsense":1}""");
        var ran = await Cli.RunAsync(box, ["chat", .. options.Select(o => o == "FILE" ? file : o), "hi"]);
        Assert.Equal(code, ran.Code);
        Assert.Contains(words, ran.Error, StringComparison.Ordinal);
        Assert.Empty(asked);
    }

    [Fact]
    public async Task Chat_Verified_SaysSoAfterTheAttemptsThatFailed()
    {
        await using var box = await ScriptedBox.StartAsync();
        Answer(box, [Judged(1, ("has an x", "no x\u001b[31m")), .. Says("fine"), Ended(new Verification { Verified = true, Attempts = 2, Verdicts = { new CheckVerdict { Passed = true } } })]);
        var ran = await Cli.RunAsync(box, "chat", "--quiet", "hi");
        Assert.Equal((0, "fine\n"), (ran.Code, ran.Output));
        Assert.Equal("(attempt 1 did not pass: has an x; the model tries again)\nverified ✓ (1 check, 2 attempts)\n", ran.Error);
    }

    [Fact]
    public async Task Chat_NotVerified_PrintsTheAnswerAndExitsWithSix()
    {
        await using var box = await ScriptedBox.StartAsync();
        var verification = new Verification
        {
            Attempts = 3,
            Verdicts = { new CheckVerdict { Name = "is short", Passed = true }, new CheckVerdict { Name = "has an x", Problem = "no x\u001b[31m" } },
        };
        Answer(box, [.. Says("bad"), Ended(verification)]);
        var ran = await Cli.RunAsync(box, "chat", "--quiet", "hi");
        Assert.Equal((6, "bad\n"), (ran.Code, ran.Output));
        Assert.Equal("not verified: 1 of 2 checks passed, 3 attempts\n  has an x: no x␛[31m\n", ran.Error);

        var json = await Cli.RunAsync(box, "--json", "chat", "hi");
        Assert.Equal((6, ""), (json.Code, json.Error));
        Assert.False(json.Lines[^1].GetProperty("finished").GetProperty("verification").GetProperty("verified").GetBoolean());
    }

    [Fact]
    public async Task Chat_PreambleAndCalls_AreShownInTheirOrder()
    {
        await using var box = await ScriptedBox.StartAsync();
        Answer(box,
        [
            new ChatResponse { Delta = new TextDelta { Text = "I look it up.", Channel = Channel.Preamble } },
            Called(0, "abcdefghi", "look_up", "{\"x\":"), Called(0, "", "", "\"\u001b\"}"), Called(1, "jklmnopqr", "say", "{}"),
            new ChatResponse { Finished = new GenerationFinished { Reason = FinishReason.ToolCalls } },
        ]);
        var ran = await Cli.RunAsync(box, "chat", "--quiet", "hi");
        Assert.Equal((0, "I look it up.\n-> look_up {\"x\":\"␛\"}\n-> say {}\n", ""), (ran.Code, ran.Output, ran.Error));
    }

    [Fact]
    public async Task Task_ListShowSetReset_SpeakWithTheBox()
    {
        await using var box = await ScriptedBox.StartAsync();
        var preset = new TaskPreset
        {
            Name = "translate", Description = "Translates.", Instructions = "Translate into {language}.\nOnly that.", Effort = ReasoningEffort.Low, Attempts = 2,
            Sampling = new SamplingOptions { Temperature = 0.5f }, Checks = { new Check { KeepsNumbers = true }, new Check { Name = "reads well", Language = "my" } },
            Parameters = { new TaskParameter { Name = "language", Description = "Into which." }, new TaskParameter { Name = "style", Description = "How.", DefaultValue = "plain" } },
            Constraint = new OutputConstraint { Regex = "a" }, BuiltIn = true,
        };
        var mine = new TaskPreset { Name = "letters", Description = "Writes letters.", Instructions = "Write." };
        SetTaskRequest? set = null;
        ResetTaskRequest? reset = null;
        box.Script.Tasks = request => new ListTasksResponse { Tasks = { request.Model == "none" ? [] : new[] { mine, preset } } };
        box.Script.SetTask = request => (set = request).Task;
        box.Script.ResetTask = request =>
        {
            reset = request;
            return new ResetTaskResponse();
        };

        var list = await Cli.RunAsync(box, "task", "list");
        var show = await Cli.RunAsync(box, "task", "show", "translate");
        Golden.Check("tasks", list.Output + "\n" + show.Output);
        Assert.Equal(3, (await Cli.RunAsync(box, "task", "show", "nothing")).Code);

        var json = await Cli.RunAsync(box, "--json", "task", "show", "translate");
        var file = await WriteAsync(box, "task.json", json.Output);
        Assert.Equal((0, "Task translate is set.\n"), ((await Cli.RunAsync(box, "task", "set", file, "--model", "chat")) is var ran ? (ran.Code, ran.Output) : default));
        Assert.Equal(("chat", preset), (set!.Model, set.Task));
        Assert.Equal(0, (await Cli.RunAsync(["--endpoint", box.Endpoint, "--json", "task", "set", "-"], json.Output)).Code);
        Assert.Equal(3, (await Cli.RunAsync(["--endpoint", box.Endpoint, "task", "set", "-"], "[]")).Code);

        Assert.Equal("Task translate was reset.\n", (await Cli.RunAsync(box, "task", "reset", "translate", "-m", "chat")).Output);
        Assert.Equal(("chat", "translate"), (reset!.Model, reset.Name));
        Assert.Equal("{ }", (await Cli.RunAsync(box, "--json", "task", "reset", "translate")).Output.Trim());
    }

    [Fact]
    public async Task ModelShow_Format_IsToldWithWhatItCan()
    {
        await using var box = await ScriptedBox.StartAsync();
        var model = Samples.Ready;
        box.Script.Model = _ => model;
        (model.Format, model.Tools, model.Thinks) = ("harmony", true, true);
        Assert.Matches(@"Chat +harmony, tools, thinks *\n", (await Cli.RunAsync(box, "model", "show", "chat")).Output);
        (model.Chat, model.FormatProblem) = (false, "it is no family that the box knows");
        Assert.Matches(@"Chat +no conversation format \(it is no family that the box knows\); use complete", (await Cli.RunAsync(box, "model", "show", "chat")).Output);
    }

    private static List<ChatRequest> Remember(ScriptedBox box)
    {
        var asked = new List<ChatRequest>();
        box.Script.Chat = async (request, stream, _) =>
        {
            asked.Add(request);
            await stream.WriteAsync(new ChatResponse { Finished = new GenerationFinished { Reason = FinishReason.Stop } });
        };
        return asked;
    }

    private static void Answer(ScriptedBox box, ChatResponse[] events) => box.Script.Chat = async (_, stream, _) =>
    {
        foreach (var e in events)
        {
            await stream.WriteAsync(e);
        }
    };

    private static async Task<string> WriteAsync(ScriptedBox box, string name, string text)
    {
        var path = Path.Combine(box.Directory, name);
        await File.WriteAllTextAsync(path, text, TestContext.Current.CancellationToken);
        return path;
    }

    private static ChatResponse[] Says(string text) => [new() { Started = new GenerationStarted() }, new() { Delta = new TextDelta { Text = text, Channel = Channel.Answer } }];

    private static ChatResponse Ended(Verification verification) =>
        new() { Finished = new GenerationFinished { Reason = FinishReason.Stop, Verification = verification } };

    private static ChatResponse Judged(uint attempt, params (string Name, string Problem)[] failed) => new()
    {
        Attempt = new AttemptJudged { Attempt = attempt, Verdicts = { failed.Select(f => new CheckVerdict { Name = f.Name, Problem = f.Problem }) } },
    };

    private static ChatResponse Called(uint index, string id, string name, string arguments) =>
        new() { ToolCall = new ToolCallDelta { Index = index, Id = id, Name = name, Arguments = arguments } };
}
