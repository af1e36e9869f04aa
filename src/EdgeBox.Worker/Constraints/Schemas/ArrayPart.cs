namespace EdgeBox.Worker.Constraints.Schemas;

/// <summary>What one schema says of the items of a list.</summary>
/// <param name="Prefix">Of the first items, one by one.</param>
/// <param name="Rest">Of those behind; null if nothing.</param>
internal sealed record ArrayPart(IReadOnlyList<Demand> Prefix, Demand? Rest)
{
    /// <summary>What it says of one item.</summary>
    public Demand? At(int index) => index < Prefix.Count ? Prefix[index] : Rest;
}
