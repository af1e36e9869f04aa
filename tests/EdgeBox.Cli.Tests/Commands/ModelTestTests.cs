using System.Text.RegularExpressions;
using System.Xml.Linq;
using EdgeBox.Cli.Rendering;
using EdgeBox.V1;
using Google.Protobuf.WellKnownTypes;
using Xunit;

namespace EdgeBox.Cli.Tests.Commands;

public partial class ModelTestTests
{
    [Fact]
    public async Task Test_ModelDoesNotPass_ShowsWhyAndExitsWithSix()
    {
        await using var box = await BoxAsync(SampleReports.Failed);
        var ran = await Cli.RunAsync(box, "model", "test", "chat@2");
        Assert.Equal(6, ran.Code);
        Golden.Check("report", ran.Output);
    }

    [Fact]
    public async Task Test_ModelPasses_ExitsWithZero()
    {
        await using var box = await BoxAsync(SampleReports.Passed);
        var ran = await Cli.RunAsync(box, "model", "test", "embed", "--suite", "/srv/s.jsonl");
        Assert.Equal(0, ran.Code);
        Assert.Contains("PASSED: all 1 cases", ran.Output, StringComparison.Ordinal);
        var json = await Cli.RunAsync(box, "--json", "model", "test", "embed", "--suite", "/srv/s.jsonl");
        Assert.Equal((0, "ACCEPTANCE_VERDICT_PASSED"), (json.Code, json.Document.GetProperty("verdict").GetString()));
        Assert.Equal("2 × 384", json.Document.GetProperty("results")[0].GetProperty("answer").GetString());
    }

    [Fact]
    public async Task Test_ReportHoldsAProblem_JsonTellsIt()
    {
        await using var box = await BoxAsync(SampleReports.Failed);
        var json = await Cli.RunAsync(box, "--json", "model", "test", "chat@2");
        Assert.Equal(6, json.Code);
        Assert.Equal("PROMPT_TOO_LONG", json.Document.GetProperty("results")[4].GetProperty("problem").GetProperty("details")[0].GetProperty("reason").GetString());
    }

    [Fact]
    public async Task Test_SuiteAndCost_ArePassedOn()
    {
        await using var box = await BoxAsync(SampleReports.Passed);
        TestModelRequest? asked = null;
        box.Script.Test = request =>
        {
            asked = request;
            return Samples.Running;
        };
        await Cli.RunAsync(
            ["--endpoint", box.Endpoint, "model", "test", "embed", "--suite", "s.jsonl", "--price", "120000", "--kwh-price", "0.5", "--busy", "0.25", "--other-watts", "300", "--currency", "CNY"],
            new Surroundings { Directory = "/srv/suites" });
        Assert.Equal(
            new TestModelRequest
            {
                Name = "models/embed", SuitePath = "/srv/suites/s.jsonl",
                Cost = new CostBasis { BoxPrice = 120_000, Years = 5, KilowattHourPrice = 0.5, BusyShare = 0.25, OtherWatts = 300, Currency = "CNY" },
            }, asked);
    }

    [Fact]
    public async Task Test_OperationFails_ExitsWithItsReason()
    {
        await using var box = await BoxAsync(SampleReports.Passed);
        box.Script.Wait = (_, _) => Task.FromResult(Samples.Failed);
        Assert.Equal(3, (await Cli.RunAsync(box, "model", "test", "embed")).Code);
    }

    [Theory]
    [InlineData("en", "report-page")]
    [InlineData("zh", "report-page-zh")]
    public async Task Report_AsAPage_IsTheGoldenOne(string language, string golden)
    {
        await using var box = await BoxAsync(SampleReports.Failed);
        var file = Path.Combine(box.Directory, "report.html");
        var ran = await Cli.RunAsync(box, "model", "report", "reports/0123456789abcdef", "--html", file, "--language", language);
        Assert.Equal((0, $"Written: {file}\n"), (ran.Code, ran.Error));
        Golden.Check(golden, File.ReadAllText(file));
    }

    [Fact]
    public async Task Report_FileIsThere_IsNotOverwrittenAndNothingIsRun()
    {
        await using var box = await BoxAsync(SampleReports.Failed);
        box.Script.Test = _ => throw new InvalidOperationException();
        var file = Path.Combine(box.Directory, "report.html");
        File.WriteAllText(file, "mine");
        Assert.Equal(3, (await Cli.RunAsync(box, "model", "test", "chat@2", "--html", file)).Code);
        Assert.Equal("mine", File.ReadAllText(file));
    }

