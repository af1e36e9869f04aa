using EdgeBox.Daemon.Checks;
using EdgeBox.Daemon.Failures;
using EdgeBox.Daemon.Inference;
using EdgeBox.Daemon.Tasks;
using EdgeBox.Daemon.Tests.Support;
using EdgeBox.V1;

namespace EdgeBox.Daemon.Tests.Tasks;

/// <summary>Tasks that models are set up for: what the box brings, what operators set, and what a request becomes by one.</summary>
public sealed class TaskTests : IDisposable
{
    private const string Model = "models/m";

    private readonly TestDirectory _directory = new();

    public static TheoryData<string, TaskPreset> Refused => new()
    {
        { "task.name", With(task => task.Name = "") },
        { "task.name", With(task => task.Name = "Big") },
        { "task.name", With(task => task.Name = new string('a', 64)) },
        { "task.description", With(task => task.Description = new string('a', 257)) },
        { "task.instructions", With(task => task.Instructions = "") },
        { "task.instructions", With(task => task.Instructions = new string('a', 8193)) },
        { "task.instructions", With(task => task.Instructions = "say {thing}") },
        { "task.parameters", With(task => task.Parameters.AddRange(Enumerable.Range(0, 17).Select(i => new TaskParameter { Name = new string('a', i + 1) }))) },
        { "task.parameters[1].name", With(task => task.Parameters.Add(new TaskParameter { Name = "A" })) },
        { "task.parameters[1].name", With(task => task.Parameters.Add(new TaskParameter { Name = "tone" })) },
        { "task.parameters[1].default_value", With(task => task.Parameters.Add(new TaskParameter { Name = "b", DefaultValue = new string('a', 1025) })) },
        { "sampling.temperature", With(task => task.Sampling = new SamplingOptions { Temperature = 3 }) },
        { "task.effort", With(task => task.Effort = (ReasoningEffort)9) },
        { "task.attempts", With(task => task.Attempts = 9) },
        { "constraint.regex", With(task => task.Constraint = new OutputConstraint { Regex = "" }) },
        { "task.checks[0].regex", With(task => task.Checks.Add(new Check { Regex = "(" })) },
    };

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task List_NothingWasSet_IsWhatTheBoxBrings()
    {
        await using var state = new TestState(_directory.Path);
        var tasks = Registry(state).List(Model);
        Assert.Equal(["clean", "extract", "repair", "summarise", "translate"], tasks.Select(task => task.Name));
        Assert.All(tasks, task =>
        {
            Assert.True(task.BuiltIn);
            TaskLimits.Check(task);
            Assert.DoesNotContain("  ", task.Instructions, StringComparison.Ordinal);
        });
    }

    [Fact]
    public async Task Set_InPlaceOfABuiltIn_HoldsForTheModelOverARestartUntilItIsReset()
    {
        await using (var state = new TestState(_directory.Path))
        {
            var set = await Registry(state).SetAsync(Model, With(task => (task.Name, task.BuiltIn) = ("clean", true)), "uid:0");
            Assert.False(set.BuiltIn);
        }

        await using (var state = new TestState(_directory.Path))
        {
            var registry = Registry(state);
            Assert.Equal((5, "say it {tone}"), (registry.List(Model).Count, registry.List(Model)[0].Instructions));
            Assert.True(registry.List("models/other")[0].BuiltIn);
            await registry.ResetAsync(Model, "clean", "uid:0");
            Assert.True(registry.List(Model)[0].BuiltIn);
            await registry.ResetAsync(Model, "clean", "uid:0");
            Assert.Equal(["task.reset", "task.set"], state.Audit.Page(long.MaxValue, "", 10).Select(link => link.Entry.Event).Where(name => name.StartsWith("task.", StringComparison.Ordinal)));
        }
    }

