using System.Runtime.InteropServices;
using System.Text;

namespace EdgeBox.Worker.Harmony;

/// <summary>A channel that a header names.</summary>
internal enum HarmonyChannel
{
    None,
    Analysis,
    Commentary,
    Final,
}

/// <summary>The header of a message while it is read: the text of its present part, and what the words of the parts before said.</summary>
/// <remarks>A part is what stands before the channel's sign, the role, and each stretch behind one. The sign before a type of content parts words.</remarks>
internal sealed class HarmonyHeader
{
    private const string White = " \n\r\t";

    private readonly List<byte> _text = [];
    private readonly List<int> _breaks = [];

    /// <summary>Whether the prompt ended with the role of the message.</summary>
    public bool AfterPrompt { get; private set; }

    /// <summary>Whether the channel's sign has come.</summary>
    public bool InChannel { get; private set; }

    public HarmonyChannel Channel { get; private set; }

    /// <summary>To whom the message is, as it stands there.</summary>
    public string? Recipient { get; private set; }

    /// <summary>Whether the recipient stands there without what marks one.</summary>
    public bool IsBareRecipient { get; private set; }

    /// <summary>Whether somebody else than the model speaks.</summary>
    public bool IsForeign { get; private set; }

    /// <summary>Whether there are words that mean nothing.</summary>
    public bool HasWords { get; private set; }

    /// <summary>The text of the present part.</summary>
    public ReadOnlySpan<byte> Text => CollectionsMarshal.AsSpan(_text);

    /// <summary>Where in the text the sign of a type of content stood.</summary>
    public IReadOnlyList<int> Breaks => _breaks;

    public bool IsBlank => Text.IndexOfAnyExcept(" \n\r\t"u8) < 0;

    private static ReadOnlySpan<byte> Assistant => "assistant"u8;

    /// <summary>Begins the header of another message; the text of the one before is cleared.</summary>
    public void Begin(bool afterPrompt, bool inChannel = false)
    {
        (AfterPrompt, InChannel, Channel, Recipient) = (afterPrompt, inChannel, HarmonyChannel.None, null);
        (IsBareRecipient, IsForeign, HasWords) = (false, false, false);
    }

    public void Append(ReadOnlySpan<byte> piece) => _text.AddRange(piece);

    /// <summary>The sign of a type of content came.</summary>
    public void Break()
    {
        if (_breaks.Count == 0 || _breaks[^1] != _text.Count)
        {
            _breaks.Add(_text.Count);
        }
    }

    /// <summary>Forgets the text of the present part.</summary>
    public void Clear()
    {
        _text.Clear();
        _breaks.Clear();
    }

    /// <summary>Begins a part behind the sign of a channel. What an earlier one said counts no more, but for whom a call is; its text is cleared.</summary>
    public void BeginChannel(IReadOnlySet<string> tools)
    {
        if (InChannel && Recipient is { } to && !tools.Contains(ToolOf(to)))
        {
            Recipient = null;
        }

        (InChannel, Channel) = (true, HarmonyChannel.None);
    }

    /// <summary>The name of a tool in a recipient.</summary>
    public static string ToolOf(string recipient) =>
        recipient.StartsWith(HarmonyMessage.Functions, StringComparison.Ordinal) ? recipient[HarmonyMessage.Functions.Length..] : recipient;

