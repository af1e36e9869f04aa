using System.CommandLine;
using EdgeBox.Cli.Rendering;
using EdgeBox.V1;

namespace EdgeBox.Cli.Commands;

/// <summary>edgeboxctl model test and report: is a model good on this box?</summary>
internal static class ModelTestCommands
{
    private const string ReportPrefix = "reports/";

    /// <summary>Builds the command that runs a suite.</summary>
    public static DocumentedCommand Test(CommandHost host)
    {
        var name = new Argument<string>("NAME") { Description = "The model's name." };
        var suite = new Option<string?>("--suite") { Description = "The acceptance suite, on the box: JSON, a case a line. Default: the one that the model brings.", HelpName = "FILE" };
        var (cost, page, noWait) = (new CostOptions(), new ReportFile(), ModelCommands.NoWait());
        var command = new DocumentedCommand("test", "Run an acceptance suite and say whether the model passed; fails with 6 if it did not.",
            "model test chat@2",
            "model test chat --suite /srv/suites/letters.jsonl --html letters.html --language zh",
            "model test chat --suite letters.jsonl --price 120000 --years 5 --kwh-price 0.8 --currency CNY") { name, suite };
        cost.AddTo(command);
        page.AddTo(command);
        command.Add(noWait);
        return host.Bind(command, async session =>
        {
            var (parse, client) = (session.Parse, ModelCommands.Client(session));
            page.IsWanted(session);
            var request = new TestModelRequest
            {
                Name = ModelCommands.FullName(parse.GetRequiredValue(name)),
                SuitePath = parse.GetValue(suite) is { } path ? ModelCommands.OnTheBox(session, path) : "",
                Cost = cost.Of(parse),
            };
            var operation = await client.TestModelAsync(request, session.Quick);
            if (!parse.GetValue(noWait))
            {
                operation = await OperationCommands.WaitAsync(session, operation);
            }
            if (operation.ResultCase != Operation.ResultOneofCase.Response || !operation.Response.TryUnpack<AcceptanceReport>(out var made))
            {
                return await OperationCommands.FollowAsync(session, operation, wait: !parse.GetValue(noWait));
            }
            var report = await client.GetAcceptanceReportAsync(new GetAcceptanceReportRequest { Name = made.Name }, session.Quick);
            await page.WriteAsync(session, report);
            Show(session, report);
            return report.Verdict == AcceptanceVerdict.Passed ? ExitCode.Done : ExitCodes.For(ClientReasons.NotVerified).Code;
        });
    }

    /// <summary>Builds the command that shows reports.</summary>
    public static DocumentedCommand Report(CommandHost host)
    {
        var name = new Argument<string?>("NAME") { Description = "A report, reports/ID; or a model, for its reports; or nothing, for all.", Arity = ArgumentArity.ZeroOrOne };
        var limit = new Option<int>("--limit") { Description = "At most this many, newest first; 1 to 1000.", HelpName = "N", DefaultValueFactory = _ => 50, CustomParser = Limits.Between(1, 1000) };
        var page = new ReportFile();
        var command = new DocumentedCommand("report", "List the reports of acceptance runs, or show one; with --html a model's newest.",
            "model report", "model report chat@2 --html chat.html", "model report reports/0123456789abcdef") { name, limit };
        page.AddTo(command);
        return host.Bind(command, async session =>
        {
            var (asked, client) = (session.Parse.GetValue(name) ?? "", ModelCommands.Client(session));
            var html = page.IsWanted(session);
            if (!asked.StartsWith(ReportPrefix, StringComparison.Ordinal))
            {
                if (html && asked.Length == 0)
                {
                    throw CliFailure.Usage("--html writes one report.", "Name it, as 'edgeboxctl model report' tells it, or a model.");
                }
                var request = new ListAcceptanceReportsRequest { Model = asked.Length > 0 ? ModelCommands.FullName(asked) : "", PageSize = html ? 1 : session.Parse.GetValue(limit) };
                var found = await client.ListAcceptanceReportsAsync(request, session.Quick);
                if (!html)
                {
                    ShowList(session, found);
                    return ExitCode.Done;
                }
                asked = found.Reports.FirstOrDefault()?.Name ?? throw new CliFailure("REPORT_NOT_FOUND", $"There is no report of {asked}.", ("model", asked));
            }
            var report = await client.GetAcceptanceReportAsync(new GetAcceptanceReportRequest { Name = asked }, session.Quick);
            await page.WriteAsync(session, report);
            Show(session, report);
            return ExitCode.Done;
        });
    }

    private static void Show(Session session, AcceptanceReport report)
    {
        if (session.Json)
        {
            session.WriteJson(report);
        }
        else
        {
            ReportTable.Write(session, report);
        }
    }

    private static void ShowList(Session session, ListAcceptanceReportsResponse found)
    {
        if (session.Json)
        {
            session.WriteJson(found);
        }
        else
        {
            ReportTable.WriteList(session, found.Reports);
        }
    }
}
