using System.CommandLine;
using System.Globalization;
using EdgeBox.Cli.Rendering;
using EdgeBox.V1;
using Google.Protobuf.WellKnownTypes;

namespace EdgeBox.Cli.Commands;

/// <summary>edgeboxctl model history: what models did, hour by hour.</summary>
internal static class ModelHistoryCommand
{
    private const int MostHours = 2000;
    private const int MostDays = 83;
    private const int HoursOfDay = 24;
    private const int BarCells = 16;

    /// <summary>Builds the command.</summary>
    public static DocumentedCommand Build(CommandHost host)
    {
        var name = new Argument<string?>("NAME") { Description = "The model's name; nothing: all models together.", Arity = ArgumentArity.ZeroOrOne };
        var hours = new Option<int>("--hours") { Description = "How many hours back; 1 to 2000.", HelpName = "N", DefaultValueFactory = _ => HoursOfDay, CustomParser = Limits.Between(1, MostHours) };
        var days = new Option<int>("--days") { Description = "How many days back, in place of --hours; 1 to 83.", HelpName = "N", DefaultValueFactory = _ => 0, CustomParser = Limits.Between(1, MostDays) };
        var command = new DocumentedCommand("history", "What a model did hour by hour: requests, tokens, first token, memory.",
            "model history", "model history chat --hours 48", "--json model history chat --days 30 | jq '[.hours[].completionTokens|tonumber]|add'") { name, hours, days };
        return host.Bind(command, async session =>
        {
            var parse = session.Parse;
            var back = parse.GetValue(days) is > 0 and var whole ? whole * HoursOfDay : parse.GetValue(hours);
            // By the box's clock, which need not be this machine's.
            var status = await new ApplianceService.ApplianceServiceClient(session.Channel.Invoker).GetStatusAsync(new GetStatusRequest(), session.Quick);
            var request = new GetModelHistoryRequest
            {
                Model = parse.GetValue(name) is { Length: > 0 } model ? ModelCommands.FullName(model) : "",
                StartTime = status.Time - Duration.FromTimeSpan(TimeSpan.FromHours(back)),
                EndTime = status.Time,
            };
            var history = await ModelCommands.Client(session).GetModelHistoryAsync(request, session.Quick);
            if (session.Json)
            {
                session.WriteJson(history);
            }
            else
            {
                Render(session, history, back);
            }
            return ExitCode.Done;
        });
    }

    private static void Render(Session session, ModelHistory history, int back)
    {
        if (history.Hours.Count == 0)
        {
            session.Say($"Nothing happened in the last {back} hours.");
            return;
        }
        var most = history.Hours.Max(h => h.CompletionTokens);
        Tables.Write(session.Shell,
            [new("HOUR (UTC)"), new("REQUESTS", true), new("FAILED", true), new("PROMPT", true), new("CACHED", true), new("MADE", true), new(""), new("FIRST TOKEN", true), new("MOST", true),
                new("WAITED", true), new("MEMORY", true), new("DEATHS", true)],
            history.Hours.Select(h => new[]
            {
                h.StartTime.ToDateTimeOffset().ToString("MM-dd HH:mm", CultureInfo.InvariantCulture),
                Whole(h.Requests), Whole(h.Failures), Whole(h.PromptTokens), Whole(h.CachedTokens), Whole(h.CompletionTokens), Bar(h.CompletionTokens, most),
                Words.Precise(h.FirstToken), Words.Precise(h.FirstTokenMost), Whole(h.MostWaiting),
                h.MostResidentBytes > 0 ? Words.Bytes(h.MostResidentBytes) : "-", Whole(h.WorkerDeaths),
            }));
    }

    // Eighths of a cell, so that small hours are told from empty ones.
    private static string Bar(ulong value, ulong most)
    {
        if (most == 0 || value == 0)
        {
            return "";
        }
        var eighths = Math.Max(1, (int)(value / (double)most * BarCells * 8));
        return new string('█', eighths / 8) + (eighths % 8 > 0 ? ((char)('█' + 8 - (eighths % 8))).ToString() : "");
    }

    private static string Whole(ulong value) => value.ToString("N0", CultureInfo.InvariantCulture);
}
