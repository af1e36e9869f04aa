using System.Reflection;
using System.Runtime.InteropServices;
using EdgeBox.Cli.Rendering;

namespace EdgeBox.Cli.Commands;

/// <summary>edgeboxctl version: which program this is; asks no box.</summary>
internal static class VersionCommand
{
    /// <summary>The release of this program.</summary>
    public static string Release { get; } =
        typeof(VersionCommand).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "unknown";

    /// <summary>Builds the command.</summary>
    public static DocumentedCommand Build(CommandHost host)
        => host.Bind(new DocumentedCommand("version", "Show this program's release. The box's own is in: edgeboxctl status", "version"), session =>
        {
            if (session.Json)
            {
                session.WriteJson(Json.Of(w =>
                {
                    w.WriteString("version", Release);
                    w.WriteString("api", "edgebox.v1");
                    w.WriteString("platform", RuntimeInformation.RuntimeIdentifier);
                }));
            }
            else
            {
                session.Say($"edgeboxctl {Release} (API edgebox.v1, {RuntimeInformation.RuntimeIdentifier})");
            }
            return Task.FromResult(ExitCode.Done);
        });
}
