using System.Runtime.InteropServices;

namespace EdgeBox.Worker.Chat.Families;

/// <summary>Reads an answer whose thinking and calls stand between signs: as tokens where the vocabulary has them, else as text.</summary>
/// <remarks>
/// It forgives. A call that is not well-formed is told as text with an oddity; text where none belongs is an answer. White space around
/// thinking and calls is left out.
/// </remarks>
internal sealed partial class TaggedReader : IAnswerReader
{
    /// <summary>The longest call in bytes; more is taken for text.</summary>
    public const int MaxCall = 1 << 20;

    private const int MostBlanks = 64;

    private readonly ReaderTable _table;
    private readonly Conversation _conversation;
    private readonly Dictionary<int, Tag> _signs = [];
    private readonly Tag[] _spelt;
    private readonly Func<int, bool> _endsGeneration;
    private readonly byte[] _opening;
    private readonly bool _callsWanted;

    /// <summary>The names of the tools that may be called.</summary>
    private readonly byte[][] _names;
    private readonly List<byte> _held = [];
    private readonly List<byte> _blanks = [];
    private readonly List<byte> _body = [];
    private State _state;
    private bool _messageOpen;
    private int _calls;

    /// <summary>Whether nothing but the look of what was read makes it a call.</summary>
    private bool _isBare;
    private bool _isInThinking;

    /// <summary>Whether a token ended exactly where the body of a call begins.</summary>
    private bool _isAligned;
    private string? _tool;

    public TaggedReader(ReaderTable table, Conversation conversation, ReaderStart start, Func<int, bool> endsGeneration)
    {
        (_table, _conversation, _endsGeneration) = (table, conversation, endsGeneration);
        _opening = System.Text.Encoding.UTF8.GetBytes(table.Calls?.Opening ?? "");
        _callsWanted = table.Calls is not null && conversation.Tools.Count > 0 && conversation.CallMode != V1.CallMode.None;
        Tag?[] tags = [table.ThinkOpen, table.ThinkClose, table.CallOpen, table.CallClose];
        _spelt = [.. tags.OfType<Tag>().Where(tag => tag.Token < 0)];
        foreach (var tag in (IEnumerable<Tag?>)[.. tags, table.Arguments, .. table.Inner, .. table.Ends])
        {
            if (tag is { Token: >= 0 })
            {
                _signs.TryAdd(tag.Token, tag);
            }
        }

        _names = [.. conversation.Tools.Where(t => conversation.CalledTool is null || conversation.CalledTool == t.Name).Select(t => System.Text.Encoding.UTF8.GetBytes(t.Name))];
        CallEnds = table.CallClose is { Token: >= 0 } close ? [close.Token] : [];
        _state = start switch
        {
            ReaderStart.Thinking => State.Thinking,
            ReaderStart.Answer => State.Lead,
            ReaderStart.Call => State.Call,
            _ => State.Beginning,
        };
        if (_state == State.Call)
        {
            _body.AddRange(_opening);
            (_isAligned, _isBare) = (true, _opening.Length > 0);
        }
    }

    private enum State
    {
        Beginning,

        /// <summary>Behind thinking, before the answer.</summary>
        Lead,
        Thinking,
        Answer,
        Call,
        AfterCall,
        Over,
    }

    public AnswerPlace Place => _state switch
    {
        State.Thinking => AnswerPlace.Reasoning,
        State.Answer => AnswerPlace.Answer,
        State.Beginning or State.Lead => IsCallDue ? AnswerPlace.Structure : AnswerPlace.Answer,
        State.Call when _isInThinking => AnswerPlace.Reasoning,
        State.Call when _isAligned && (_table.Arguments is null || _tool is not null) => AnswerPlace.Call,
        _ => AnswerPlace.Structure,
    };

    public string? Tool => _state == State.Call ? _tool : null;

    public IReadOnlyList<int> CallEnds { get; }

    /// <inheritdoc/>
    public bool IsOver => _state == State.Over;

