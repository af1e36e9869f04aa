using System.Reflection;

namespace EdgeBox.Daemon.Hosting;

/// <summary>Which release this program is.</summary>
internal static class ReleaseVersion
{
    /// <summary>E.g. "1.2.0".</summary>
    public static string Text { get; } =
        typeof(ReleaseVersion).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "";
}
