using System.Globalization;
using System.Text;

namespace EdgeBox.Worker.Tests.Constraints;

/// <summary>A grammar as a tree, written and matched in the plainest way there is.</summary>
internal abstract record ReferenceNode
{
    /// <summary>The element in GBNF.</summary>
    public abstract string Write();

    /// <summary>Where a match that begins at a place may end.</summary>
    public abstract HashSet<int> Ends(ReferenceInput input, int at);

    protected static string Escape(int character) => character switch
    {
        '\n' => "\\n",
        '"' or '\\' or '[' or ']' or '-' => "\\" + (char)character,
        '^' => "\\x5E",
        > 0xFFFF => "\\U" + character.ToString("X8", CultureInfo.InvariantCulture),
        > 0x1000 => "\\u" + character.ToString("x4", CultureInfo.InvariantCulture),
        _ => char.ConvertFromUtf32(character),
    };
}

internal sealed record ReferenceLiteral(string Text) : ReferenceNode
{
    public override string Write() => $"\"{string.Concat(Text.EnumerateRunes().Select(rune => Escape(rune.Value)))}\"";

    public override HashSet<int> Ends(ReferenceInput input, int at)
    {
        foreach (var rune in Text.EnumerateRunes())
        {
            if (!input.Takes(at++, character => character == rune.Value))
            {
                return [];
            }
        }

        return [at];
    }
}

internal sealed record ReferenceClass(IReadOnlyList<(int First, int Last)> Ranges, bool Negated) : ReferenceNode
{
    public override string Write() => Ranges.Count == 0
        ? "."
        : $"[{(Negated ? "^" : "")}{string.Concat(Ranges.Select(r => r.First == r.Last ? Escape(r.First) : $"{Escape(r.First)}-{Escape(r.Last)}"))}]";

    public override HashSet<int> Ends(ReferenceInput input, int at) => input.Takes(at, Contains) ? [at + 1] : [];

    private bool Contains(int character) =>
        Ranges.Count == 0 || (Ranges.Any(range => range.First <= character && character <= range.Last) != Negated);
}

internal sealed record ReferenceRule(IReadOnlyList<ReferenceNode> Rules, int Number) : ReferenceNode
{
    public override string Write() => Number == 0 ? "root" : $"rule-{Number}";

    public override HashSet<int> Ends(ReferenceInput input, int at) => input.Remember(Rules[Number], at, () => Rules[Number].Ends(input, at));
}

internal sealed record ReferenceSequence(IReadOnlyList<ReferenceNode> Nodes) : ReferenceNode
{
    public override string Write() => $"({string.Join(' ', Nodes.Select(node => node.Write()))})";

    public override HashSet<int> Ends(ReferenceInput input, int at) =>
        Nodes.Aggregate((HashSet<int>)[at], (begins, node) => [.. begins.SelectMany(begin => node.Ends(input, begin))]);
}

internal sealed record ReferenceChoice(IReadOnlyList<ReferenceNode> Nodes) : ReferenceNode
{
    public override string Write() => $"({string.Join(" | ", Nodes.Select(node => node.Write()))})";

    public override HashSet<int> Ends(ReferenceInput input, int at) => [.. Nodes.SelectMany(node => node.Ends(input, at))];
}

internal sealed record ReferenceRepeat(ReferenceNode Node, int Least, int? Most, string Sign) : ReferenceNode
{
    public override string Write() => Node.Write() + Sign;

    // Remembered: repetitions inside one another would take the product of their rounds.
    public override HashSet<int> Ends(ReferenceInput input, int at) => input.Remember(this, at, () => Find(input, at));

    private HashSet<int> Find(ReferenceInput input, int at)
    {
        var (ends, reached) = (new HashSet<int>(), new HashSet<int> { at });
        var most = Most ?? (Least + input.Length + 1);
        for (var times = 0; reached.Count > 0; times++)
        {
            if (times >= Least)
            {
                ends.UnionWith(reached);
            }

            // One round more would look at what may not come.
            if (times == most)
            {
                break;
            }

            reached = [.. reached.SelectMany(begin => Node.Ends(input, begin))];
        }

        return ends;
    }
}

/// <summary>Text that may end inside a character, and whether a match came to its end and wanted more.</summary>
internal sealed class ReferenceInput
{
    private static readonly Lazy<Dictionary<string, (int First, int Last)>> s_beginnings = new(FindBeginnings);

    private readonly List<(int First, int Last)> _characters = [];
    private readonly Dictionary<ReferenceNode, Dictionary<int, HashSet<int>>> _known = new(ReferenceEqualityComparer.Instance);
    private readonly bool _isPartial;

    private ReferenceInput(List<(int First, int Last)> characters, bool isPartial) => (_characters, _isPartial) = (characters, isPartial);

    public int Length => _characters.Count;

    public static ReferenceInput Of(int character) => new([(character, character)], isPartial: false);

    public bool WantedMore { get; private set; }

    /// <summary>Whether the bytes are the whole of a text, and whether they are a beginning of one.</summary>
    public static (bool Whole, bool Beginning) Match(ReferenceNode root, ReadOnlySpan<byte> bytes)
    {
        if (Read(bytes) is not { } input)
        {
            return (false, false);
        }

        var whole = root.Ends(input, 0).Contains(input.Length);
        return (whole && !input._isPartial, whole || input.WantedMore);
    }

    /// <summary>Whether a character is there that pleases; the one that is not whole may become any that begins so.</summary>
    public bool Takes(int at, Func<int, bool> pleases)
    {
        if (at == Length)
        {
            WantedMore = true;
            return false;
        }

        for (var character = _characters[at].First; character <= _characters[at].Last; character++)
        {
            if (character is not 0 and not (>= 0xD800 and <= 0xDFFF) && pleases(character))
            {
                return true;
            }
        }

        return false;
    }

    public HashSet<int> Remember(ReferenceNode node, int at, Func<HashSet<int>> find)
    {
        if (!_known.TryGetValue(node, out var places))
        {
            _known[node] = places = [];
        }

        if (!places.TryGetValue(at, out var ends))
        {
            places[at] = ends = find();
        }

        return ends;
    }

    private static ReferenceInput? Read(ReadOnlySpan<byte> bytes)
    {
        var characters = new List<(int First, int Last)>();
        while (!bytes.IsEmpty)
        {
            var status = Rune.DecodeFromUtf8(bytes, out var rune, out var length);
            if (status == System.Buffers.OperationStatus.NeedMoreData)
            {
                return new([.. characters, s_beginnings.Value[Convert.ToHexString(bytes)]], isPartial: true);
            }

            if (status != System.Buffers.OperationStatus.Done)
            {
                return null;
            }

            characters.Add((rune.Value, rune.Value));
            bytes = bytes[length..];
        }

        return new(characters, isPartial: false);
    }

    /// <summary>The first and last character of every beginning of a character; those between begin so too.</summary>
    private static Dictionary<string, (int First, int Last)> FindBeginnings()
    {
        var beginnings = new Dictionary<string, (int First, int Last)>();
        Span<byte> bytes = stackalloc byte[4];
        for (var character = 0x80; character <= 0x10FFFF; character++)
        {
            if (!Rune.IsValid(character))
            {
                continue;
            }

            var length = new Rune(character).EncodeToUtf8(bytes);
            for (var part = 1; part < length; part++)
            {
                var key = Convert.ToHexString(bytes[..part]);
                beginnings[key] = beginnings.TryGetValue(key, out var known) ? (known.First, character) : (character, character);
            }
        }

        return beginnings;
    }
}
