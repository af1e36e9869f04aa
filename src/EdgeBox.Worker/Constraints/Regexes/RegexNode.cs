namespace EdgeBox.Worker.Constraints.Regexes;

/// <summary>A part of a regular expression.</summary>
internal abstract record RegexNode
{
    /// <summary>The empty text.</summary>
    public static readonly RegexNode Empty = new RegexSequence([]);

    /// <summary>Any text.</summary>
    public static readonly RegexNode Anything = new RegexRepeat(new RegexSet(Writing.CodePoints.All), 0, null);
}

/// <summary>One character of a set; none if the set is empty.</summary>
internal sealed record RegexSet(CharacterRange[] Ranges) : RegexNode;

/// <summary>One after the other.</summary>
internal sealed record RegexSequence(IReadOnlyList<RegexNode> Parts) : RegexNode;

/// <summary>One of them.</summary>
internal sealed record RegexChoice(IReadOnlyList<RegexNode> Options) : RegexNode;

/// <summary>So often; without a most, there is no limit.</summary>
internal sealed record RegexRepeat(RegexNode Body, int Least, int? Most) : RegexNode;

/// <summary>The begin or the end of the text.</summary>
internal sealed record RegexAnchor(bool AtEnd) : RegexNode;
