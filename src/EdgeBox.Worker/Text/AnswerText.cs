using System.Buffers;
using EdgeBox.Worker.Chat;
using EdgeBox.Worker.Harmony;
using EdgeBox.Worker.Llama;

namespace EdgeBox.Worker.Text;

/// <summary>Makes the text that a client is sent of the tokens that the model chose.</summary>
/// <param name="pieces">The bytes of the tokens.</param>
/// <param name="harmony">Reads the structure of the answer; null where the model has none.</param>
/// <param name="stops">Texts that end the answer; looked for in the answer and not in reasoning.</param>
/// <param name="emit">Takes text and whether it is reasoning.</param>
internal sealed class AnswerText(PieceTable pieces, HarmonyReader? harmony, IEnumerable<string> stops, Action<string, bool> emit) : IAnswerSink
{
    private readonly Utf8Assembler _characters = new();
    private readonly StopMatcher _stops = new(stops);
    private readonly ArrayBufferWriter<char> _decoded = new(64);
    private readonly ArrayBufferWriter<char> _released = new(64);
    private bool _reasoning;

    /// <summary>The stop text that came.</summary>
    public string? Stop => _stops.Matched;

    /// <summary>Whether the next token belongs to the answer, and not to reasoning or to the structure around it.</summary>
    public bool IsInAnswer => harmony is null || harmony.Place == AnswerPlace.Answer;

    /// <summary>Adds a token.</summary>
    /// <returns>Whether a stop text has come: what follows is not wanted.</returns>
    public bool Accept(int token)
    {
        if (harmony is null)
        {
            Text(pieces[token], TextKind.Answer);
        }
        else
        {
            harmony.Read(token, pieces[token], this);
        }

        return Stop is not null;
    }

    /// <summary>Ends the answer and sends what was held back.</summary>
    public void Finish()
    {
        harmony?.Finish(this);
        EndMessage();
    }

    public void Text(ReadOnlySpan<byte> bytes, TextKind kind)
    {
        var reasoning = kind == TextKind.Reasoning;
        if (bytes.IsEmpty || Stop is not null)
        {
            return;
        }

        if (reasoning != _reasoning)
        {
            EndMessage();
            _reasoning = reasoning;
        }

        _characters.Append(bytes, _decoded);
        Pass();
    }

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

    public void BeginCall(string tool)
    {
    }

    public void Arguments(ReadOnlySpan<byte> bytes) => Text(bytes, TextKind.Answer);

    public void EndCall() => EndMessage();

    public void Oddity(string name)
    {
    }

    private void Pass()
    {
        if (_reasoning)
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
            emit(text.WrittenSpan.ToString(), _reasoning);
            text.ResetWrittenCount();
        }
    }
}
