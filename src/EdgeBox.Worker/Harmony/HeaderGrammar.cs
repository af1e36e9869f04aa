using System.Text;

namespace EdgeBox.Worker.Harmony;

/// <summary>The headers that a model may write where the form of its answer is enforced.</summary>
internal sealed class HeaderGrammar
{
    private const string To = " to=" + HarmonyMessage.Functions;

    private static readonly string[] s_types = ["", " json", " code"];

    private readonly byte[][] _rolesBehindPrompt;
    private readonly byte[][] _roles;
    private readonly byte[][] _channels;
    private readonly byte[][] _channelsBehindRecipient;

    /// <param name="tools">What may be called.</param>
    /// <param name="mayAnswer">Whether a final may come, and not calls alone.</param>
    public HeaderGrammar(IReadOnlyCollection<string> tools, bool mayAnswer)
    {
        string[] recipients = [.. tools.Select(tool => To + tool)];
        _rolesBehindPrompt = Sorted(["", .. recipients]);
        _roles = Sorted(["assistant", .. recipients.Select(to => "assistant" + to)]);
        var channels = new List<string> { HarmonyMessage.Analysis };
        if (mayAnswer)
        {
            channels.AddRange([HarmonyMessage.Final, HarmonyMessage.Final + " json"]);
        }

        if (tools.Count > 0)
        {
            // What is said to the person before a call has no place where no call can follow.
            channels.Add(HarmonyMessage.Commentary);
        }

        string[] carriers = [HarmonyMessage.Analysis, HarmonyMessage.Commentary];
        channels.AddRange(from to in recipients from carrier in carriers from type in s_types select carrier + to + type);
        _channels = Sorted(channels);
        _channelsBehindRecipient = Sorted([.. from carrier in carriers from type in s_types select carrier + type]);
    }

    /// <summary>Whether a header's present part, with more text, can still become one that is allowed.</summary>
    public bool MayGrow(HarmonyHeader header, ReadOnlySpan<byte> piece) => MayGrow(header, piece, constrain: false);

    /// <summary>Whether the sign before a type of content may come, which only a type may follow.</summary>
    public bool MayTakeType(HarmonyHeader header) => MayGrow(header, "json"u8, constrain: true);

    /// <summary>Whether a header's present part is complete and allowed.</summary>
    public bool IsComplete(HarmonyHeader header)
    {
        if (header.Breaks.Count > 1)
        {
            return false;
        }

        Span<byte> buffer = stackalloc byte[HarmonyReader.MaxHeader + 2];
        var text = buffer[..Write(header, [], constrain: false, buffer)];
        var allowed = Allowed(header);
        return Find(allowed, text) is var at && at < allowed.Length && allowed[at].AsSpan().SequenceEqual(text);
    }

    private bool MayGrow(HarmonyHeader header, ReadOnlySpan<byte> piece, bool constrain)
    {
        if (header.Breaks.Count > (constrain ? 0 : 1) || header.Text.Length + piece.Length > HarmonyReader.MaxHeader)
        {
            return false;
        }

        Span<byte> buffer = stackalloc byte[HarmonyReader.MaxHeader + 2];
        return Begins(Allowed(header), buffer[..Write(header, piece, constrain, buffer)]);
    }

    private byte[][] Allowed(HarmonyHeader header) => header switch
    {
        { InChannel: true, Recipient: null } => _channels,
        { InChannel: true } => _channelsBehindRecipient,
        { AfterPrompt: true } => _rolesBehindPrompt,
        _ => _roles,
    };

    /// <summary>Writes a part with a space where the sign of a type of content stands, one space at most.</summary>
    private static int Write(HarmonyHeader header, ReadOnlySpan<byte> piece, bool constrain, Span<byte> buffer)
    {
        var text = header.Text;
        var cut = header.Breaks.Count > 0 ? header.Breaks[0] : constrain ? text.Length : -1;
        var length = 0;
        if (cut >= 0)
        {
            text[..cut].CopyTo(buffer);
            length = cut;
            if (length == 0 || buffer[length - 1] != ' ')
            {
                buffer[length++] = (byte)' ';
            }

            text = text[cut..];
        }

        text.CopyTo(buffer[length..]);
        length += text.Length;
        piece.CopyTo(buffer[length..]);
        return length + piece.Length;
    }

    private static bool Begins(byte[][] sorted, ReadOnlySpan<byte> text) => Find(sorted, text) is var at && at < sorted.Length && sorted[at].AsSpan().StartsWith(text);

    /// <summary>The first entry that is not before a text.</summary>
    private static int Find(byte[][] sorted, ReadOnlySpan<byte> text)
    {
        var (low, high) = (0, sorted.Length);
        while (low < high)
        {
            var middle = (low + high) / 2;
            if (sorted[middle].AsSpan().SequenceCompareTo(text) < 0)
            {
                low = middle + 1;
            }
            else
            {
                high = middle;
            }
        }

        return low;
    }

    private static byte[][] Sorted(IReadOnlyCollection<string> texts)
    {
        byte[][] sorted = [.. texts.Select(Encoding.UTF8.GetBytes)];
        Array.Sort(sorted, (a, b) => a.AsSpan().SequenceCompareTo(b));
        return sorted;
    }
}
