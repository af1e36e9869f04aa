using System.Runtime.InteropServices;

namespace EdgeBox.Worker.Chat.Families;

/// <content>What may come where the form of an answer is enforced.</content>
internal sealed partial class TaggedReader
{
    private const int MostNewlines = 2;
    private const int LongestId = 9;

    public bool MayFollow(int token, ReadOnlySpan<byte> piece) => _state switch
    {
        State.Beginning => Begins(_table.ThinkOpen, token, piece) || BeginsCall(token, piece),
        State.Lead => BeginsCall(token, piece) || IsBreak(piece),
        State.AfterCall => BeginsCall(token, piece) || IsBreak(piece) || Ends(token),
        State.Call => MayFollowInCall(token, piece),
        State.Over => Ends(token),
        State.Answer => false,
        _ => true,
    };

    private bool Ends(int token) => _held.Count == 0 && (_endsGeneration(token) || (_signs.TryGetValue(token, out var sign) && _table.Ends.Contains(sign)));

    private bool IsBreak(ReadOnlySpan<byte> piece) =>
        _held.Count == 0 && !piece.IsEmpty && _blanks.Count + piece.Length <= MostNewlines && piece.Trim((byte)'\n').IsEmpty;

    private bool BeginsCall(int token, ReadOnlySpan<byte> piece) =>
        _callsWanted && (_opening.Length > 0 ? _state != State.AfterCall && GoesOn(_opening, [], piece) : Begins(_table.CallOpen, token, piece));

    private bool Begins(Tag? tag, int token, ReadOnlySpan<byte> piece) =>
        tag is not null && (tag.Token >= 0 ? token == tag.Token : GoesOn(tag.Bytes, CollectionsMarshal.AsSpan(_held), piece));

    private bool MayFollowInCall(int token, ReadOnlySpan<byte> piece)
    {
        var body = CollectionsMarshal.AsSpan(_body);
        if (_isInThinking || Place == AnswerPlace.Call)
        {
            return true;
        }

        if (_table.Arguments is not null)
        {
            return MayFollowInName(token, body, piece);
        }

        // A token reached over the beginning of the call: no rule holds for the rest of it.
        return _opening.Length == 0 || !_opening.AsSpan().StartsWith(body) || GoesOn(_opening, body, piece);
    }

    private bool MayFollowInName(int token, ReadOnlySpan<byte> body, ReadOnlySpan<byte> piece)
    {
        var id = body.IndexOf(NamedCallForm.IdSignBytes);
        if (id >= 0)
        {
            var length = body.Length - id - NamedCallForm.IdSignBytes.Length;
            return length == LongestId ? Is(_table.Arguments, token)
                : length + piece.Length <= LongestId && piece.Length > 0 && !piece.ContainsAnyExcept(NamedCallForm.IdBytes);
        }

        var isWhole = false;
        foreach (var name in _names)
        {
            if (GoesOn(name, body, piece))
            {
                return true;
            }

            isWhole |= body.SequenceEqual(name);
        }

        return isWhole && (Is(_table.Arguments, token) || (_table.Inner.Count > 0 && Is(_table.Inner[0], token)));

        static bool Is(Tag? tag, int token) => tag is { Token: >= 0 } && tag.Token == token;
    }

    /// <summary>Whether a piece goes on from what was read towards a whole text, and not beyond it.</summary>
    private static bool GoesOn(ReadOnlySpan<byte> whole, ReadOnlySpan<byte> read, ReadOnlySpan<byte> piece) =>
        !piece.IsEmpty && read.Length + piece.Length <= whole.Length && whole.StartsWith(read) && whole[read.Length..].StartsWith(piece);
}
