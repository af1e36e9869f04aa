using System.Text.RegularExpressions;

namespace EdgeBox.Component.Tests.Gateway;

/// <summary>The codes of docs/clients.md, each run as it stands.</summary>
[Trait("Tier", "component")]
public sealed partial class ClientDocsTests(SharedModels models)
{
    [Fact]
    public async Task Codes_OfEachLanguage_PrintTheAnswer()
    {
        Assert.SkipUnless(Command.Exists("node") && Directory.Exists(Path.Combine(Product.Root, "node_modules/openai")), "skipped: there is no node, or npm ci has not been run");
        Assert.Equal(["sh", "sh", "js", "js", "python", "sh agent"], Codes().Select(code => code.Language));
        await using var box = await RunningBox.StartAsync();
        await box.LoadAsync(models.Scripted, "answering", context: 2048);
        var environment = await EnvironmentAsync(box, "answering");
        foreach (var (language, text) in Codes().Where(code => code.Language is "sh" or "js"))
        {
            // From the root, where Node.js finds the packages.
            var ran = await Command.RunAsync(language == "js" ? ["node", "--input-type=module"] : ["sh", "-eu"], text, environment, Product.Root);
            Assert.True(ran.ExitCode == 0 && ran.Output.Contains(SharedModels.ScriptedAnswer, StringComparison.Ordinal), $"{text}\n{ran}{box.Log}");
        }
    }

    [Fact]
    public async Task Codes_OfPython_PrintTheAnswer()
    {
        Assert.SkipUnless((await Command.RunAsync(["python3", "-c", "import openai"])).ExitCode == 0, "skipped: Python has no package openai");
        await using var box = await RunningBox.StartAsync();
        await box.LoadAsync(models.Scripted, "answering", context: 2048);
        var ran = await Command.RunAsync(["python3", "-"], Codes().Single(code => code.Language == "python").Text, await EnvironmentAsync(box, "answering"));
        Assert.Equal((0, SharedModels.ScriptedAnswer), (ran.ExitCode, ran.Output));
    }

    /// <summary>The codes in order.</summary>
    internal static IReadOnlyList<(string Language, string Text)> Codes() =>
    [
        .. Code().Matches(File.ReadAllText(Path.Combine(Product.Root, "docs/clients.md"))).Select(match => (match.Groups["language"].Value, match.Groups["text"].Value)),
    ];

    /// <summary>What the codes take from the environment.</summary>
    internal static async Task<Dictionary<string, string>> EnvironmentAsync(RunningBox box, string model) => new()
    {
        ["EDGEBOX_URL"] = $"http://127.0.0.1:{box.GatewayPort}",
        ["EDGEBOX_KEY"] = await box.IssueKeyAsync("docs"),
        ["EDGEBOX_MODEL"] = model,
        ["NO_PROXY"] = "127.0.0.1",
    };

    [GeneratedRegex(@"^```(?<language>[a-z ]+)\n(?<text>.*?)^```$", RegexOptions.Multiline | RegexOptions.Singleline | RegexOptions.ExplicitCapture)]
    private static partial Regex Code();
}