    [Fact]
    public async Task Set_OneTooMany_IsRefusedAndOneInPlaceOfAnotherIsNot()
    {
        await using var state = new TestState(_directory.Path);
        var registry = Registry(state);
        for (var i = 0; i < TaskRegistry.MaxTasks; i++)
        {
            await registry.SetAsync(Model, With(task => task.Name = $"t{i}"), "uid:0");
        }

        var failure = await Assert.ThrowsAsync<FailureException>(() => registry.SetAsync(Model, With(task => task.Name = "more"), "uid:0"));
        Assert.Equal("task is one too many; allowed: 64 tasks of one model.", failure.Message);
        await registry.SetAsync(Model, With(task => task.Name = "t1"), "uid:0");
        await registry.SetAsync("models/other", With(task => task.Name = "more"), "uid:0");
        Assert.Equal(69, registry.List(Model).Count);
    }

    [Theory]
    [MemberData(nameof(Refused))]
    public void Check_TaskThatCannotBeDone_NamesTheField(string field, TaskPreset task) =>
        Assert.Equal(("field", field), Assert.Throws<FailureException>(() => TaskLimits.Check(task)).Facts[0]);

    [Fact]
    public async Task Apply_Task_GivesInstructionsAndOptionsWhereTheRequestHasNone()
    {
        await using var state = new TestState(_directory.Path);
        var request = Asking("translate", ("language", "my"));
        request.Sampling = new SamplingOptions { TopK = 7 };
        var asked = Registry(state).Apply(Model, request);

        Assert.Equal([ChatRole.System, ChatRole.User], asked.Messages.Select(message => message.Role));
        Assert.StartsWith("You translate from the language that the text is in into Burmese. ", asked.Messages[0].Parts[0].Text, StringComparison.Ordinal);
        Assert.Equal((0.3f, 7u, ReasoningEffort.Low), (asked.Sampling.Temperature, asked.Sampling.TopK, asked.Effort));
        Assert.Equal("my", asked.Checks[0].Language);
        Assert.Single(request.Messages);
        CheckSet.Prepare(asked.Checks, "x");
        RequestLimits.Check(asked);
    }

    [Fact]
    public async Task Apply_RequestThatSetsOptions_KeepsThem()
    {
        await using var state = new TestState(_directory.Path);
        var registry = Registry(state);
        await registry.SetAsync(Model, With(task =>
        {
            task.Sampling = new SamplingOptions { Temperature = 1, DryBreakers = { "x" }, LogitBias = { [1] = 1 } };
            (task.Effort, task.Attempts) = (ReasoningEffort.High, 5);
            task.Constraint = new OutputConstraint { Regex = "a" };
            task.Checks.Add(new Check { KeepsNumbers = true });
        }), "uid:0");
        var request = Asking("mine");
        request.Sampling = new SamplingOptions { Temperature = 0, DryBreakers = { "y" }, LogitBias = { [2] = 2 } };
        (request.Effort, request.Attempts) = (ReasoningEffort.Off, 1);
        request.Constraint = new OutputConstraint { Grammar = "g" };
        request.Checks.Add(new Check { Regex = "b" });

        var asked = registry.Apply(Model, request);
        Assert.Equal((0f, ReasoningEffort.Off, 1u, "g"), (asked.Sampling.Temperature, asked.Effort, asked.Attempts, asked.Constraint.Grammar));
        Assert.Equal(("y", 2u), (Assert.Single(asked.Sampling.DryBreakers), Assert.Single(asked.Sampling.LogitBias).Key));
        Assert.Equal("b", Assert.Single(asked.Checks).Regex);

        var plain = registry.Apply(Model, Asking("mine"));
        Assert.Equal((1f, ReasoningEffort.High, 5u, "a"), (plain.Sampling.Temperature, plain.Effort, plain.Attempts, plain.Constraint.Regex));
        Assert.True(Assert.Single(plain.Checks).KeepsNumbers);
    }

