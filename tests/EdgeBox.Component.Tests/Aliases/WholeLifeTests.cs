using EdgeBox.Testing.Models;

namespace EdgeBox.Component.Tests.Aliases;

/// <summary>The life of a model on the command line: it comes in, answers, its next version takes its place under clients, and it comes back.</summary>
[Trait("Tier", "component")]
public sealed class WholeLifeTests
{
    [Fact]
    public async Task Life_OnTheCommandLine_FromImportToRollbackUnderClients()
    {
        await using var box = await AliasBox.StartAsync();
        var stick = AliasBox.Stick("one", split: true);
        var next = AliasBox.Stick("two", split: true);

        await DoneAsync(box, "Model m@1 is available.\n", "model", "import", stick, "--name", "m", "--version", "1");
        await DoneAsync(box, null, "model", "load", "m@1");
        Assert.Equal(ReadyModels.VersionAnswer("one"), (await DoneAsync(box, null, "chat", "Who are you?")).TrimEnd());
        await DoneAsync(box, "Alias chat means m@1.\n", "model", "alias", "chat", "m");
        await DoneAsync(box, "Model m@2 is available.\n", "model", "import", next, "--name", "m");

        await using var clients = new AskingClients(box, 8, "chat");
        await clients.HeardAsync("models/m@1");
        await DoneAsync(box, "Alias chat means m@2; before: m@1.\n", "model", "alias", "chat", "m@2", "--drain", "1m");
        await clients.HeardAsync("models/m@2");
        Assert.Equal(ReadyModels.VersionAnswer("two"), (await DoneAsync(box, null, "chat", "--model", "chat", "Who are you?")).TrimEnd());

        var rolled = Ctl.Document(await Ctl.RunAsync(box, "--json", "model", "rollback", "chat"));
        Assert.Equal(("OPERATION_STATE_SUCCEEDED", "alias.rollback"), (rolled.GetProperty("state").GetString(), rolled.GetProperty("kind").GetString()));
        var answers = clients.Answers.Count;
        await Eventually.TrueAsync("they go on", () => Task.FromResult(clients.Answers.Count >= answers + 8));
        await clients.EndAsync();

        Assert.Empty(clients.Failures);
        Assert.All(clients.Answers, answer => Assert.Equal(ReadyModels.VersionAnswer(answer.Model == "models/m@1" ? "one" : "two"), answer.Text));
        var alias = Ctl.Document(await Ctl.RunAsync(box, "--json", "model", "alias")).GetProperty("aliases")[0];
        Assert.Equal(("models/m@1", "models/m@2"), (alias.GetProperty("model").GetString(), alias.GetProperty("previous").GetString()));
        Assert.Contains("m@2", await DoneAsync(box, null, "model", "alias"), StringComparison.Ordinal);
        await DoneAsync(box, "Alias chat is forgotten.\n", "model", "alias", "chat", "--delete");
        await box.AssertAuditIntactAsync();
    }

    private static async Task<string> DoneAsync(RunningBox box, string? output, params string[] arguments)
    {
        var ran = await Ctl.RunAsync(box, arguments);
        Assert.True(ran.ExitCode == 0, ran.ToString());
        Assert.Equal(output ?? ran.Output, ran.Output);
        return ran.Output;
    }
}
