using EdgeBox.Testing.Models;

namespace EdgeBox.Component.Tests.Gateway;

/// <summary>An open coding agent from npm, as it is, does a task with its own tools by what a scripted model says. scripts/agent.sh fetches it.</summary>
[Trait("Tier", "component")]
public sealed class AgentTests(SharedModels models)
{
    private const string Answer = "Both files are there.";

    private static readonly string s_agent = Path.Combine(Product.Root, "out/agent/cli.js");

    [Fact]
    public async Task QwenCode_ATaskOfTwoFiles_WritesThemAndReportsIt()
    {
        Assert.SkipUnless(Command.Exists("node"), "skipped: there is no node");
        Assert.SkipUnless(File.Exists(s_agent), "skipped: the agent is not here; scripts/agent.sh fetches it");
        var (home, project) = (TestDirectory.Make(), TestDirectory.Make());
        await using var box = await RunningBox.StartAsync();
        await box.LoadAsync(models.Write("agent.gguf", ScriptedModel.Build("agent", Turns(project))), "agent", slots: 1, context: 100_000);

        var began = Stopwatch.GetTimestamp();
        var environment = await ClientDocsTests.EnvironmentAsync(box, "agent");
        (environment["HOME"], environment["PATH"]) = (home, home + ":" + Environment.GetEnvironmentVariable("PATH"));
        await InstallAsync(home);
        var ran = await Command.RunAsync(
            ["sh", "-eu"], ClientDocsTests.Codes().Single(code => code.Language == "sh agent").Text, environment, project,
            TimeSpan.FromMinutes(4)); // It sends tens of thousands of characters, and a small model reads each as a token.

        Assert.True(ran.ExitCode == 0, ran + box.Log);
        Assert.Equal(Answer, ran.Output.Trim());
        Assert.Equal("by the model\n", await File.ReadAllTextAsync(Path.Combine(project, "first.txt")));
        Assert.Equal("by its shell\n", await File.ReadAllTextAsync(Path.Combine(project, "second.txt")));
        TestContext.Current.SendDiagnosticMessage($"The agent took {Stopwatch.GetElapsedTime(began).TotalSeconds:F1} s.");
    }

    /// <summary>Puts the command where the shell finds it.</summary>
    private static async Task InstallAsync(string folder)
    {
        var command = Path.Combine(folder, "qwen");
        await File.WriteAllTextAsync(command, $"#!/bin/sh\nexec node '{s_agent}' \"$@\"\n");
        File.SetUnixFileMode(command, UnixFileMode.UserRead | UnixFileMode.UserExecute);
    }

    /// <summary>Two calls at once, in the words of the agent's own tools; once they are answered, the report.</summary>
    private static Script[] Turns(string project) =>
    [
        new(Script.EndOfConversation, Script.Split(
            $$"""<|channel|>commentary to=functions.write_file <|constrain|>json<|message|>{"file_path": "{{project}}/first.txt", "content": "by the model\n"}<|end|>"""
            + """<|start|>assistant to=functions.run_shell_command<|channel|>final json<|message|>{"command": "echo by its shell > second.txt", "is_background": false}<|call|>""")),
        new(Script.EndOfConversation, Script.Split($"<|channel|>final<|message|>{Answer}<|return|>"), AfterCall: true),
    ];
}
