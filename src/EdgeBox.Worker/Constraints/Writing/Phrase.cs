using System.Globalization;
using System.Text;

namespace EdgeBox.Worker.Constraints.Writing;

/// <summary>A part of a grammar before it is written.</summary>
internal abstract record Phrase
{
    /// <summary>The empty text.</summary>
    public static readonly Phrase Empty = new Sequence([]);

    /// <summary>Nothing, not even the empty text.</summary>
    public static readonly Phrase Never = new Choice([]);

    /// <summary>One after the other.</summary>
    public static Phrase Of(params Phrase[] parts) => parts.Length == 1 ? parts[0] : new Sequence(parts);

    /// <summary>One of them.</summary>
    public static Phrase OneOf(IReadOnlyList<Phrase> options) => options.Count == 1 ? options[0] : new Choice(options);

    /// <summary>Or nothing.</summary>
    public static Phrase Optional(Phrase phrase) => Repeat(phrase, 0, 1);

    /// <summary>A text as it is.</summary>
    public static Phrase Literal(string text)
    {
        if (text.Length == 0)
        {
            return Empty;
        }

        var gbnf = new StringBuilder("\"");
        foreach (var rune in text.EnumerateRunes())
        {
            Append(gbnf, rune.Value, inClass: false);
        }

        return new Terminal(gbnf.Append('"').ToString());
    }

    /// <summary>One character of a set that is in order.</summary>
    public static Phrase Character(IReadOnlyList<CharacterRange> set)
    {
        if (set.Count == 0)
        {
            return Never;
        }

        if (set is [var single] && single.First == single.Last)
        {
            return Literal(char.ConvertFromUtf32(single.First));
        }

        // What reaches to the end is shorter the other way round; surrogates are no characters in either.
        var negated = set[^1].Last == CharacterSet.Largest;
        var gbnf = new StringBuilder(negated ? "[^" : "[");
        var rest = negated ? CodePoints.Complement(set) : set;
        if (rest.Count == 0)
        {
            return new Terminal(".");
        }

        foreach (var (first, last) in rest)
        {
            Append(gbnf, first, inClass: true);
            if (last > first)
            {
                Append(last > first + 1 ? gbnf.Append('-') : gbnf, last, inClass: true);
            }
        }

        return new Terminal(gbnf.Append(']').ToString());
    }

    /// <summary>So often; counts beyond what the grammar's notation allows are made of several.</summary>
    public static Phrase Repeat(Phrase phrase, int least, int? most)
    {
        const int Block = GrammarLimits.Repetitions;
        if (least > Block)
        {
            var begin = Exactly(phrase, least);
            return most == least ? begin : Of(begin, Repeat(phrase, 0, most - least));
        }

        if (most > Block)
        {
            var (blocks, rest) = Math.DivRem(most.Value - least, Block);
            var block = new Repetition(phrase, Block, Block);
            var fewer = Of(new Repetition(block, 0, blocks - 1), new Repetition(phrase, 0, Block - 1));
            var full = Of(new Repetition(block, blocks, blocks), new Repetition(phrase, 0, rest));
            var further = blocks == 0 ? new Repetition(phrase, 0, rest) : OneOf([fewer, full]);
            return least == 0 ? further : Of(new Repetition(phrase, least, least), further);
        }

        return (least, most) switch
        {
            (1, 1) => phrase,
            (_, 0) => Empty,
            _ => new Repetition(phrase, least, most),
        };
    }

    private static Phrase Exactly(Phrase phrase, int count)
    {
        var (blocks, rest) = Math.DivRem(count, GrammarLimits.Repetitions);
        var begin = new Repetition(new Repetition(phrase, GrammarLimits.Repetitions, GrammarLimits.Repetitions), blocks, blocks);
        return rest == 0 ? begin : Of(begin, new Repetition(phrase, rest, rest));
    }

    private static void Append(StringBuilder gbnf, int character, bool inClass)
    {
        if (char.IsAsciiLetterOrDigit((char)Math.Min(character, 0x7F)) || (!inClass && character is >= ' ' and < 0x7F and not ('"' or '\\')))
        {
            gbnf.Append((char)character);
        }
        else
        {
            gbnf.Append('\\').Append(character < 0x100 ? 'x' : character < 0x10000 ? 'u' : 'U')
                .Append(character.ToString(character < 0x100 ? "X2" : character < 0x10000 ? "X4" : "X8", CultureInfo.InvariantCulture));
        }
    }
}

/// <summary>The body of a rule in the grammar's notation, which is written nowhere else.</summary>
internal sealed record Written(string Gbnf) : Phrase;

/// <summary>One literal or class in the grammar's notation.</summary>
internal sealed record Terminal(string Gbnf) : Phrase;

/// <summary>Another rule.</summary>
internal sealed record Reference(int Rule) : Phrase;

/// <summary>One after the other.</summary>
internal sealed record Sequence(IReadOnlyList<Phrase> Parts) : Phrase;

/// <summary>One of them.</summary>
internal sealed record Choice(IReadOnlyList<Phrase> Options) : Phrase;

/// <summary>So often; without a most, there is no limit.</summary>
internal sealed record Repetition(Phrase Body, int Least, int? Most) : Phrase;
