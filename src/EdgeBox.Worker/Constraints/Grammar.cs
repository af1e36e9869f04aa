namespace EdgeBox.Worker.Constraints;

/// <summary>What an element of a rule stands for.</summary>
internal enum ElementKind
{
    /// <summary>One character of a set.</summary>
    Characters,

    /// <summary>Another rule.</summary>
    Rule,

    /// <summary>Another rule, several times.</summary>
    Repeat,
}

/// <summary>One place in a rule.</summary>
/// <param name="Kind">What stands there.</param>
/// <param name="Value">The state of <see cref="Grammar.Bytes"/> before the character, or the number of a rule.</param>
/// <param name="Least">How often at least, of a repetition.</param>
/// <param name="Most">How often at most, of a repetition; <see cref="Grammar.Unlimited"/> if there is no limit.</param>
/// <param name="Next">The element behind; <see cref="Grammar.None"/> at the end.</param>
/// <param name="Owner">The rule with a name in which it is written.</param>
internal readonly record struct Element(ElementKind Kind, int Value, int Least, int Most, int Next, int Owner);

/// <summary>A grammar in GBNF, ready to be followed. It does not change and may be used from any thread.</summary>
/// <remarks>
/// The language is that of grammars/README.md of llama.cpp v0.5.0, without its elements for single tokens. Other than there, repetitions are not
/// written out but counted, and nothing matches U+0000.
/// </remarks>
internal sealed class Grammar
{
    public const int None = -1;
    public const int Unlimited = int.MaxValue;

    public Grammar(Element[] elements, int[][] rules, int root, ByteStates bytes)
    {
        (Elements, Rules, Root, Bytes) = (elements, rules, root, bytes);
        (ByteClasses, ByteExamples) = bytes.Classify();
    }

    public Element[] Elements { get; }

    /// <summary>For each rule its alternatives: their first elements, <see cref="None"/> for an empty one.</summary>
    public int[][] Rules { get; }

    public int Root { get; }

    public ByteStates Bytes { get; }

    /// <summary>For each byte its class: bytes of one class do the same everywhere in this grammar.</summary>
    public byte[] ByteClasses { get; }

    /// <summary>For each class one of its bytes.</summary>
    public byte[] ByteExamples { get; }

    /// <param name="gbnf">The text.</param>
    /// <param name="generated">Whether the worker made it itself, so that it may be larger than what a client may send.</param>
    /// <exception cref="GrammarException">The text is no grammar, or beyond a limit.</exception>
    public static Grammar Parse(string gbnf, bool generated = false) =>
        new GrammarParser(gbnf, generated ? GrammarLimits.GeneratedCharacters : GrammarLimits.Characters).Parse();
}
