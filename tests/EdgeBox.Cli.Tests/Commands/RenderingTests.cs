using EdgeBox.V1;
using Xunit;

namespace EdgeBox.Cli.Tests.Commands;

public class RenderingTests
{
    [Fact]
    public async Task Status_DegradedBox_IsOnOneScreen()
    {
        await using var box = await ScriptedBox.StartAsync();
        box.Script.Status = _ => Samples.Status;
        var ran = await Cli.RunAsync(box, "status");
        Assert.Equal((0, ""), (ran.Code, ran.Error));
        Golden.Check("status", Anonymous(ran.Output, box));
    }

    [Fact]
    public async Task Status_NarrowTerminal_FoldsWithoutLosingText()
    {
        await using var box = await ScriptedBox.StartAsync();
        box.Script.Status = _ => Samples.Status;
        var ran = await Cli.RunAsync(["--endpoint", box.Endpoint, "status"], new Surroundings { Terminal = true, Width = 60 });
        Assert.All(ran.Output.Split('\n'), line => Assert.True(line.Length <= 60, line));
        Assert.DoesNotContain('\u001b', ran.Output);
    }

    [Fact]
    public async Task Status_ColourTerminal_HasColoursOnlyThere()
    {
        await using var box = await ScriptedBox.StartAsync();
        box.Script.Status = _ => Samples.Status;
        var ran = await Cli.RunAsync(["--endpoint", box.Endpoint, "status"], new Surroundings { Terminal = true, Width = 100, Color = true });
        Assert.Contains("\u001b[1m", ran.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Status_BadBox_ExitsAsUnavailable()
    {
        await using var box = await ScriptedBox.StartAsync();
        box.Script.Status = _ => new ApplianceStatus { Health = Health.Bad };
        Assert.Equal(5, (await Cli.RunAsync(box, "status")).Code);
        Assert.Equal(5, (await Cli.RunAsync(box, "--json", "status")).Code);
    }

    [Fact]
    public async Task ModelListAndShow_Models_AreShownWithoutTheirEscapes()
    {
        await using var box = await ScriptedBox.StartAsync();
        box.Script.Models = () => new ListModelsResponse { Models = { Samples.Broken, Samples.Ready } };
        box.Script.Model = request => request.Name == "models/chat" ? Samples.Ready : Samples.Broken;
        var list = await Cli.RunAsync(box, "model", "list");
        var show = await Cli.RunAsync(box, "model", "show", "chat");
        var broken = await Cli.RunAsync(box, "model", "show", "models/broken");
        Golden.Check("models", list.Output + "\n" + show.Output + "\n" + broken.Output);
    }

    [Fact]
    public async Task ModelEstimate_Devices_AreATableWithTheVerdict()
    {
        await using var box = await ScriptedBox.StartAsync();
        var asked = new List<EstimateModelRequest>();
        box.Script.Estimate = request =>
        {
            asked.Add(request);
            return request.Name.Length > 0 ? Samples.Fitting : Samples.TooLarge;
        };
        var fits = await Cli.RunAsync(box, "model", "estimate", "chat", "--context", "4096", "--slots", "1");
        var not = await Cli.RunAsync(box, "model", "estimate", "/srv/models/big.gguf", "--fit");
        var json = await Cli.RunAsync(box, "--json", "model", "estimate", "chat");
        Assert.Equal(("models/chat", "", 4096u, 1u, false), (asked[0].Name, asked[0].Path, asked[0].Options.ContextTokens, asked[0].Options.Slots, asked[0].Options.Fit));
        Assert.Equal(("", "/srv/models/big.gguf", true), (asked[1].Name, asked[1].Path, asked[1].Options.Fit));
        Assert.Contains("\"largestContextTokens\":", json.Output, StringComparison.Ordinal);
        Golden.Check("model-estimate", fits.Output + "\n" + not.Output);
    }

    [Fact]
    public async Task OperationListAndShow_Operations_AreShown()
    {
        await using var box = await ScriptedBox.StartAsync();
        box.Script.Operations = _ => new ListOperationsResponse { Operations = { Samples.Running, Samples.Succeeded, Samples.Failed } };
        box.Script.Operation = _ => Samples.Failed;
        var list = await Cli.RunAsync(box, "operation", "list");
        var show = await Cli.RunAsync(box, "operation", "show", "7f3a");
        Golden.Check("operations", list.Output + "\n" + show.Output);
    }

    [Fact]
    public async Task AccessAndAudit_Lists_AreShown()
    {
        await using var box = await ScriptedBox.StartAsync();
        box.Script.Certificates = () => Samples.Certificates;
        box.Script.Records = _ => new ListRecordsResponse { Records = { Samples.Record(2), Samples.Record(1) } };
        box.Script.Verify = () => new VerifyChainResponse { Intact = true, Records = 2, HeadHash = new string('a', 64) };
        var text = (await Cli.RunAsync(box, "access", "list")).Output + "\n"
            + (await Cli.RunAsync(box, "access", "whoami")).Output + "\n"
            + (await Cli.RunAsync(box, "audit", "list")).Output + "\n"
            + (await Cli.RunAsync(box, "audit", "verify")).Output;
        Golden.Check("access-audit", text);
    }

    [Fact]
    public async Task TokenizeAndEmbed_Results_AreShown()
    {
        await using var box = await ScriptedBox.StartAsync();
        box.Script.Tokenize = request => request.Text == "Hello there" ? Samples.Tokens : new TokenizeResponse();
        box.Script.Embed = request => new EmbedResponse
        {
            Model = "models/chat",
            Embeddings = { request.Inputs.Select((_, i) => new Embedding { Values = { 0.5f, -0.25f, i, 0.125f, 1e-9f } }) },
            Usage = new Usage { PromptTokens = 7 },
        };
        var tokens = await Cli.RunAsync(box, "tokenize", "Hello", "there");
        var vectors = await Cli.RunAsync(box, "embed", "a llama", "an \u001b[31malpaca");
        Golden.Check("tokenize-embed", tokens.Output + tokens.Error + "\n" + vectors.Output + vectors.Error);
    }

    [Fact]
    public async Task Rerank_Documents_AreShownInTheirOrderWithTheirTexts()
    {
        await using var box = await ScriptedBox.StartAsync();
        RerankRequest? asked = null;
        box.Script.Rerank = request =>
        {
            asked = request;
            return new RerankResponse
            {
                Model = "models/ranker",
                Documents = { new RankedDocument { Index = 2, Score = 7.25f }, new RankedDocument { Index = 0, Score = -0.00004f }, new RankedDocument { Index = 99, Score = -1 } },
                Usage = new Usage { PromptTokens = 31 },
            };
        };
        var file = Path.GetTempFileName();
        await File.WriteAllTextAsync(file, "\r\nfrom a file " + new string('x', 60) + "\r\n\n", TestContext.Current.CancellationToken);
        var shown = await Cli.RunAsync(box, "rerank", "which one?", "an \u001b[31malpaca", "second", "--file", file, "--top", "3", "-m", "ranker");
        File.Delete(file);
        Golden.Check("rerank", shown.Output + shown.Error);
        Assert.Equal(("which one?", 3, 3u, "ranker"), (asked!.Query, asked.Documents.Count, asked.TopN, asked.Model));

        var document = (await Cli.RunAsync(["--endpoint", box.Endpoint, "--json", "rerank", "q", "--file", "-"], "one\ntwo\n")).Document;
        Assert.Equal(["one", "two"], asked.Documents);
        Assert.Equal(7.25, document.GetProperty("documents")[0].GetProperty("score").GetDouble());
    }

    [Fact]
    public async Task Rerank_NothingToScore_IsRefusedHere()
    {
        var none = await Cli.RunAsync(["rerank", "q"]);
        Assert.Equal(2, none.Code);
        Assert.Contains("no document", none.Error, StringComparison.Ordinal);
        var absent = await Cli.RunAsync(["rerank", "q", "--file", "/nowhere/f"]);
        Assert.Equal(3, absent.Code);
        Assert.Contains("/nowhere/f", absent.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("help", "--help")]
    [InlineData("help-rerank", "rerank", "--help")]
    [InlineData("help-chat", "chat", "--help")]
    [InlineData("help-model", "model", "-h")]
    [InlineData("help-model-estimate", "model", "estimate", "--help")]
    [InlineData("help-task", "task", "--help")]
    [InlineData("help-access-issue", "access", "issue", "--help")]
    [InlineData("help-access-issue-key", "access", "issue-key", "--help")]
    public async Task Help_Command_EndsWithExamples(string golden, params string[] args)
    {
        var ran = await Cli.RunAsync(args);
        Assert.Equal((0, ""), (ran.Code, ran.Error));
        // The test host's own name stands where the program's does.
        Golden.Check(golden, string.Join('\n', ran.Output.ReplaceLineEndings("\n").Split('\n').Select(l => l.TrimEnd()))
            .Replace(System.CommandLine.RootCommand.ExecutableName, "edgeboxctl", StringComparison.Ordinal));
    }

    private static string Anonymous(string text, ScriptedBox box) => text.Replace(box.Socket, "/SOCKET", StringComparison.Ordinal);
}
