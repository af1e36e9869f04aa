namespace EdgeBox.Worker.Constraints.Schemas;

/// <summary>What a number must be.</summary>
internal enum NumberTestKind
{
    AtLeast,
    AtMost,
    EqualTo,
    MultipleOf,
}

/// <summary>A test of a number, or its opposite: not at least is less than.</summary>
internal readonly record struct NumberTest(NumberTestKind Kind, ExactNumber Value, bool Negated)
{
    /// <summary>A whole number.</summary>
    public static NumberTest Integer(bool negated) => new(NumberTestKind.MultipleOf, new(1, 0), negated);

    public NumberTest Opposite() => this with { Negated = !Negated };

    public bool Passes(ExactNumber number) => Negated != Kind switch
    {
        NumberTestKind.AtLeast => number >= Value,
        NumberTestKind.AtMost => number <= Value,
        NumberTestKind.EqualTo => number == Value,
        _ => number.IsMultipleOf(Value),
    };
}
