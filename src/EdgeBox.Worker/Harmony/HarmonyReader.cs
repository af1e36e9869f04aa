using System.Runtime.InteropServices;
using EdgeBox.Worker.Chat;

namespace EdgeBox.Worker.Harmony;

/// <summary>Reads one harmony answer token by token, from the end of a prompt that ends in "&lt;|start|&gt;assistant".</summary>
/// <remarks>
/// It forgives: models leave out headers and terminators, repeat channels and write prose in headers. No text is lost but that
/// of headers, and nothing throws. Analysis is reasoning; every other channel is answer.
/// </remarks>
internal sealed class HarmonyReader(HarmonyTokens tokens) : IAnswerReader
{
    /// <summary>Longest header in bytes; more is taken for text.</summary>
    public const int MaxHeader = 256;

    private readonly List<byte> _header = [];
    private State _state = State.Role;
    private bool _afterPrompt = true;
    private bool _reasoning;

    private enum State
    {
        /// <summary>Before the channel of a message: role and recipient.</summary>
        Role,

        /// <summary>After the channel sign: channel, recipient, type of content.</summary>
        Channel,

        /// <summary>In the text of a message.</summary>
        Content,

        /// <summary>After the end of a message.</summary>
        Between,

        /// <summary>After the end of the answer.</summary>
        Done,
    }

    /// <inheritdoc/>
    public AnswerPlace Place => _state != State.Content ? AnswerPlace.Structure : _reasoning ? AnswerPlace.Reasoning : AnswerPlace.Answer;

    /// <inheritdoc/>
    public string? Tool => null;

    /// <inheritdoc/>
    public IReadOnlyList<int> CallEnds => [];

    /// <summary>Bytes of headers that were read and shown to nobody.</summary>
    public long HeaderBytes { get; private set; }

    /// <inheritdoc/>
    public bool MayFollow(int token, ReadOnlySpan<byte> piece) => true;

    /// <summary>Reads a token and the bytes that it shows.</summary>
    public void Read(int token, ReadOnlySpan<byte> piece, IAnswerSink sink)
    {
        if (token == tokens.Message)
        {
            BeginContent();
        }
        else if (token == tokens.Channel)
        {
            EndContent(sink);
            DropHeader();
            _state = State.Channel;
        }
        else if (token == tokens.Start)
        {
            EndContent(sink);
            DropHeader();
            (_state, _afterPrompt) = (State.Role, false);
        }
        else if (token == tokens.End)
        {
            Close(sink, State.Between);
        }
        else if (token == tokens.Return || token == tokens.Call)
        {
            Close(sink, State.Done);
        }
        else if (token != tokens.Constrain)
        {
            ReadText(piece, sink);
        }
        else if (_state == State.Channel)
        {
            // The words on both sides of the sign stay apart.
            _header.Add((byte)' ');
            HeaderBytes--;
        }
    }

    /// <summary>Ends the answer; a header whose text never came is text itself.</summary>
    public void Finish(IAnswerSink sink) => Close(sink, State.Done);

    private void ReadText(ReadOnlySpan<byte> piece, IAnswerSink sink)
    {
        switch (_state)
        {
            case State.Role or State.Channel:
                _header.AddRange(piece);
                if (_header.Count > MaxHeader || IsAnswerWithoutHeader())
                {
                    HeaderBecomesText(sink);
                    _state = State.Content;
                }

                break;
            case State.Between or State.Done:
                (_state, _reasoning) = (State.Content, false);
                sink.Text(piece, TextKind.Answer);
                break;
            default:
                sink.Text(piece, _reasoning ? TextKind.Reasoning : TextKind.Answer);
                break;
        }
    }

    /// <summary>Right after the prompt only a recipient may come before a channel.</summary>
    private bool IsAnswerWithoutHeader()
    {
        if (!_afterPrompt || _state != State.Role)
        {
            return false;
        }

        var text = CollectionsMarshal.AsSpan(_header).TrimStart(" \n"u8);
        return !(text.StartsWith("to="u8) || "to="u8.StartsWith(text));
    }

    private void BeginContent()
    {
        if (_state is State.Role or State.Channel)
        {
            _reasoning = _state == State.Channel && ChannelIsAnalysis(out _);
            DropHeader();
        }
        else if (_state != State.Content)
        {
            _reasoning = false;
        }

        (_state, _afterPrompt) = (State.Content, false);
    }

    private void Close(IAnswerSink sink, State next)
    {
        if (_state is State.Role or State.Channel)
        {
            HeaderBecomesText(sink);
            sink.EndMessage();
        }

        EndContent(sink);
        (_state, _afterPrompt) = (next, false);
    }

    private void EndContent(IAnswerSink sink)
    {
        if (_state == State.Content)
        {
            sink.EndMessage();
        }
    }

    /// <summary>No message sign came: what follows the channel's name is text.</summary>
    private void HeaderBecomesText(IAnswerSink sink)
    {
        var header = CollectionsMarshal.AsSpan(_header);
        var skip = 0;
        _reasoning = _state == State.Channel && ChannelIsAnalysis(out skip);
        if (_state == State.Role && !_afterPrompt && header.TrimStart((byte)' ').StartsWith("assistant"u8))
        {
            skip = header.IndexOf("assistant"u8) + "assistant".Length;
        }

        HeaderBytes += skip;
        sink.Text(header[skip..], _reasoning ? TextKind.Reasoning : TextKind.Answer);
        _header.Clear();
        _afterPrompt = false;
    }

    /// <summary>Finds the first word that is the name of a channel; tells how far it reaches if nothing comes before it.</summary>
    private bool ChannelIsAnalysis(out int end)
    {
        var header = CollectionsMarshal.AsSpan(_header);
        var at = 0;
        for (end = 0; at < header.Length;)
        {
            var start = header[at..].IndexOfAnyExcept(" \n\t"u8);
            if (start < 0)
            {
                return false;
            }

            start += at;
            var length = header[start..].IndexOfAny(" \n\t<"u8);
            var word = length < 0 ? header[start..] : header.Slice(start, length);
            if (word.SequenceEqual("analysis"u8) || word.SequenceEqual("final"u8) || word.SequenceEqual("commentary"u8))
            {
                end = at == 0 ? start + word.Length : 0;
                return word.SequenceEqual("analysis"u8);
            }

            at = start + Math.Max(1, word.Length);
        }

        return false;
    }

    private void DropHeader()
    {
        HeaderBytes += _header.Count;
        _header.Clear();
    }
}
