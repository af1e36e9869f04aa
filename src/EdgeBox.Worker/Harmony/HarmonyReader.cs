using EdgeBox.Worker.Chat;

namespace EdgeBox.Worker.Harmony;

/// <summary>Reads one harmony answer token by token, from the end of the prompt of its conversation.</summary>
/// <remarks>
/// It forgives: models leave out headers and signs, repeat channels and write prose in headers. No text is lost but that of headers,
/// which is counted, and nothing throws. What nobody is there to receive, such as a call of a tool that was not told, is reasoning.
/// </remarks>
internal sealed class HarmonyReader : IAnswerReader
{
    /// <summary>Longest part of a header in bytes; more is taken for text.</summary>
    public const int MaxHeader = 256;

    private readonly HarmonyTokens _tokens;
    private readonly HarmonyCalls _calls;
    private readonly HarmonyHeader _header = new();
    private State _state = State.Role;
    private HarmonyKind _kind;
    private string? _tool;
    private bool _callIsToBegin;
    private bool _answered;
    private bool _called;
    private bool _told;
    private bool _ended;

    /// <param name="tokens">The signs that the vocabulary has.</param>
    /// <param name="conversation">What is answered.</param>
    public HarmonyReader(HarmonyTokens tokens, Conversation conversation)
    {
        _tokens = tokens;
        _calls = new HarmonyCalls(conversation);

        // Where one tool is asked for, the turn ends with its call.
        int[] ends = conversation.CalledTool is not null && tokens.Call >= 0 ? [tokens.Call] : [tokens.End, tokens.Call];
        CallEnds = [.. ends.Where(token => token >= 0)];
        _header.Begin(afterPrompt: true);
        var opening = HarmonyOpening.Of(conversation);
        if (opening.IsFinal)
        {
            (_state, _kind) = (State.Content, HarmonyKind.Answer);
        }
        else if (opening.Tool is { } tool)
        {
            (_state, _kind, _tool, _callIsToBegin) = (State.Content, HarmonyKind.Call, tool, true);
        }
    }

    private enum State
    {
        /// <summary>Before the channel of a message: role and recipient.</summary>
        Role,

        /// <summary>Behind the channel's sign: channel, recipient, type of content.</summary>
        Channel,

        /// <summary>In the text of a message.</summary>
        Content,

        /// <summary>Behind the end of a message.</summary>
        Between,
    }

    public AnswerPlace Place => _state != State.Content ? AnswerPlace.Structure : _kind switch
    {
        HarmonyKind.Answer => AnswerPlace.Answer,
        HarmonyKind.Preamble => AnswerPlace.Preamble,
        HarmonyKind.Call => AnswerPlace.Call,
        _ => AnswerPlace.Reasoning,
    };

    public string? Tool => Place == AnswerPlace.Call ? _tool : null;

    public IReadOnlyList<int> CallEnds { get; }

    /// <summary>Bytes of headers that were read and shown to nobody.</summary>
    public long HeaderBytes { get; private set; }

    private bool IsInHeader => _state is State.Role or State.Channel;

    public bool MayFollow(int token, ReadOnlySpan<byte> piece)
    {
        var endsAnswer = token == _tokens.Return || token == _tokens.Call;
        var isSign = token == _tokens.Start || token == _tokens.Channel || token == _tokens.Message || token == _tokens.Constrain;
        switch (_state)
        {
            case State.Content when _kind is HarmonyKind.Answer or HarmonyKind.Call:
                // What holds for them says how they end, and nothing else begins in them.
                return false;
            case State.Content:
                // A thought may not end the whole before there was an answer or a call.
                return !isSign && (token == _tokens.End || (!endsAnswer && !piece.IsEmpty) || _answered || _called);
            case State.Between:
                return token == _tokens.Start ? !_answered : !isSign && token != _tokens.End && (endsAnswer || piece.IsEmpty) && (_answered || _called);
            case State.Role when token == _tokens.Channel:
            case State.Channel when token == _tokens.Message:
                return _calls.Grammar.IsComplete(_header);
            case State.Channel when token == _tokens.Constrain:
                return _calls.Grammar.MayTakeType(_header);
            default:
                return !isSign && !endsAnswer && token != _tokens.End && !piece.IsEmpty && _calls.Grammar.MayGrow(_header, piece);
        }
    }

    public void Read(int token, ReadOnlySpan<byte> piece, IAnswerSink sink)
    {
        BeginGivenCall(sink);
        if (token == _tokens.Message)
        {
            ReadMessage(sink);
        }
        else if (token == _tokens.Channel)
        {
            ReadChannel(sink);
        }
        else if (token == _tokens.Start)
        {
            ReadStart(sink);
        }
        else if (token == _tokens.End || token == _tokens.Return || token == _tokens.Call)
        {
            ReadEnd(token != _tokens.End, sink);
        }
        else if (token != _tokens.Constrain)
        {
            ReadText(piece, sink);
        }
        else if (IsInHeader)
        {
            _header.Break();
        }
        else
        {
            sink.Oddity(HarmonyOddities.StraySign);
        }
    }

    /// <summary>Ends the answer. Text whose header was never completed is told; a header that was cut is not text.</summary>
    public void Finish(IAnswerSink sink)
    {
        BeginGivenCall(sink);
        if (IsInHeader)
        {
            var skip = _header.TakeLeading();
            if (!_header.IsCut(skip))
            {
                TextBehindHeader(skip, HarmonyOddities.NoMessage, sink);
                Close(sink);
            }
        }
        else if (_state == State.Content)
        {
            Close(sink);
        }

        DropHeader();
        _state = State.Between;
        if (_ended && !_told)
        {
            sink.Oddity(HarmonyOddities.NoAnswer);
        }
    }

