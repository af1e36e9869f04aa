namespace EdgeBox.Worker.Constraints;

/// <summary>A rule while its grammar is read.</summary>
internal sealed class RuleDraft(string name)
{
    /// <summary>Its name; empty for what stands in parentheses.</summary>
    public string Name => name;

    /// <summary>Where it is defined or, until that is known, first used.</summary>
    public int Position { get; set; }

    /// <summary>The first elements of its alternatives; null until it is defined.</summary>
    public int[]? Alternatives { get; set; }
}
