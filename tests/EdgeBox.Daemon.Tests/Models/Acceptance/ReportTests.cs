using EdgeBox.Daemon.Failures;
using EdgeBox.Daemon.Models.Acceptance;
using EdgeBox.Daemon.Tests.Support;
using EdgeBox.V1;

namespace EdgeBox.Daemon.Tests.Models.Acceptance;

/// <summary>What a report says, how large it gets, and how long it is kept.</summary>
public sealed class ReportTests : IDisposable
{
    private readonly TestDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Theory]
    [InlineData(50, 3)]
    [InlineData(95, 4.8)]
    [InlineData(0, 1)]
    [InlineData(100, 5)]
    public void Percentile_OfFive_LiesBetweenItsNeighbours(double percent, double expected) =>
        Assert.Equal(expected, ReportFigures.Percentile([5, 1, 4, 2, 3], percent), 9);

    [Fact]
    public void Cost_OfAMillionTokens_IsWriteOffAndEnergy()
    {
        // 1,000,000 tokens at 100 a second are 10,000 seconds; 87,660 a year for ten years are 1 an hour, and 2 where half of the hours are idle.
        var cost = new CostBasis { BoxPrice = 87_660, Years = 10, BusyShare = 0.5, KilowattHourPrice = 0.6, OtherWatts = 180 };
        var hours = 10_000 / 3600.0;
        Assert.Equal((hours * 2) + (((hours * 0.18) + (2 * 1e6 / 3.6e6)) * 0.6), ReportFigures.CostOf(cost, 100, joulesPerToken: 2), 9);
    }

    [Theory]
    [InlineData("cost.box_price", -1, 5, 0, 0)]
    [InlineData("cost.years", 1, 0, 0, 0)]
    [InlineData("cost.years", 1, 101, 0, 0)]
    [InlineData("cost.busy_share", 1, 5, 1.1, 0)]
    [InlineData("cost.other_watts", 1, 5, 0, double.NaN)]
    public void Check_CostOutOfRange_NamesTheField(string field, double price, double years, double busy, double watts)
    {
        var refused = Assert.Throws<FailureException>(() => SuiteLimits.Check(new CostBasis { BoxPrice = price, Years = years, BusyShare = busy, OtherWatts = watts }));
        Assert.Equal(field, refused.Facts.Single(fact => fact.Key == "field").Value);
    }

    [Fact]
    public void Write_EnergyAndCost_AreToldPerToken()
    {
        var figures = new ReportFigures { Energy = 50 };
        figures.Add(new CaseOutcome([], "") { CompletionTokens = 100, TokensPerSecond = 10, FirstToken = TimeSpan.FromSeconds(1) });
        figures.Add(new CaseOutcome([], "") { CompletionTokens = 100, TokensPerSecond = 30, FirstToken = TimeSpan.FromSeconds(3) });
        var report = new AcceptanceReport { Cost = new CostBasis { KilowattHourPrice = 3.6 }, Results = { new AcceptanceResult { Passed = true }, new AcceptanceResult() } };
        figures.WriteTo(report);
        Assert.Equal((1u, 1u, AcceptanceVerdict.Failed), (report.Passed, report.Failed, report.Verdict));
        Assert.Equal((20.0, 2.0, 0.25), (report.TokensPerSecond, report.FirstToken.ToTimeSpan().TotalSeconds, report.JoulesPerToken));
        Assert.Equal(0.25, report.CostPerMillionTokens, 9);
    }

    [Fact]
    public void Fit_TenThousandLongCases_LeaveWhatFailedReadableAndTheRestShort()
    {
        var text = new string('ཀ', CaseRun.MaxTextCharacters);
        var report = new AcceptanceReport();
        for (var i = 0; i < SuiteReader.MaxCases; i++)
        {
            var result = new AcceptanceResult { Name = $"{i}", Passed = i % 100 > 0, Answer = text, Prompt = text };
            result.Checks.AddRange(Enumerable.Repeat(new CheckVerdict { Name = "n", Problem = new string('p', 200) }, 32));
            report.Results.Add(result);
        }

        ReportSize.Fit(report);
        Assert.InRange(report.CalculateSize(), 1, ReportSize.MostBytes);
        Assert.Equal(SuiteReader.MaxCases, report.Results.Count);
        Assert.All(report.Results.Where(result => !result.Passed), result => Assert.NotEmpty(result.Checks));
    }

    [Fact]
    public void Fit_UsualReport_IsLeftAsItIs()
    {
        var report = new AcceptanceReport { Results = { new AcceptanceResult { Answer = new string('a', 4096) } } };
        var before = report.Clone();
        ReportSize.Fit(report);
        Assert.Equal(before, report);
    }

    [Fact]
    public async Task Put_MoreThanAreKept_LetsTheOldestOfThatModelGoOverARestart()
    {
        await using (var state = new TestState(_directory.Path))
        {
            var store = new AcceptanceStore(state.Database, state.Audit);
            await store.PutAsync("other", Report("models/other", "other"), "uid:0");
            for (var i = 0; i <= AcceptanceStore.KeptOfModel; i++)
            {
                await store.PutAsync($"{i}", Report("models/m", $"{i}"), "uid:0");
            }
        }

        await using var again = new TestState(_directory.Path);
        var kept = new AcceptanceStore(again.Database, again.Audit);
        Assert.Null(kept.Find("0"));
        Assert.Equal(Report("models/m", "1"), kept.Find("1"));
        var page = kept.Page("models/m", long.MaxValue, 2);
        Assert.Equal(["reports/200", "reports/199"], page.Select(row => row.Report.Name));
        Assert.All(page, row => Assert.Empty(row.Report.Results));
        Assert.Equal(["reports/198"], kept.Page("models/m", page[^1].Number, 1).Select(row => row.Report.Name));
        Assert.Equal(AcceptanceStore.KeptOfModel + 1, kept.Page("", long.MaxValue, 1000).Count);
        Assert.Equal(["reports/200", "reports/other"], kept.Newest().Select(report => report.Name).Order(StringComparer.Ordinal));
    }

    private static AcceptanceReport Report(string model, string id) => new()
    {
        Name = $"reports/{id}", Model = model, Verdict = AcceptanceVerdict.Passed, Results = { new AcceptanceResult { Name = "c", Answer = "said" } },
    };
}