    private bool IsCallDue => _callsWanted && _conversation.CallMode == V1.CallMode.Required && _calls == 0;

    public void Read(int token, ReadOnlySpan<byte> piece, IAnswerSink sink)
    {
        if (_signs.TryGetValue(token, out var sign))
        {
            Flush(sink);
            See(sign, sink);
        }
        else
        {
            ReadText(piece, sink);
        }

        if (_state == State.Call && !_isAligned)
        {
            var body = CollectionsMarshal.AsSpan(_body);
            _isAligned = _opening.Length > 0 ? body.SequenceEqual(_opening) : body.Trim(" \n"u8).IsEmpty;
        }
    }

    public void Finish(IAnswerSink sink)
    {
        Flush(sink);
        if (_state == State.Call)
        {
            EndCall(isClosed: _table.CallClose is null, sink, unfinished: true);
        }

        if (_state is State.Answer or State.Beginning)
        {
            Emit(CollectionsMarshal.AsSpan(_blanks), TextKind.Answer, sink);
        }

        _blanks.Clear();
        EndMessage(sink);
    }

    private static bool IsBlank(byte value) => value is (byte)' ' or (byte)'\n' or (byte)'\r' or (byte)'\t';

    /// <summary>Signs that are spelt, and whose text would be one now.</summary>
    private bool IsSpelt(Tag tag) => tag.Token < 0 && (tag == _table.ThinkClose ? _state == State.Thinking
        : tag == _table.ThinkOpen ? _state is State.Beginning or State.AfterCall
        : tag == _table.CallOpen ? _callsWanted && _state is State.Beginning or State.Lead or State.Answer or State.AfterCall
        : tag == _table.CallClose && _state == State.Call);

    private void ReadText(ReadOnlySpan<byte> piece, IAnswerSink sink)
    {
        if (_spelt.Length == 0)
        {
            Take(piece, sink);
            return;
        }

        _held.AddRange(piece);
        while (_held.Count > 0)
        {
            Tag? first = null;
            var at = int.MaxValue;
            var keep = 0;
            var held = CollectionsMarshal.AsSpan(_held);
            foreach (var tag in _spelt)
            {
                if (!IsSpelt(tag))
                {
                    continue;
                }

                var found = held.IndexOf(tag.Bytes);
                if (found >= 0 && found < at)
                {
                    (first, at) = (tag, found);
                }

                keep = Math.Max(keep, Beginning(held, tag.Bytes));
            }

            var text = _held.GetRange(0, first is null ? _held.Count - keep : at).ToArray();
            _held.RemoveRange(0, text.Length);
            var before = _state;
            Take(text, sink);
            if (first is null)
            {
                break;
            }

            // What came before may have changed what the sign is: then it is looked for anew.
            if (before == _state || IsSpelt(first))
            {
                _held.RemoveRange(0, first.Bytes.Length);
                See(first, sink);
            }
        }
    }

    /// <summary>How many bytes at the end of a text may be the beginning of a sign.</summary>
    private static int Beginning(ReadOnlySpan<byte> text, ReadOnlySpan<byte> sign)
    {
        for (var length = Math.Min(text.Length, sign.Length - 1); length > 0; length--)
        {
            if (text[^length..].SequenceEqual(sign[..length]))
            {
                return length;
            }
        }

        return 0;
    }

    private void Flush(IAnswerSink sink)
    {
        if (_held.Count == 0)
        {
            return;
        }

        byte[] text = [.. _held];
        _held.Clear();
        Take(text, sink);
    }

    private void EndMessage(IAnswerSink sink)
    {
        if (_messageOpen)
        {
            sink.EndMessage();
            _messageOpen = false;
        }
    }

    private void Emit(ReadOnlySpan<byte> bytes, TextKind kind, IAnswerSink sink)
    {
        if (!bytes.IsEmpty)
        {
            sink.Text(bytes, kind);
            _messageOpen = true;
        }
    }
}
