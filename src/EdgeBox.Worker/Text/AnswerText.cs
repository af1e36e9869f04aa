using System.Buffers;
using EdgeBox.Worker.Chat;
using EdgeBox.Worker.Llama;

namespace EdgeBox.Worker.Text;

/// <summary>Takes an answer as the client is told it.</summary>
internal interface IAnswerOutput
{
    /// <summary>More text, in whole characters.</summary>
    void Text(string text, TextKind kind);

    /// <summary>More of a call.</summary>
    /// <param name="index">Which call of the answer, from 0.</param>
    /// <param name="tool">The tool in the first piece; else null.</param>
    /// <param name="arguments">More of the arguments, in whole characters.</param>
    void Call(int index, string? tool, string arguments);
}

/// <summary>Makes what a client is told of the tokens that the model chose.</summary>
/// <param name="pieces">The bytes of the tokens.</param>
/// <param name="reader">Reads the structure of the answer; null where it has none.</param>
/// <param name="stops">Texts that end the answer; looked for in the answer alone.</param>
/// <param name="output">Takes what is told.</param>
internal sealed class AnswerText(PieceTable pieces, IAnswerReader? reader, IEnumerable<string> stops, IAnswerOutput output) : IAnswerSink
{
    private readonly Utf8Assembler _characters = new();
    private readonly StopMatcher _stops = new(stops);
    private readonly ArrayBufferWriter<char> _decoded = new(64);
    private readonly ArrayBufferWriter<char> _released = new(64);
    private readonly Dictionary<string, uint> _oddities = new(StringComparer.Ordinal);
    private TextKind _kind;
    private string? _begun;

    /// <summary>The stop text that came.</summary>
    public string? Stop => _stops.Matched;

    /// <summary>How many calls the answer has so far.</summary>
    public int Calls { get; private set; }

    /// <summary>What was read though it is against the format, and how often.</summary>
    public IReadOnlyDictionary<string, uint> Oddities => _oddities;

    /// <summary>Where the next token stands.</summary>
    public AnswerPlace Place => reader?.Place ?? AnswerPlace.Answer;

    /// <summary>Whether the model's own sign for the end of the answer came, which need not end generation.</summary>
    public bool IsOver => reader is { IsOver: true };

    /// <summary>Adds a token.</summary>
    /// <returns>Whether a stop text has come: what follows is not wanted.</returns>
    public bool Accept(int token)
    {
        if (reader is null)
        {
            Text(pieces[token], TextKind.Answer);
        }
        else
        {
            reader.Read(token, pieces[token], this);
        }

        return Stop is not null;
    }

    /// <summary>Ends the answer and tells what was held back.</summary>
    public void Finish()
    {
        reader?.Finish(this);
        EndMessage();
    }

    /// <inheritdoc/>
    public void Text(ReadOnlySpan<byte> bytes, TextKind kind)
    {
        if (bytes.IsEmpty || Stop is not null)
        {
            return;
        }

        if (kind != _kind)
        {
            EndMessage();
            _kind = kind;
        }

        _characters.Append(bytes, _decoded);
        Pass();
    }

    /// <inheritdoc/>
    public void EndMessage()
    {
        if (Stop is not null)
        {
            return;
        }

        _characters.Finish(_decoded);
        Pass();
        _stops.Finish(_released);
        Emit(_released);
    }

    /// <inheritdoc/>
    public void BeginCall(string tool)
    {
        EndMessage();
        if (Stop is null)
        {
            _begun = tool;
            output.Call(Calls, tool, "");
        }
    }

    /// <inheritdoc/>
    public void Arguments(ReadOnlySpan<byte> bytes)
    {
        if (_begun is not null)
        {
            _characters.Append(bytes, _decoded);
            EmitArguments();
        }
    }

    /// <inheritdoc/>
    public void EndCall()
    {
        if (_begun is not null)
        {
            _characters.Finish(_decoded);
            EmitArguments();
            _begun = null;
            Calls++;
        }
    }

    /// <inheritdoc/>
    public void Oddity(string name) => _oddities[name] = _oddities.GetValueOrDefault(name) + 1;

    private void Pass()
    {
        if (_kind != TextKind.Answer)
        {
            Emit(_decoded);
            return;
        }

        _stops.Append(_decoded.WrittenSpan, _released);
        _decoded.ResetWrittenCount();
        Emit(_released);
    }

    private void Emit(ArrayBufferWriter<char> text)
    {
        if (text.WrittenCount > 0)
        {
            output.Text(text.WrittenSpan.ToString(), _kind);
            text.ResetWrittenCount();
        }
    }

    private void EmitArguments()
    {
        if (_decoded.WrittenCount > 0)
        {
            output.Call(Calls, tool: null, _decoded.WrittenSpan.ToString());
            _decoded.ResetWrittenCount();
        }
    }
}
