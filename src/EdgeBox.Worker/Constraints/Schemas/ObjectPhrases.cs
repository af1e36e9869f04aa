using EdgeBox.Worker.Constraints.Regexes;
using EdgeBox.Worker.Constraints.Writing;

namespace EdgeBox.Worker.Constraints.Schemas;

/// <summary>Writes the objects of a case: the properties with a name in the schema's order, then others.</summary>
internal sealed class ObjectPhrases(
    RuleBook rules, JsonPhrases json, StringPhrases strings, SchemaCases cases, Func<IReadOnlyList<Demand>, Phrase> valueOf, Work work)
{
    /// <summary>What the value of a property must meet.</summary>
    public static List<Demand> ValueOf(ValueCase way, string name) => [.. way.Objects.SelectMany(part => part.Of(name))];

    public Phrase Write(ValueCase way)
    {
        var names = way.Objects.SelectMany(part => part.Properties.Select(pair => pair.Key)).Concat(way.Required.Keys).Concat(way.Absent).Distinct().ToList();
        if (names.Count == 0 && way.Objects.Count == 0 && way.PropertyNames.Count == 0 && way.MinProperties == 0 && way.MaxProperties is null)
        {
            return json.Object;
        }

        var properties = new List<ObjectProperty>();
        foreach (var name in names)
        {
            work.Spend(1 + way.Objects.Count);
            var value = ValueOf(way, name);
            var mayBe = !way.Absent.Contains(name) && !value.Any(demand => demand.IsNever)
                && (way.PropertyNames.Count == 0 || cases.Meets(way.PropertyNames, SchemaValidator.TextOf(name)));
            if (mayBe)
            {
                properties.Add(new ObjectProperty(json.Property(name, valueOf(value)), way.Required.ContainsKey(name)));
            }
            else if (way.Required.ContainsKey(name))
            {
                return Phrase.Never;
            }
        }

        return new ObjectChain(rules, json, properties, Others(way, names), work).Write(way);
    }

    /// <summary>Any other property; null if there may be none.</summary>
    private Phrase? Others(ValueCase way, List<string> names)
    {
        var groups = Groups(way).Where(group => !group.Demands.Any(demand => demand.IsNever)).ToList();
        if (groups.Count == 0)
        {
            return null;
        }

        if (groups is [{ Names: null } only] && names.Count == 0 && way.PropertyNames.Count == 0)
        {
            return Phrase.Of(json.String, json.Colon, valueOf(only.Demands));
        }

        var free = Automaton.Without(Automaton.Anything, Automaton.OfTexts(names, work), work);
        if (way.PropertyNames.Count > 0)
        {
            free = Automaton.Both(free, NamesOf(way), work);
        }

        var options = new List<Phrase>();
        foreach (var group in groups)
        {
            var found = group.Names is null ? free : Automaton.Both(free, group.Names, work);
            if (!found.IsEmpty)
            {
                options.Add(Phrase.Of(strings.Write(found), json.Colon, valueOf(group.Demands)));
            }
        }

        return options.Count == 0 ? null : rules.Add(Phrase.OneOf(options));
    }

    /// <summary>The names that have the same patterns of "patternProperties", and what their values must meet.</summary>
    private List<(Automaton? Names, IReadOnlyList<Demand> Demands)> Groups(ValueCase way)
    {
        var groups = new List<(Automaton? Names, IReadOnlyList<Demand> Demands)> { (null, []) };
        foreach (var part in way.Objects)
        {
            // Of each group that is there already: which of this part's patterns are in it.
            var split = groups.Select(group => (group.Names, Found: (IReadOnlyList<Demand>)[], group.Demands)).ToList();
            foreach (var (pattern, demand) in part.Patterns)
            {
                var next = new List<(Automaton? Names, IReadOnlyList<Demand> Found, IReadOnlyList<Demand> Demands)>();
                foreach (var (known, found, demands) in split)
                {
                    var all = known ?? Automaton.Anything;
                    next.Add((Automaton.Both(all, pattern.Automaton, work), [.. found, demand], demands));
                    next.Add((Automaton.Without(all, pattern.Automaton, work), found, demands));
                }

                split = [.. next.Where(group => !group.Names!.IsEmpty)];
                if (split.Count > SchemaLimits.NameGroups)
                {
                    throw demand.Node.Refuse("", $"\"patternProperties\" tell more than {SchemaLimits.NameGroups} groups of names apart; that is the most");
                }
            }

            groups = [.. split.Select(group => (group.Names, (IReadOnlyList<Demand>)
                [.. group.Demands, .. group.Found.Count > 0 ? group.Found : part.Additional is { } additional ? [additional] : (Demand[])[]]))];
        }

        return groups;
    }

    /// <summary>The texts that "propertyNames" allow.</summary>
    private Automaton NamesOf(ValueCase way)
    {
        Automaton? names = null;
        foreach (var found in cases.Of(way.PropertyNames))
        {
            var texts = found.Values is { } values
                ? Automaton.OfTexts(values.Where(value => value.ValueKind == System.Text.Json.JsonValueKind.String && cases.Meets(way.PropertyNames, value)).Select(value => value.GetString()!), work)
                : found.Kinds.HasFlag(JsonKinds.String) ? StringPhrases.AutomatonOf(found, work)
                : null;
            names = texts is null ? names : names is null ? texts : Automaton.Either(names, texts, work);
        }

        return names ?? Automaton.OfTexts([], work);
    }
}