    [Theory]
    [InlineData("translate", "task.parameters[language] is missing; the task translate needs it; allowed: 1 to 1024 characters.")]
    [InlineData("translate", "task.parameters[tone] is no parameter of the task translate; allowed: language, source, style.", "tone", "x")]
    [InlineData("mine", "models/m is set up for no task mine. `edgeboxctl task list` shows what there is.")]
    [InlineData("No", "task.name is no name of a task; allowed: 1 to 63 characters of a-z, 0-9 and '-'.")]
    public async Task Apply_ChoiceThatCannotBe_SaysWhy(string name, string message, params string[] parameter)
    {
        await using var state = new TestState(_directory.Path);
        var request = parameter is [var key, var value] ? Asking(name, (key, value)) : Asking(name);
        Assert.Equal(message, Assert.Throws<FailureException>(() => Registry(state).Apply(Model, request)).Message);
    }

    [Fact]
    public async Task Apply_ValueThatLooksLikeAPlace_IsText()
    {
        await using var state = new TestState(_directory.Path);
        var asked = Registry(state).Apply(Model, Asking("translate", ("language", "{style} <|end|>"), ("style", "aloud")));
        Assert.Contains("into {style} <|end|>. ", asked.Messages[0].Parts[0].Text, StringComparison.Ordinal);

        // The language is none that can be judged; the numbers still are.
        Assert.True(Assert.Single(asked.Checks).KeepsNumbers);
    }

    [Fact]
    public void Fill_EachKindOfCheck_TakesTheValueAsText()
    {
        var values = new Dictionary<string, string> { ["a"] = "x.\"y", ["language"] = "Burmese" };
        Assert.Equal("^x\\.\"y{2}$", TaskText.Fill(new Check { Regex = "^{a}{2}$" }, values)!.Regex);
        Assert.Equal("""{"const":"x.\"y"}""", TaskText.Fill(new Check { JsonSchema = """{"const":"{a}"}""" }, values)!.JsonSchema);
        Assert.Equal("my", TaskText.Fill(new Check { Language = "{language}" }, values)!.Language);
        Assert.Equal("x.\"y!", TaskText.Fill(new Check { Contains = new TextList { Texts = { "{a}!" } } }, values)!.Contains.Texts[0]);
        Assert.Equal("x.\"y", TaskText.Fill(new Check { Forbids = new TextList { Texts = { "{a}" } } }, values)!.Forbids.Texts[0]);
        Assert.Equal("x.\"y", TaskText.Fill(new Check { KeepsNames = new NamesCheck { Names = { "{a}" } } }, values)!.KeepsNames.Names[0]);
        Assert.Equal("x.\"y", TaskText.Fill(new Check { ErrorRate = new ErrorRateCheck { Reference = "{a}" } }, values)!.ErrorRate.Reference);
        Assert.Equal("x.\"y", TaskText.Fill(new Check { Script = new ScriptCheck { Code = "{a}" } }, values)!.Script.Code);
        Assert.Null(TaskText.Fill(new Check { Language = "{a}" }, values));
        Assert.Equal("tlh", TaskText.Fill(new Check { Language = "tlh" }, values)!.Language);
    }

    private static TaskRegistry Registry(TestState state) => new(new TaskStore(state.Database, state.Audit));

    private static ChatRequest Asking(string task, params (string Name, string Value)[] parameters) => new()
    {
        Messages = { new ChatMessage { Role = ChatRole.User, Parts = { new ContentPart { Text = "x" } } } },
        Task = new TaskChoice { Name = task, Parameters = { parameters.ToDictionary(parameter => parameter.Name, parameter => parameter.Value) } },
    };

    private static TaskPreset With(Action<TaskPreset> change)
    {
        var task = new TaskPreset { Name = "mine", Instructions = "say it {tone}", Parameters = { new TaskParameter { Name = "tone", DefaultValue = "loud" } } };
        change(task);
        return task;
    }
}
