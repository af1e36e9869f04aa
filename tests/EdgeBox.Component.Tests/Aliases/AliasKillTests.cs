using EdgeBox.Testing.Models;
using EdgeBox.V1;

namespace EdgeBox.Component.Tests.Aliases;

/// <summary>The daemon is killed at many moments of the move of an alias: afterwards it means the old model or the new one, and that answers.</summary>
[Trait("Tier", "component")]
public sealed class AliasKillTests
{
    private const int KillSignal = 9;
    private const int Kills = 12;

    private readonly string _directory = TestDirectory.Make();

    [Fact]
    public async Task Kill_AtManyMomentsOfAMove_TheAliasMeansOneOfBothAndItAnswers()
    {
        var limit = await AliasBox.LimitForOneAsync(AliasBox.Stick("one"));
        await using (var box = await AliasBox.StartAsync(_directory))
        {
            await box.ImportAsync("one");
            await box.ImportAsync("two");
            await box.MoveAsync("chat", "one");
        }

        var (means, ends) = ("one", new List<string>());
        for (var kill = 0; kill < Kills; kill++)
        {
            // Now both fit, now they do not, so that the old one is out of memory in the middle.
            await using var box = await AliasBox.StartAsync(_directory, kill % 2 == 0 ? null : limit);
            means = await AssertAnswersAsync(box, ["one", "two"]);
            var other = means == "one" ? "two" : "one";
            var stage = await KillAtAsync(box, other, (double)kill / Kills);
            await using var again = await AliasBox.StartAsync(_directory);
            var after = await AssertAnswersAsync(again, [means, other]);
            ends.Add($"{stage} {after == other}");
            // A load ends a moment after its model has answered.
            await Eventually.TrueAsync("none is under way", async () =>
                (await again.Operations.ListOperationsAsync(new ListOperationsRequest())).Operations.All(operation => operation.State != OperationState.Running));
            await again.AssertAuditIntactAsync();
        }

        await using var last = await AliasBox.StartAsync(_directory);
        means = await AssertAnswersAsync(last, ["one", "two"]);
        await last.MoveAsync("chat", means == "one" ? "two" : "one");
        TestContext.Current.SendDiagnosticMessage($"killed at, moved: {string.Join(", ", ends)}");
    }

    /// <summary>What the alias means, and that this answers.</summary>
    private static async Task<string> AssertAnswersAsync(RunningBox box, string[] either)
    {
        var alias = Assert.Single((await box.Models.ListAliasesAsync(new ListAliasesRequest())).Aliases);
        var version = alias.Model["models/m@".Length..];
        Assert.Contains(version, either);
        Assert.Equal(ReadyModels.VersionAnswer(version), await box.Inference.ChatAsync("chat", "?"));
        return version;
    }

    /// <summary>Moves the alias, and kills the daemon when so much of that is done.</summary>
    /// <returns>The stage that it was at when it was last heard of.</returns>
    private static async Task<string> KillAtAsync(RunningBox box, string version, double fraction)
    {
        var operation = await box.Models.SetAliasAsync(new SetAliasRequest { Name = "chat", Model = $"m@{version}" });
        while (operation.State == OperationState.Running && operation.Progress.Fraction < fraction)
        {
            operation = await box.Operations.GetOperationAsync(new GetOperationRequest { Name = operation.Name });
        }

        box.Signal(KillSignal);
        await Eventually.TrueAsync("the daemon is dead", () => Task.FromResult(box.HasExited));
        return operation.Progress.Stage;
    }
}
