namespace EdgeBox.Worker.Constraints.Schemas;

/// <summary>How large a schema and what is made of it may become.</summary>
internal static class SchemaLimits
{
    /// <summary>UTF-16 units of a schema's text.</summary>
    public const int Characters = 1 << 20;

    /// <summary>Objects and lists inside one another in a schema's text.</summary>
    public const int Depth = 64;

    /// <summary>Schemas inside a schema that are looked at.</summary>
    public const int Nodes = 20_000;

    /// <summary>References that lead to one another.</summary>
    public const int Chain = 256;

    /// <summary>Ways to satisfy one schema, once its alternatives are combined.</summary>
    public const int Cases = 1_024;

    /// <summary>Digits of a number in a schema.</summary>
    public const int Digits = 400;

    /// <summary>Digits of a number in an answer, before and behind its point; where bounds are given, beyond theirs.</summary>
    public const int AnswerDigits = 20;

    /// <summary>Largest whole number that the digits of "multipleOf" may be.</summary>
    public const int Multiple = 1_000;

    /// <summary>Objects and lists of one "enum".</summary>
    public const int Composites = 1_000;

    /// <summary>Groups of names that several "patternProperties" tell apart.</summary>
    public const int NameGroups = 64;

    /// <summary>Properties of one object that are not required: each may come first, and so many ways a grammar may have to begin.</summary>
    public const int Optional = 4_000;
}