    private void ReadText(ReadOnlySpan<byte> piece, IAnswerSink sink)
    {
        if (_state == State.Content)
        {
            Tell(piece, sink);
            return;
        }

        _header.Append(piece);
        if (_state == State.Between)
        {
            // White space between messages is nobody's text.
            if (!_header.IsBlank || _header.Text.Length > MaxHeader)
            {
                HeaderBecomesText(HarmonyOddities.TextBetween, sink);
            }
        }
        else if (_state == State.Role && _header.AfterPrompt && !_header.MayBegin())
        {
            HeaderBecomesText(HarmonyOddities.NoHeader, sink);
        }
        else if (_header.Text.Length > MaxHeader)
        {
            HeaderBecomesText(HarmonyOddities.LongHeader, sink);
        }
    }

    private void ReadMessage(IAnswerSink sink)
    {
        switch (_state)
        {
            case State.Content:
                sink.Oddity(HarmonyOddities.StraySign);
                return;
            case State.Between:
                sink.Oddity(HarmonyOddities.NoHeader);
                Enter(HarmonyKind.Answer, sink);
                return;
            default:
                _header.TakeAll(_calls.Tools);
                Enter(Judged(channelIsDue: true, sink), sink);
                return;
        }
    }

    private void ReadChannel(IAnswerSink sink)
    {
        if (IsInHeader)
        {
            if (_state == State.Channel)
            {
                sink.Oddity(HarmonyOddities.RepeatedChannel);
            }

            _header.TakeAll(_calls.Tools);
            DropHeader();
            _header.BeginChannel(_calls.Tools);
        }
        else
        {
            sink.Oddity(_state == State.Content ? HarmonyOddities.NoEnd : HarmonyOddities.NoStart);
            Leave(sink);
            _header.Begin(afterPrompt: false, inChannel: true);
        }

        _state = State.Channel;
    }

    private void ReadStart(IAnswerSink sink)
    {
        if (_state == State.Content)
        {
            sink.Oddity(HarmonyOddities.NoEnd);
        }
        else if (IsInHeader)
        {
            CloseHeader(sink);
        }

        Leave(sink);
        _header.Begin(afterPrompt: false);
        _state = State.Role;
    }

    private void ReadEnd(bool endsAnswer, IAnswerSink sink)
    {
        if (IsInHeader)
        {
            CloseHeader(sink);
        }
        else if (_state == State.Between && !endsAnswer)
        {
            sink.Oddity(HarmonyOddities.StraySign);
        }

        Leave(sink);
        _state = State.Between;
        _ended |= endsAnswer;
    }

    /// <summary>A header ends without text: what stands in it besides the header's words is its text.</summary>
    private void CloseHeader(IAnswerSink sink)
    {
        if (_state == State.Role && _header.AfterPrompt && _header.IsBlank)
        {
            sink.Oddity(HarmonyOddities.StraySign);
            return;
        }

        HeaderBecomesText(HarmonyOddities.NoMessage, sink);
    }

    /// <summary>What was taken for a header is text, or the end of it is.</summary>
    private void HeaderBecomesText(string oddity, IAnswerSink sink) => TextBehindHeader(IsInHeader ? _header.TakeLeading() : 0, oddity, sink);

    private void TextBehindHeader(int skip, string oddity, IAnswerSink sink)
    {
        sink.Oddity(oddity);
        HeaderBytes += skip;
        Enter(IsInHeader ? Judged(channelIsDue: false, sink) : HarmonyKind.Answer, sink);
        Tell(_header.Text[skip..], sink);
        _header.Clear();
    }

    private HarmonyKind Judged(bool channelIsDue, IAnswerSink sink)
    {
        var kind = _calls.Judge(_header, channelIsDue, sink);
        _tool = kind == HarmonyKind.Call ? HarmonyHeader.ToolOf(_header.Recipient!) : null;
        return kind;
    }

    private void BeginGivenCall(IAnswerSink sink)
    {
        if (_callIsToBegin)
        {
            _callIsToBegin = false;
            Enter(HarmonyKind.Call, sink);
        }
    }

    private void Enter(HarmonyKind kind, IAnswerSink sink)
    {
        (_state, _kind) = (State.Content, kind);
        if (kind == HarmonyKind.Call)
        {
            sink.BeginCall(_tool!);
            _told = true;
        }
    }

    private void Tell(ReadOnlySpan<byte> text, IAnswerSink sink)
    {
        if (text.IsEmpty)
        {
            return;
        }

        if (_kind == HarmonyKind.Call)
        {
            sink.Arguments(text);
            return;
        }

        _told |= _kind == HarmonyKind.Answer;
        sink.Text(text, _kind switch
        {
            HarmonyKind.Answer => TextKind.Answer,
            HarmonyKind.Preamble => TextKind.Preamble,
            _ => TextKind.Reasoning,
        });
    }

    /// <summary>Ends the message whose text is read, if one is.</summary>
    private void Leave(IAnswerSink sink)
    {
        if (_state == State.Content)
        {
            Close(sink);
        }

        DropHeader();
    }

    private void Close(IAnswerSink sink)
    {
        _answered |= _kind == HarmonyKind.Answer;
        _called |= _kind == HarmonyKind.Call;
        if (_kind == HarmonyKind.Call)
        {
            sink.EndCall();
        }
        else
        {
            sink.EndMessage();
        }
    }

    private void DropHeader()
    {
        HeaderBytes += _header.Text.Length;
        _header.Clear();
    }
}