    [Fact]
    public async Task Report_ListAndNewestOfAModel_AreAskedFor()
    {
        await using var box = await BoxAsync(SampleReports.Failed);
        box.Script.Reports = request => new ListAcceptanceReportsResponse { Reports = { request.Model.Length == 0 || request.Model == "models/chat@2" ? [SampleReports.Failed] : [] } };
        var list = await Cli.RunAsync(box, "model", "report");
        Assert.Equal(0, list.Code);
        Assert.Matches(@"reports/0123456789abcdef +chat@2 +2026-03-04 05:06:07Z +not passed +2/5 +41\.3 +555555555555…", list.Output);
        var file = Path.Combine(box.Directory, "report.html");
        Assert.Equal(0, (await Cli.RunAsync(box, "model", "report", "chat@2", "--html", file)).Code);
        Assert.True(File.Exists(file));
        Assert.Equal(2, (await Cli.RunAsync(box, "model", "report", "--html", file + "2")).Code);
        Assert.Equal(3, (await Cli.RunAsync(box, "model", "report", "nope", "--html", file + "2")).Code);
    }

    [Fact]
    public void Page_HostileTexts_BecomeNoElements()
    {
        var report = SampleReports.Failed;
        var attack = "<script>alert(1)</script><img src=x onerror=alert(1)>\" onmouseover=\"alert(1) '\u0000\u001b]0;x\u0007";
        (report.Model, report.Machine, report.Version, report.Name, report.SuiteSha256) = ("models/" + attack, attack, attack, attack, attack);
        (report.Cost.Currency, report.PartSha256[0]) = (attack, attack);
        foreach (var result in report.Results)
        {
            (result.Name, result.Answer, result.Prompt) = (attack, attack, attack);
            result.Checks.Add(new CheckVerdict { Name = attack, Problem = attack });
        }
        var page = ReportPage.Of(report, attack, chinese: true);
        Assert.DoesNotContain("<script", page, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("<img", page, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain(page, c => char.IsControl(c) && c != '\n');
        // Whatever stands in the texts, the attributes that there are are the page's own.
        var body = XElement.Parse(Body().Match(page).Value.Replace("<br>", "<br/>", StringComparison.Ordinal));
        Assert.DoesNotContain(body.DescendantsAndSelf().SelectMany(element => element.Attributes()), attribute => attribute.Name.LocalName.StartsWith("on", StringComparison.Ordinal));
    }

    [Fact]
    public void Page_FixedWords_AllHaveChinese()
    {
        // The indexer throws for words without.
        Assert.Contains("验收报告", ReportPage.Of(SampleReports.Failed, "box", chinese: true), StringComparison.Ordinal);
        Assert.Contains("验收报告", ReportPage.Of(SampleReports.Passed, "box", chinese: true), StringComparison.Ordinal);
        Assert.DoesNotContain("验收报告", ReportPage.Of(SampleReports.Passed, "box", chinese: false), StringComparison.Ordinal);
    }

    [Fact]
    public async Task History_Hours_AreATableWithBars()
    {
        await using var box = await ScriptedBox.StartAsync();
        GetModelHistoryRequest? asked = null;
        box.Script.Status = _ => Samples.Status;
        box.Script.History = request =>
        {
            asked = request;
            return new ModelHistory { Hours = { Hour(0, 1000), Hour(1, 250), Hour(2, 0) } };
        };
        var ran = await Cli.RunAsync(box, "model", "history", "chat", "--days", "2");
        Assert.Equal(("models/chat", Samples.Time - Duration.FromTimeSpan(TimeSpan.FromHours(48)), Samples.Time), (asked!.Model, asked.StartTime, asked.EndTime));
        Golden.Check("history", ran.Output);
        var json = await Cli.RunAsync(box, "--json", "model", "history", "chat");
        Assert.Equal("1000", json.Document.GetProperty("hours")[0].GetProperty("completionTokens").GetString());
        box.Script.History = _ => new ModelHistory();
        Assert.Equal("Nothing happened in the last 24 hours.\n", (await Cli.RunAsync(box, "model", "history")).Output);
    }

    private static ModelHour Hour(int hour, ulong tokens) => new()
    {
        StartTime = Samples.Time + Duration.FromTimeSpan(TimeSpan.FromHours(hour)), Requests = tokens / 10, Failures = 1, PromptTokens = tokens * 3, CachedTokens = tokens, CompletionTokens = tokens,
        FirstToken = tokens == 0 ? null : Duration.FromTimeSpan(TimeSpan.FromSeconds(0.3)), FirstTokenMost = tokens == 0 ? null : Duration.FromTimeSpan(TimeSpan.FromSeconds(2)), MostWaiting = 7,
        MostResidentBytes = 1_288_490_189,
    };

    private static async Task<ScriptedBox> BoxAsync(AcceptanceReport report)
    {
        var box = await ScriptedBox.StartAsync();
        var listed = report.Clone();
        listed.Results.Clear();
        box.Script.Status = _ => Samples.Status;
        box.Script.Test = _ => Samples.Running;
        box.Script.Wait = (_, _) => Task.FromResult(SampleReports.Ended(listed));
        box.Script.Report = request => request.Name == report.Name ? report : throw new InvalidOperationException(request.Name);
        return box;
    }

    [GeneratedRegex("<body>.*</body>", RegexOptions.Singleline)]
    private static partial Regex Body();
}
