using System.Text;
using Microsoft.Win32.SafeHandles;

namespace EdgeBox.Cli.Terminal;

/// <summary>Everything that a command touches outside itself: streams, terminal, environment, clock.</summary>
internal sealed class Shell : IDisposable
{
    /// <summary>Wide enough that a table in a pipe is never wrapped.</summary>
    public const int UnlimitedWidth = 100_000;

    /// <summary>Standard input, as bytes.</summary>
    public required Stream Input { get; init; }

    /// <summary>Standard output: answers, and with --json nothing but JSON.</summary>
    public required TextWriter Output { get; init; }

    /// <summary>Standard error: errors, progress and figures.</summary>
    public required TextWriter Error { get; init; }

    /// <summary>Whether a person types standard input.</summary>
    public bool InputIsTerminal { get; init; }

    /// <summary>Whether a person reads standard output.</summary>
    public bool OutputIsTerminal { get; init; }

    /// <summary>Whether a person reads standard error.</summary>
    public bool ErrorIsTerminal { get; init; }

    /// <summary>Columns of the terminal.</summary>
    public int Width => field > 0 ? field : field = MeasureWidth();

    /// <summary>Measures the terminal; asked once, and only by what needs it, for asking changes the terminal's state.</summary>
    public Func<int> MeasureWidth { get; init; } = () => UnlimitedWidth;

    /// <summary>Whether standard output takes colours: a terminal that is not dumb, and no NO_COLOR.</summary>
    public bool Color { get; init; }

    /// <summary>Whether Ctrl-C reaches this program as a signal.</summary>
    public bool TakesSignals { get; init; }

    /// <summary>Reads an environment variable.</summary>
    public required Func<string, string?> Environment { get; init; }

    /// <summary>The directory that relative paths start from.</summary>
    public required string Directory { get; init; }

    /// <summary>Times answers.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;

    /// <summary>Reads one key press from the terminal.</summary>
    public Func<ConsoleKeyInfo>? ReadKey { get; init; }

    /// <summary>The shell that this process was started from.</summary>
    public static Shell OfProcess()
    {
        var outputIsTerminal = !Console.IsOutputRedirected;
        var term = System.Environment.GetEnvironmentVariable("TERM");
        var noColor = System.Environment.GetEnvironmentVariable("NO_COLOR");
        return new Shell
        {
            Input = Console.OpenStandardInput(),
            Output = Writer(1, Console.OpenStandardOutput),
            Error = Writer(2, Console.OpenStandardError),
            InputIsTerminal = !Console.IsInputRedirected,
            OutputIsTerminal = outputIsTerminal,
            ErrorIsTerminal = !Console.IsErrorRedirected,
            MeasureWidth = outputIsTerminal ? TerminalWidth : () => UnlimitedWidth,
            Color = outputIsTerminal && string.IsNullOrEmpty(noColor) && term is not (null or "" or "dumb"),
            TakesSignals = true,
            Environment = System.Environment.GetEnvironmentVariable,
            Directory = System.Environment.CurrentDirectory,
            ReadKey = () => Console.ReadKey(intercept: true),
        };
    }

    /// <inheritdoc />
    public void Dispose()
    {
        try
        {
            Output.Flush();
            Error.Flush();
        }
        catch (IOException)
        {
            // Nobody reads any more; the exit code was settled when the first write failed.
        }
    }

    private static int TerminalWidth()
    {
        try
        {
            return Math.Max(20, Console.WindowWidth);
        }
        catch (IOException)
        {
            return 80;
        }
    }

    // The runtime's console stream swallows a broken pipe, and an answer would be generated for nobody. A plain
    // descriptor reports it. A file that may be shared with another descriptor needs the kernel's own position, so
    // only pipes and terminals take this way.
    private static StreamWriter Writer(int descriptor, Func<Stream> console)
    {
        Stream? stream = null;
        try
        {
            var plain = new FileStream(new SafeFileHandle(descriptor, ownsHandle: false), FileAccess.Write, bufferSize: 0);
            stream = plain.CanSeek ? null : plain;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException)
        {
            // A closed descriptor: the console stream discards what is written.
        }
        return new StreamWriter(stream ?? console(), new UTF8Encoding(false), bufferSize: 4096, leaveOpen: true);
    }
}
