using System.Globalization;

namespace EdgeBox.Worker.Hosting;

/// <summary>What the worker was started with.</summary>
internal sealed record CommandLine(string Packs, int Channel)
{
    public const string Usage = "usage: edgebox-worker --pack DIR [--channel FD]\nEdgeBox's daemon starts it; it serves one model over an inherited stream socket.";

    /// <summary>Reads the arguments; null if they are wrong.</summary>
    public static CommandLine? Parse(ReadOnlySpan<string> arguments)
    {
        string? packs = null;
        var channel = 3;
        for (; arguments.Length >= 2; arguments = arguments[2..])
        {
            switch (arguments[0])
            {
                case "--pack":
                    packs = Path.GetFullPath(arguments[1]);
                    break;
                case "--channel" when int.TryParse(arguments[1], NumberStyles.None, CultureInfo.InvariantCulture, out channel):
                    break;
                default:
                    return null;
            }
        }

        return arguments.IsEmpty && packs is not null ? new CommandLine(packs, channel) : null;
    }
}
