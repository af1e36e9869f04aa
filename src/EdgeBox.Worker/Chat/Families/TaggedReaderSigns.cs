using System.Runtime.InteropServices;

namespace EdgeBox.Worker.Chat.Families;

/// <content>What signs and text do.</content>
internal sealed partial class TaggedReader
{
    // What a call that has no sign begins with, white space aside.
    private static readonly byte[][] s_bareBeginnings = ["{\"name\""u8.ToArray(), "{\"type\""u8.ToArray()];

    private void See(Tag sign, IAnswerSink sink)
    {
        if (sign == _table.ThinkOpen)
        {
            SeeThinkOpen(sign, sink);
        }
        else if (sign == _table.ThinkClose)
        {
            SeeThinkClose(sign, sink);
        }
        else if (sign == _table.CallOpen)
        {
            SeeCallOpen(sign, sink);
        }
        else if (sign == _table.CallClose)
        {
            SeeCallClose(sign, sink);
        }
        else if (_table.Ends.Contains(sign))
        {
            Close(sink);
        }
        else
        {
            if (sign == _table.Arguments && _state == State.Call && _tool is null)
            {
                var name = System.Text.Encoding.UTF8.GetString(CollectionsMarshal.AsSpan(_body)).Trim();
                var end = name.IndexOf('[', StringComparison.Ordinal);
                _tool = end < 0 ? name : name[..end];
            }

            Take(sign.Bytes, sink);
        }
    }

    private void SeeThinkOpen(Tag sign, IAnswerSink sink)
    {
        if (_state == State.Call)
        {
            Take(sign.Bytes, sink);
            return;
        }

        if (_state is not (State.Beginning or State.AfterCall))
        {
            sink.Oddity("thinking_out_of_place");
        }

        if (_state is not (State.Thinking or State.Over))
        {
            LeaveText(sink);
            _state = State.Thinking;
        }
    }

    private void SeeThinkClose(Tag sign, IAnswerSink sink)
    {
        if (_state == State.Call && _isInThinking)
        {
            EndCall(isClosed: false, sink, unfinished: true);
            if (_state == State.AfterCall)
            {
                // The call has ended the thinking already.
                return;
            }
        }

        if (_state == State.Call)
        {
            Take(sign.Bytes, sink);
        }
        else if (_state is State.Thinking or State.Beginning)
        {
            LeaveText(sink);
            _state = State.Lead;
        }
        else
        {
            sink.Oddity("thinking_out_of_place");
        }
    }

    private void SeeCallOpen(Tag sign, IAnswerSink sink)
    {
        if (!_callsWanted || _state == State.Over)
        {
            sink.Oddity("call_not_wanted");
            Take(sign.Bytes, sink);
            return;
        }

        if (_state == State.Call)
        {
            EndCall(isClosed: _table.CallClose is null, sink, unfinished: false);
        }

        var inThinking = _state == State.Thinking;
        if (!inThinking)
        {
            LeaveText(sink);
        }

        BeginCall(isBare: false, inThinking);
    }

    private void SeeCallClose(Tag sign, IAnswerSink sink)
    {
        if (_state == State.Call)
        {
            EndCall(isClosed: true, sink, unfinished: false);
        }
        else if (!_callsWanted)
        {
            Take(sign.Bytes, sink);
        }
        else
        {
            sink.Oddity("call_out_of_place");
        }
    }

    private void Close(IAnswerSink sink)
    {
        if (_state == State.Call)
        {
            EndCall(isClosed: _table.CallClose is null, sink, unfinished: true);
        }

        if (_state == State.Answer)
        {
            Emit(CollectionsMarshal.AsSpan(_blanks), TextKind.Answer, sink);
        }

        _blanks.Clear();
        EndMessage(sink);
        _state = State.Over;
    }

    /// <summary>White space at the end of what was said before a sign is nobody's.</summary>
    private void LeaveText(IAnswerSink sink)
    {
        _blanks.Clear();
        EndMessage(sink);
    }

    /// <summary>Takes text in which there is no sign.</summary>
    private void Take(ReadOnlySpan<byte> text, IAnswerSink sink)
    {
        if (text.IsEmpty)
        {
            return;
        }

        switch (_state)
        {
            case State.Call:
                TakeCall(text, sink);
                break;
            case State.Thinking:
                Tell(_messageOpen ? text : text.TrimStart((byte)'\n'), TextKind.Reasoning, sink);
                break;
            case State.Answer:
                Tell(text, TextKind.Answer, sink);
                break;
            case State.Over:
                sink.Oddity("text_after_end");
                Emit(text, TextKind.Answer, sink);
                break;
            default:
                TakeFirst(text, sink);
                break;
        }
    }

