using System.CommandLine;
using EdgeBox.Cli.Connection;
using EdgeBox.Cli.Terminal;
using Google.Protobuf;
using Grpc.Core;

namespace EdgeBox.Cli.Commands;

/// <summary>One run of a command: what it was told, where it writes, and the box it asks.</summary>
internal sealed class Session(Shell shell, ParseResult parse, GlobalOptions options, Interrupts interrupts) : IDisposable
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(30);

    private BoxChannel? _channel;
    private DateTime? _deadline;

    /// <summary>The outside.</summary>
    public Shell Shell { get; } = shell;

    /// <summary>The command line.</summary>
    public ParseResult Parse { get; } = parse;

    /// <summary>Whether a program reads the output.</summary>
    public bool Json { get; } = options.Json(parse);

    /// <summary>Ctrl-C.</summary>
    public Interrupts Interrupts { get; } = interrupts;

    /// <summary>The channel to the box, opened when first asked for.</summary>
    public BoxChannel Channel => _channel ??= options.Open(Parse, Shell);

    /// <summary>Whether the time of the last call is over: whatever its failure is called then, that is why.</summary>
    public bool OutOfTime => _deadline is { } deadline && Shell.Time.GetUtcNow().UtcDateTime >= deadline;

    /// <summary>How a call that the box answers at once is made.</summary>
    public CallOptions Quick => Call(s_patience);

    /// <summary>How a call that takes as long as the work does is made.</summary>
    public CallOptions Long => Call(null);

    /// <summary>Writes a message as a JSON document on a line of its own, and pushes it out.</summary>
    public void WriteJson(IMessage message) => WriteJson(Rendering.Json.Of(message));

    /// <summary>Writes a JSON document on a line of its own, and pushes it out.</summary>
    public void WriteJson(string document)
    {
        Shell.Output.Write(document);
        Shell.Output.Write('\n');
        Shell.Output.Flush();
    }

    /// <summary>Writes a sentence for people to standard output.</summary>
    public void Say(string text) => Shell.Output.Write(TerminalText.Clean(text) + "\n");

    /// <summary>Writes a sentence for people to standard error.</summary>
    public void Note(string text)
    {
        Shell.Error.Write(TerminalText.Clean(text) + "\n");
        Shell.Error.Flush();
    }

    /// <inheritdoc />
    public void Dispose() => _channel?.Dispose();

    private CallOptions Call(TimeSpan? patience)
    {
        var limit = options.Timeout(Parse) ?? patience;
        _deadline = limit is { } time ? (Shell.Time.GetUtcNow() + time).UtcDateTime : null;
        return new CallOptions(deadline: _deadline, cancellationToken: Interrupts.Token);
    }
}
