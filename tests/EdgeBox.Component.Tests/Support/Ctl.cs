using System.Text.Json;

namespace EdgeBox.Component.Tests.Support;

/// <summary>Runs the published edgeboxctl against a box.</summary>
internal static class Ctl
{
    /// <summary>Runs it over the Unix socket.</summary>
    public static Task<Ran> RunAsync(RunningBox box, params string[] arguments) => RunAsync(box, "", arguments);

    /// <inheritdoc cref="RunAsync(RunningBox, string[])" />
    public static Task<Ran> RunAsync(RunningBox box, string input, string[] arguments) =>
        Command.RunAsync([Product.Cli, "--endpoint", "unix:" + box.SocketPath, .. arguments], input, s_environment);

    /// <summary>Runs it with no endpoint given.</summary>
    public static Task<Ran> BareAsync(params string[] arguments) => Command.RunAsync([Product.Cli, .. arguments], "", s_environment);

    /// <summary>The one JSON document that it printed.</summary>
    public static JsonElement Document(Ran ran)
    {
        Assert.True(ran.Output.EndsWith('\n') && ran.Output.Count(c => c == '\n') == 1, ran.ToString());
        using var document = JsonDocument.Parse(ran.Output);
        return document.RootElement.Clone();
    }

    /// <summary>The JSON documents that it printed, one a line.</summary>
    public static IReadOnlyList<JsonElement> Documents(Ran ran) => [.. ran.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line =>
    {
        using var document = JsonDocument.Parse(line);
        return document.RootElement.Clone();
    })];

    // What the developer's own environment says must not decide what a test sees.
    private static readonly Dictionary<string, string> s_environment = new()
    {
        ["EDGEBOX_ENDPOINT"] = "", ["EDGEBOX_CREDENTIALS"] = "", ["NO_COLOR"] = "1", ["TERM"] = "xterm",
    };
}
