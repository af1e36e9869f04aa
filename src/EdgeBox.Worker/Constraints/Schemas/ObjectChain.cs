using EdgeBox.Worker.Constraints.Writing;

namespace EdgeBox.Worker.Constraints.Schemas;

/// <summary>Writes properties one behind the other, of which some may be left out: one rule for each, whatever the others do.</summary>
/// <remarks>
/// The rule of a place says what may come from there on, of which there must be one at least. So a comma stands between two properties and
/// nowhere else, and the rules are as many as the properties, not as their selections. Where properties are counted, there is one for each count.
/// </remarks>
internal sealed class ObjectChain(RuleBook rules, JsonPhrases json, IReadOnlyList<ObjectProperty> properties, Phrase? others, Work work)
{
    private int _least;
    private int? _most;

    public Phrase Write(ValueCase way)
    {
        var required = properties.Count(property => property.IsRequired);
        var optional = properties.Count - required;
        if (optional > SchemaLimits.Optional)
        {
            throw new GrammarException($"more than {SchemaLimits.Optional} properties that are not required; that is the most");
        }

        _least = way.MinProperties > required ? way.MinProperties : 0;
        _most = way.MaxProperties < properties.Count || others is not null ? way.MaxProperties : null;
        var counted = _most is not null ? Math.Min(properties.Count, _most.Value) : Math.Min(properties.Count, _least);
        if ((long)properties.Count * counted > SchemaLimits.Nodes)
        {
            throw new GrammarException("\"minProperties\" or \"maxProperties\" with too many properties");
        }

        // From the last place on.
        var behind = Enumerable.Range(0, counted + 1).Select(OthersOnly).ToArray();
        var mayEnd = true;
        for (var place = properties.Count - 1; place >= 0; place--)
        {
            var here = new Phrase[counted + 1];
            for (var count = 0; count <= counted; count++)
            {
                work.Spend();
                here[count] = From(properties[place], count, counted, behind, mayEnd);
            }

            mayEnd &= !properties[place].IsRequired;
            behind = here;
        }

        return json.Braces(behind[0], mayEnd && _least == 0);
    }

    /// <summary>What may come from a property on, when so many came before it.</summary>
    private Reference From(ObjectProperty property, int count, int counted, Phrase[] behind, bool mayEnd)
    {
        var options = new List<Phrase>();
        if (_most is null || count < _most)
        {
            var next = Math.Min(count + 1, counted);
            var further = Phrase.Of(json.Comma, behind[next]);
            options.Add(Phrase.Of(property.Phrase, mayEnd && (next >= _least) ? Phrase.Optional(further) : further));
        }

        if (!property.IsRequired)
        {
            options.Add(behind[count]);
        }

        return rules.Add(Phrase.OneOf(options));
    }

    /// <summary>What may come behind the properties with a name, when so many came before it.</summary>
    private Phrase OthersOnly(int count)
    {
        var most = _most - count;
        return others is null || most <= 0
            ? Phrase.Never
            : Phrase.Of(others, Phrase.Repeat(Phrase.Of(json.Comma, others), Math.Max(_least - count - 1, 0), most - 1));
    }
}
