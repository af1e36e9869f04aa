namespace EdgeBox.Component.Tests.Examples;

/// <summary>The examples, each run as a customer would run it, against the published box over mutual TLS with credentials that it issued.</summary>
[Trait("Tier", "component")]
public sealed class ExampleTests(SharedModels models)
{
    private const string Python = "/usr/bin/python3";

    private static readonly string s_examples = Path.Combine(Product.Root, "examples");

    [Theory]
    [InlineData("csharp")]
    [InlineData("node")]
    [InlineData("python")]
    public async Task Example_WithIssuedCredentials_PrintsTheReasonOfARefusalThenTheAnswer(string language)
    {
        var command = await CommandAsync(language);
        await using var box = await RunningBox.StartAsync();
        var credentials = Path.Combine(box.Directory, "credentials");
        var issued = await Ctl.RunAsync(box, "access", "issue", "customer", "--role", "client", "--out", credentials);
        Assert.True(issued.ExitCode == 0, issued.ToString());

        var refused = await AskAsync();
        await box.LoadAsync(models.Scripted, "scripted");
        var answered = await AskAsync();

        Assert.True(refused.ExitCode == 1, refused.ToString());
        // Node warns of its own accord that a box is reached by its address and not by a name.
        Assert.Contains(refused.Error.Split('\n'), line => line.StartsWith("MODEL_NOT_FOUND: No model is loaded.", StringComparison.Ordinal));
        Assert.Empty(refused.Output);
        Assert.Equal((0, SharedModels.ScriptedAnswer + "\n"), (answered.ExitCode, answered.Output));

        Task<Ran> AskAsync() => Command.RunAsync(
            [.. command, $"https://127.0.0.1:{box.TlsPort}", credentials, SharedModels.ScriptedQuestion],
            environment: new Dictionary<string, string> { ["PYTHONDONTWRITEBYTECODE"] = "1", ["NODE_NO_WARNINGS"] = "1" });
    }

    private static async Task<string[]> CommandAsync(string language)
    {
        switch (language)
        {
            case "csharp":
                var folders = new[] { "Release", "Debug" }.Select(kind => Path.Combine(s_examples, "csharp/bin", kind, "net10.0/edgebox-example-chat"));
                return [folders.FirstOrDefault(File.Exists) ?? throw new InvalidOperationException("examples/csharp is not built: run `make build` first.")];
            case "node":
                Assert.SkipUnless(Command.Exists("node"), "skipped: there is no node");
                Assert.SkipUnless(Directory.Exists(Path.Combine(Product.Root, "node_modules/@grpc/grpc-js")), "skipped: npm ci has not been run");
                return ["node", Path.Combine(s_examples, "node/chat.js")];
            default:
                Assert.SkipUnless(Command.Exists(Python), "skipped: there is no " + Python);
                var there = await Command.RunAsync([Python, "-c", "import grpc, google.protobuf"]);
                Assert.SkipUnless(there.ExitCode == 0, "skipped: Debian's python3-grpcio and python3-protobuf are not installed");
                var stubs = await Command.RunAsync(["sh", Path.Combine(s_examples, "python/generate.sh")]);
                Assert.SkipUnless(stubs.ExitCode == 0, "skipped: the Python stubs could not be generated: " + stubs.Error);
                return [Python, Path.Combine(s_examples, "python/chat.py")];
        }
    }
}
