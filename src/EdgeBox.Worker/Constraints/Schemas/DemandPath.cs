namespace EdgeBox.Worker.Constraints.Schemas;

/// <summary>How one came to a demand on the same value: a demand that comes of itself says nothing.</summary>
internal sealed record DemandPath(Demand Demand, DemandPath? Before)
{
    /// <exception cref="GrammarException">The demand comes of itself, or of too many others.</exception>
    public DemandPath Then(Demand demand)
    {
        var length = 0;
        for (var at = this; at is not null; at = at.Before)
        {
            demand.Node.Document.Work.Spend();
            if (at.Demand.Node == demand.Node)
            {
                throw SchemaDocument.Refuse(demand.Node.Pointer, "it refers to itself for the same value, so it says nothing");
            }

            if (++length > SchemaLimits.Chain)
            {
                throw SchemaDocument.Refuse(demand.Node.Pointer, $"more than {SchemaLimits.Chain} schemas refer to one another for the same value; that is the most");
            }
        }

        return new DemandPath(demand, this);
    }
}
