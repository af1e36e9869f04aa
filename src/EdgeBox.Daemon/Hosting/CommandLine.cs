using System.Globalization;
using System.Text;

namespace EdgeBox.Daemon.Hosting;

/// <summary>The daemon cannot start as it was told to; holds every fault that was found.</summary>
internal sealed class UsageException(IReadOnlyList<string> faults) : Exception(string.Join(Environment.NewLine, faults))
{
    /// <summary>One sentence each.</summary>
    public IReadOnlyList<string> Faults { get; } = faults;
}

/// <summary>The daemon's arguments, read but not yet judged.</summary>
/// <param name="Values">Configuration keys and values.</param>
/// <param name="ConfigFile">The settings file that was named; null: the usual one, if it is there.</param>
/// <param name="Faults">What was not understood.</param>
internal sealed record CommandLine(IReadOnlyDictionary<string, string?> Values, string? ConfigFile, IReadOnlyList<string> Faults)
{
    /// <summary>The settings file that is read if it is there.</summary>
    public const string UsualConfigFile = "/etc/edgebox/edgeboxd.json";

    private const string ConfigFlag = "--config";

    /// <summary>What <c>--help</c> prints.</summary>
    public static string Help
    {
        get
        {
            var text = new StringBuilder("""
                edgeboxd: the EdgeBox daemon. It owns the box's state and answers clients over gRPC.

                usage: edgeboxd [FLAG VALUE]...

                """);
            var rows = Setting.All.Select(s => ($"{s.Flag} {s.Value}", s.Help))
                .Append(($"{ConfigFlag} FILE", $"settings as JSON (default {UsualConfigFile}, if it is there); flags come first"))
                .Append(("--version", "print the version"))
                .Append(("--help", "print this"));
            foreach (var (flag, help) in rows)
            {
                text.AppendLine().Append(CultureInfo.InvariantCulture, $"  {flag,-32} {help}");
            }

            return text.AppendLine().ToString();
        }
    }

    /// <summary>Reads <c>--flag value</c> and <c>--flag=value</c>.</summary>
    public static CommandLine Parse(IReadOnlyList<string> arguments)
    {
        var values = new Dictionary<string, string?>(StringComparer.OrdinalIgnoreCase);
        var faults = new List<string>();
        string? config = null;
        for (var i = 0; i < arguments.Count; i++)
        {
            var (flag, value) = arguments[i].Split('=', 2) is [var name, var rest] ? (name, rest) : (arguments[i], null);
            var setting = Setting.All.FirstOrDefault(s => s.Flag == flag);
            if (setting is null && flag != ConfigFlag)
            {
                faults.Add($"{flag}: there is no such flag; see edgeboxd --help.");
                continue;
            }

            if (value is null && i + 1 < arguments.Count && !arguments[i + 1].StartsWith("--", StringComparison.Ordinal))
            {
                value = arguments[++i];
            }

            if (value is null)
            {
                faults.Add($"{flag}: its value is missing.");
            }
            else if (setting is null)
            {
                config = Path.GetFullPath(value);
            }
            else
            {
                Take(setting, value, values, faults);
            }
        }

        return new CommandLine(values, config, faults);
    }

    private static void Take(Setting setting, string value, Dictionary<string, string?> values, List<string> faults)
    {
        if (setting.FaultOf(value) is { } fault)
        {
            faults.Add($"{setting.Flag}: '{value}' {fault}.");
            return;
        }

        var key = setting.Key;
        if (setting.Kind == SettingKind.Texts)
        {
            key = setting.EntryKey(values.Keys.Count(setting.IsEntryOf));
        }

        values[key] = setting.Kind == SettingKind.Path ? Path.GetFullPath(value) : value;
    }
}
