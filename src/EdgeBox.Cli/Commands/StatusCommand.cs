using EdgeBox.Cli.Rendering;
using EdgeBox.V1;

namespace EdgeBox.Cli.Commands;

/// <summary>edgeboxctl status: the whole box on one screen.</summary>
internal static class StatusCommand
{
    /// <summary>Builds the command.</summary>
    public static DocumentedCommand Build(CommandHost host)
        => host.Bind(new DocumentedCommand("status", "Show how the box does, its models and where it listens.", "status", "--json status"), RunAsync);

    private static async Task<int> RunAsync(Session session)
    {
        var status = await new ApplianceService.ApplianceServiceClient(session.Channel.Invoker).GetStatusAsync(new GetStatusRequest(), session.Quick);
        if (session.Json)
        {
            session.WriteJson(status);
        }
        else
        {
            Render(session, status);
        }
        return status.Health == Health.Bad ? ExitCode.Unavailable : ExitCode.Done;
    }

    private static void Render(Session session, ApplianceStatus status)
    {
        var endpoint = session.Channel.Endpoint;
        var origin = endpoint.Origin == "default" ? "" : $" ({endpoint.Origin})";
        Tables.WriteFacts(session.Shell,
            [
                ("EdgeBox", status.Version),
                ("Box", status.BoxId),
                ("Asked at", endpoint + origin),
                ("Health", Words.State(status.Health)),
                .. status.Problems.Select(p => ("", (string?)("- " + p))),
                ("Up for", Words.Duration(status.Uptime)),
                ("Its clock", Words.Time(status.Time)),
                ("Memory", status.ResidentBytes == 0 ? null : Words.Bytes(status.ResidentBytes) + " (daemon)"),
                .. status.Endpoints.Select((e, i) => (i == 0 ? "Listens at" : "", (string?)e)),
            ]);
        session.Say("");
        ModelCommands.RenderList(session, status.Models);
    }
}