    /// <summary>Before the answer: white space, and what it begins with.</summary>
    private void TakeFirst(ReadOnlySpan<byte> text, IAnswerSink sink)
    {
        var blanks = 0;
        while (blanks < text.Length && IsBlank(text[blanks]) && _blanks.Count + blanks < MostBlanks)
        {
            blanks++;
        }

        _blanks.AddRange(text[..blanks]);
        text = text[blanks..];
        if (text.IsEmpty)
        {
            return;
        }

        if (_opening.Length > 0 && _callsWanted && text[0] == (byte)'{' && _state != State.AfterCall)
        {
            BeginCall(isBare: true, inThinking: false);
            TakeCall(text, sink);
            return;
        }

        if (_state == State.Beginning)
        {
            Emit(CollectionsMarshal.AsSpan(_blanks), TextKind.Answer, sink);
        }

        _blanks.Clear();
        _state = State.Answer;
        Tell(text, TextKind.Answer, sink);
    }

    /// <summary>Tells text, but keeps newlines at its end back: a sign that follows takes them away.</summary>
    private void Tell(ReadOnlySpan<byte> text, TextKind kind, IAnswerSink sink)
    {
        var said = text.TrimEnd((byte)'\n');
        if (!said.IsEmpty || _blanks.Count + text.Length > MostBlanks)
        {
            Emit(CollectionsMarshal.AsSpan(_blanks), kind, sink);
            _blanks.Clear();
            Emit(said, kind, sink);
        }

        _blanks.AddRange(text[said.Length..]);
    }

    private void BeginCall(bool isBare, bool inThinking)
    {
        _body.Clear();
        if (!inThinking)
        {
            _blanks.Clear();
        }

        (_state, _isBare, _isInThinking, _isAligned, _tool) = (State.Call, isBare, inThinking, false, null);
    }

    private void TakeCall(ReadOnlySpan<byte> text, IAnswerSink sink)
    {
        _body.AddRange(text);
        if (_body.Count > MaxCall)
        {
            sink.Oddity("call_too_long");
            BecomeText(isClosed: false, sink);
        }
        else if (_isBare && !_isAligned && !MayBeBare())
        {
            BecomeText(isClosed: false, sink);
        }
    }

    private bool MayBeBare()
    {
        Span<byte> look = stackalloc byte[7];
        var length = 0;
        foreach (var value in CollectionsMarshal.AsSpan(_body))
        {
            if (!IsBlank(value))
            {
                look[length++] = value;
                if (length == look.Length)
                {
                    break;
                }
            }
        }

        ReadOnlySpan<byte> seen = look[..length];
        return s_bareBeginnings[0].AsSpan().StartsWith(seen) || s_bareBeginnings[1].AsSpan().StartsWith(seen);
    }

    private void EndCall(bool isClosed, IAnswerSink sink, bool unfinished)
    {
        if (_table.Calls!.Parse([.. _body], _conversation.Tools) is not { } calls)
        {
            if (!_isBare)
            {
                sink.Oddity(unfinished ? "call_unfinished" : "call_malformed");
            }

            BecomeText(isClosed, sink);
            return;
        }

        if (!isClosed)
        {
            sink.Oddity("call_not_closed");
        }

        if (_isInThinking)
        {
            sink.Oddity("call_in_thinking");
            LeaveText(sink);
        }

        foreach (var call in calls)
        {
            if (_conversation.Tools.All(tool => tool.Name != call.Tool))
            {
                sink.Oddity("tool_unknown");
            }

            sink.BeginCall(call.Tool);
            sink.Arguments(call.Arguments);
            sink.EndCall();
            _calls++;
        }

        _body.Clear();
        (_state, _isInThinking, _tool) = (State.AfterCall, false, null);
    }

    /// <summary>What was taken for a call is told as the text that it is.</summary>
    private void BecomeText(bool isClosed, IAnswerSink sink)
    {
        byte[] text = [.. _isBare ? [] : _table.CallOpen!.Bytes, .. _body, .. isClosed && _table.CallClose is { } close ? close.Bytes : []];
        _body.Clear();
        (_state, _tool) = (_isInThinking ? State.Thinking : State.Answer, null);
        _isInThinking = false;
        Take(text, sink);
    }
}
