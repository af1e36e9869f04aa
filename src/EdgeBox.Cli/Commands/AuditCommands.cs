using System.CommandLine;
using System.Globalization;
using EdgeBox.Cli.Rendering;
using EdgeBox.V1;

namespace EdgeBox.Cli.Commands;

/// <summary>edgeboxctl audit: the record of what was done to the box and what it refused.</summary>
internal static class AuditCommands
{
    private const int PageSize = 1000;
    private const int MostRecords = 100_000;

    /// <summary>Builds the command.</summary>
    public static DocumentedCommand Build(CommandHost host)
        => new("audit", "The record of what was done to the box and what it refused.", "audit list", "audit verify")
        {
            List(host),
            Verify(host),
        };

    private static AuditService.AuditServiceClient Client(Session session) => new(session.Channel.Invoker);

    private static DocumentedCommand List(CommandHost host)
    {
        var kind = new Option<string?>("--event") { Description = "Only this event, e.g. call.refused.", HelpName = "EVENT" };
        var limit = new Option<int>("--limit") { Description = "At most this many, newest first.", HelpName = "N", DefaultValueFactory = _ => 50, CustomParser = Limits.Between(1, MostRecords) };
        var command = new DocumentedCommand("list", "List records, newest first.",
            "audit list",
            "audit list --event call.refused --limit 10",
            "--json audit list | jq '.records[].event'") { kind, limit };
        return host.Bind(command, async session =>
        {
            var found = await ReadAsync(session, session.Parse.GetValue(kind) ?? "", session.Parse.GetValue(limit));
            if (session.Json)
            {
                session.WriteJson(found);
            }
            else if (found.Records.Count == 0)
            {
                session.Say("There are no such records.");
            }
            else
            {
                Tables.Write(session.Shell,
                    [new("#", true), new("TIME"), new("EVENT"), new("WHO"), new("TO WHAT"), new("FACTS")],
                    found.Records.Select(r => new[]
                    {
                        r.Sequence.ToString(CultureInfo.InvariantCulture), Words.Time(r.Time), r.Event, r.Actor, r.Subject,
                        string.Join(", ", r.Facts.OrderBy(f => f.Key, StringComparer.Ordinal).Select(f => $"{f.Key}={f.Value}")),
                    }));
            }
            return ExitCode.Done;
        });
    }

    private static async Task<ListRecordsResponse> ReadAsync(Session session, string kind, int limit)
    {
        var all = new ListRecordsResponse();
        do
        {
            var request = new ListRecordsRequest { Event = kind, PageSize = Math.Min(PageSize, limit - all.Records.Count), PageToken = all.NextPageToken };
            var page = await Client(session).ListRecordsAsync(request, session.Quick);
            all.Records.AddRange(page.Records);
            all.NextPageToken = page.NextPageToken;
        }
        while (all.NextPageToken.Length > 0 && all.Records.Count < limit);
        return all;
    }

    private static DocumentedCommand Verify(CommandHost host)
        => host.Bind(new DocumentedCommand("verify", "Recompute the whole chain and say whether every record is as it was written.", "audit verify"), async session =>
        {
            var found = await Client(session).VerifyChainAsync(new VerifyChainRequest(), session.Long);
            if (session.Json)
            {
                session.WriteJson(found);
            }
            else if (found.Intact)
            {
                session.Say($"Intact: {found.Records} records. Hash of the newest: {found.HeadHash}");
            }
            if (found.Intact)
            {
                return ExitCode.Done;
            }
            var failure = new CliFailure("AUDIT_CHAIN_BROKEN", $"Record {found.BrokenSequence} is not as it was written: {found.Problem}",
                ("record", found.BrokenSequence.ToString(CultureInfo.InvariantCulture)));
            return session.Json ? ExitCodes.For(failure.Reason).Code : CommandHost.Tell(session.Shell, json: false, failure);
        });
}
