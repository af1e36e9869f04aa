namespace EdgeBox.Worker.Constraints.Schemas;

/// <summary>That a value matches a schema, or that it does not.</summary>
internal readonly record struct Demand(SchemaNode Node, bool Negated)
{
    /// <summary>A number that no other demand of the document has.</summary>
    public int Key => (2 * Node.Id) + (Negated ? 1 : 0);

    /// <summary>Whether nothing meets it, as far as can be seen at once.</summary>
    public bool IsNever => Node.Always == Negated;

    public Demand Opposite() => this with { Negated = !Negated };
}
