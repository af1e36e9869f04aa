namespace EdgeBox.Worker.Constraints;

/// <summary>How large a grammar and its automaton may become.</summary>
internal static class GrammarLimits
{
    /// <summary>UTF-16 units of a text. Elements and rules are fewer than that, because repetitions are counted and not written out.</summary>
    public const int Characters = 65_536;

    /// <summary>The same of a text that the worker made itself, from a schema or a list of tools.</summary>
    public const int GeneratedCharacters = 1 << 20;

    /// <summary>Rules that a schema, a regular expression or a list of choices may become.</summary>
    public const int GeneratedRules = 50_000;

    /// <summary>Parentheses inside parentheses.</summary>
    public const int Nesting = 128;

    /// <summary>Largest number in {m,n}. It costs a counter, so it guards against slips of the pen only.</summary>
    public const int Repetitions = 65_536;

    /// <summary>Ways in which a rule may begin, and stacks that may be alive at once.</summary>
    public const int Stacks = 4_096;

    /// <summary>Frames of a stack: how deep rules may be inside one another in an answer.</summary>
    public const int Depth = 4_096;

    /// <summary>Stacks that one closure may look at before it is given up.</summary>
    public const int ClosureSteps = 8 * Stacks;

    /// <summary>Stacks that one mask may look at: about a tenth of a second.</summary>
    public const int MaskSteps = 2_000_000;

    /// <summary>States that one mask may make.</summary>
    public const int MaskStates = 20_000;

    /// <summary>Bytes of states of one grammar after which they are made afresh.</summary>
    public const long SpaceBytes = 16 << 20;

    /// <summary>Grammars that stay compiled.</summary>
    public const int Compiled = 16;

    /// <summary>Bytes of masks that are kept.</summary>
    public const long MaskBytes = 64 << 20;
}