    /// <summary>Whether the text so far can be the beginning of a header behind a prompt that ends with the role.</summary>
    public bool MayBegin()
    {
        for (var at = 0; NextWord(ref at) is { Length: > 0 } word;)
        {
            var isWhole = at < _text.Count || _breaks.Contains(at);
            var fits = word.StartsWith("to="u8) || "to="u8.StartsWith(word)
                || (isWhole ? ChannelOf(word) != HarmonyChannel.None || IsContentType(word) : BeginsChannel(word) || BeginsContentType(word));
            if (!fits)
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>Reads all words of the part: it is complete.</summary>
    public void TakeAll(IReadOnlySet<string> tools)
    {
        var index = 0;
        for (var at = 0; NextWord(ref at) is { Length: > 0 } word; index++)
        {
            if (!Take(word, index))
            {
                TakeLoose(word, tools);
            }
        }
    }

    /// <summary>Reads the words that a header can begin with: the part was not completed, and what follows them is text.</summary>
    /// <returns>How long the header's words are.</returns>
    public int TakeLeading()
    {
        var (end, index) = (0, 0);
        for (var at = 0; NextWord(ref at) is { Length: > 0 } word; index++)
        {
            if ((IsRolePlace(word, index) && !IsRole(word)) || !Take(word, index))
            {
                break;
            }

            end = at;
        }

        return end;
    }

    /// <summary>Whether what stands behind the header's words is the beginning of one that was cut, and no text.</summary>
    public bool IsCut(int words)
    {
        var rest = Text[words..].Trim(" \n\r\t"u8);
        return rest.IsEmpty || (InChannel ? BeginsChannel(rest) || BeginsContentType(rest) || "to="u8.StartsWith(rest) : !AfterPrompt && Assistant.StartsWith(rest));
    }

    /// <summary>Takes a word that means something where it stands.</summary>
    private bool Take(ReadOnlySpan<byte> word, int index)
    {
        if (IsRolePlace(word, index))
        {
            TakeRole(word);
            return true;
        }

        if (word.StartsWith("to="u8))
        {
            if (word.Length > 3)
            {
                Recipient ??= Encoding.UTF8.GetString(word[3..]);
            }

            return true;
        }

        if (InChannel && Channel == HarmonyChannel.None && ChannelOf(word) is not HarmonyChannel.None and var channel)
        {
            Channel = channel;
            return true;
        }

        return IsContentType(word) && (InChannel || Recipient is not null);
    }

    /// <summary>Whether a word stands where the role does, and can be one: models leave it out.</summary>
    private bool IsRolePlace(ReadOnlySpan<byte> word, int index) =>
        index == 0 && !InChannel && !AfterPrompt && !word.StartsWith("to="u8) && ChannelOf(word) == HarmonyChannel.None;

    private void TakeRole(ReadOnlySpan<byte> word)
    {
        if (!word.StartsWith(Assistant))
        {
            IsForeign = true;
        }
        else if (ChannelOf(word[Assistant.Length..]) is not HarmonyChannel.None and var channel)
        {
            // "assistantfinal": the sign between them was left out.
            Channel = channel;
        }
        else if (word[Assistant.Length..] is { Length: > 3 } rest && rest.StartsWith("to="u8))
        {
            Recipient = Encoding.UTF8.GetString(rest[3..]);
        }
    }

    /// <summary>Takes a word that stands where none of its kind belongs.</summary>
    private void TakeLoose(ReadOnlySpan<byte> word, IReadOnlySet<string> tools)
    {
        if (Channel == HarmonyChannel.None && ChannelOf(word) is not HarmonyChannel.None and var channel)
        {
            Channel = channel;
            return;
        }

        var text = Encoding.UTF8.GetString(word);
        if (Recipient is null && (text.StartsWith(HarmonyMessage.Functions, StringComparison.Ordinal) || tools.Contains(text)))
        {
            (Recipient, IsBareRecipient) = (text, true);
            return;
        }

        HasWords = true;
    }

    private static HarmonyChannel ChannelOf(ReadOnlySpan<byte> word) =>
        word.SequenceEqual("analysis"u8) ? HarmonyChannel.Analysis
        : word.SequenceEqual("commentary"u8) ? HarmonyChannel.Commentary
        : word.SequenceEqual("final"u8) ? HarmonyChannel.Final
        : HarmonyChannel.None;

    private static bool BeginsChannel(ReadOnlySpan<byte> word) => "analysis"u8.StartsWith(word) || "commentary"u8.StartsWith(word) || "final"u8.StartsWith(word);

    private static bool IsContentType(ReadOnlySpan<byte> word) => word.SequenceEqual("json"u8) || word.SequenceEqual("code"u8);

    private static bool BeginsContentType(ReadOnlySpan<byte> word) => "json"u8.StartsWith(word) || "code"u8.StartsWith(word);

    /// <summary>Whether a word is a role even where no message's sign says so.</summary>
    private static bool IsRole(ReadOnlySpan<byte> word) =>
        word.SequenceEqual(Assistant) || word.SequenceEqual("user"u8) || word.SequenceEqual("system"u8) || word.SequenceEqual("developer"u8)
        || word.SequenceEqual("tool"u8) || word.StartsWith("functions."u8);

    /// <summary>The word at or behind a place, which moves to its end; empty if there is none.</summary>
    private ReadOnlySpan<byte> NextWord(ref int at)
    {
        var text = Text;
        while (at < text.Length && White.Contains((char)text[at]))
        {
            at++;
        }

        var start = at;
        while (at < text.Length && !White.Contains((char)text[at]) && (at == start || (text[at] != '<' && !_breaks.Contains(at))))
        {
            at++;
        }

        return text[start..at];
    }
}
