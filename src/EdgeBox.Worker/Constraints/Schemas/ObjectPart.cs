namespace EdgeBox.Worker.Constraints.Schemas;

/// <summary>What one schema says of the values of an object's properties.</summary>
internal sealed class ObjectPart
{
    private readonly Dictionary<string, Demand> _named;

    public ObjectPart(
        IReadOnlyList<KeyValuePair<string, Demand>> properties, IReadOnlyList<(SchemaPattern Pattern, Demand Demand)> patterns, Demand? additional)
    {
        (Properties, Patterns, Additional) = (properties, patterns, additional);
        _named = new Dictionary<string, Demand>(properties);
    }

    /// <summary>Of those with a name, in order.</summary>
    public IReadOnlyList<KeyValuePair<string, Demand>> Properties { get; }

    /// <summary>Of those whose name has a pattern.</summary>
    public IReadOnlyList<(SchemaPattern Pattern, Demand Demand)> Patterns { get; }

    /// <summary>Of all others; null if nothing.</summary>
    public Demand? Additional { get; }

    /// <summary>What it says of the property with a name.</summary>
    public IEnumerable<Demand> Of(string name)
    {
        var found = false;
        if (_named.TryGetValue(name, out var demand))
        {
            found = true;
            yield return demand;
        }

        foreach (var (pattern, other) in Patterns)
        {
            if (pattern.Matches(name))
            {
                found = true;
                yield return other;
            }
        }

        if (!found && Additional is { } additional)
        {
            yield return additional;
        }
    }
}
