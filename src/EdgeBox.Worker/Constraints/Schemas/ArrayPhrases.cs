using EdgeBox.Worker.Constraints.Writing;

namespace EdgeBox.Worker.Constraints.Schemas;

/// <summary>Writes the lists of a case.</summary>
internal sealed class ArrayPhrases(RuleBook rules, JsonPhrases json, Func<IReadOnlyList<Demand>, Phrase> valueOf)
{
    /// <summary>What one item must meet.</summary>
    public static List<Demand> At(ValueCase way, int index) => [.. way.Arrays.Select(part => part.At(index)).OfType<Demand>()];

    public Phrase Write(ValueCase way)
    {
        var prefix = way.Arrays.Select(part => part.Prefix.Count).DefaultIfEmpty(0).Max();
        var most = way.MaxItems;
        for (var index = 0; index <= prefix && (most is null || index < most); index++)
        {
            // Nothing may stand here, so the list ends before.
            most = At(way, index).Any(demand => demand.IsNever) ? index : most;
        }

        if (most < way.MinItems)
        {
            return Phrase.Never;
        }

        if (way.Unique is { } unique && most is not (0 or 1))
        {
            throw unique.Refuse("uniqueItems", "\"uniqueItems\" is supported where \"maxItems\" is 1 at most; no grammar can compare items");
        }

        if (way.Contains.Count > 0)
        {
            return WithOne(way, prefix, most);
        }

        if (prefix == 0 && most is null && way.MinItems == 0 && At(way, 0).Count == 0)
        {
            return json.Array;
        }

        return prefix > 0 ? Tuple(way, Math.Min(prefix, most ?? prefix), most)
            : most == 0 ? json.Brackets(Phrase.Never, canBeEmpty: true)
            : json.Brackets(Items(valueOf(At(way, 0)), Math.Max(way.MinItems, 1), most), way.MinItems == 0);
    }

    /// <summary>One item and more, up to so many.</summary>
    private Phrase Items(Phrase item, int least, int? most) => Phrase.Of(item, Phrase.Repeat(Phrase.Of(json.Comma, item), least - 1, most - 1));

    private Phrase Tuple(ValueCase way, int prefix, int? most)
    {
        var (least, behind) = (way.MinItems, Phrase.Repeat(
            Phrase.Of(json.Comma, valueOf(At(way, prefix))), Math.Max(way.MinItems - prefix, 0), most - prefix));
        if (prefix == 0)
        {
            return json.Brackets(Phrase.Never, canBeEmpty: true);
        }

        // From the last item on: each with what comes behind it, if anything does.
        for (var index = prefix - 1; index >= 0; index--)
        {
            var item = Phrase.Of(valueOf(At(way, index)), behind);
            if (index == 0)
            {
                return json.Brackets(item, least == 0);
            }

            var further = Phrase.Of(json.Comma, rules.Add(item));
            behind = index < least ? further : Phrase.Optional(further);
        }

        return Phrase.Never;
    }

    /// <summary>Lists of which one item at least meets a demand of "contains".</summary>
    private Phrase WithOne(ValueCase way, int prefix, int? most)
    {
        var demands = way.Contains.DistinctBy(demand => demand.Key).ToList();
        if (demands.Count > 1 || prefix > 0 || most is not null || way.MinItems > 1)
        {
            throw demands[0].Node.Refuse("", "\"contains\" (or the opposite of \"items\") is supported once, and without \"prefixItems\", \"maxItems\" and a \"minItems\" above 1");
        }

        var item = At(way, 0);
        var (any, one) = (valueOf(item), valueOf([.. item, demands[0]]));
        return json.Brackets(
            Phrase.Of(Phrase.Repeat(Phrase.Of(any, json.Comma), 0, null), one, Phrase.Repeat(Phrase.Of(json.Comma, any), 0, null)), canBeEmpty: false);
    }
}
