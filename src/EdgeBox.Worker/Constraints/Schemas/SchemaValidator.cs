using System.Text.Json;
using EdgeBox.Worker.Constraints.Writing;

namespace EdgeBox.Worker.Constraints.Schemas;

/// <summary>Judges single values by a schema: those of "const" and "enum", and names of properties.</summary>
internal sealed class SchemaValidator(Work work)
{
    private int _depth;

    /// <exception cref="GrammarException">A keyword is not supported, or schemas refer to one another without end.</exception>
    public bool Matches(SchemaNode node, JsonElement value)
    {
        work.Spend();
        if (node.Always is { } always)
        {
            return always;
        }

        if (++_depth > SchemaLimits.Chain)
        {
            throw SchemaDocument.Refuse(node.Pointer, $"more than {SchemaLimits.Chain} schemas refer to one another; that is the most");
        }

        var keywords = node.Keywords;
        var matches = MatchesValues(keywords, value) && MatchesOthers(keywords, value) && value.ValueKind switch
        {
            JsonValueKind.String => MatchesText(keywords, value.GetString()!),
            JsonValueKind.Array => MatchesArray(keywords, [.. value.EnumerateArray()]),
            JsonValueKind.Object => MatchesObject(keywords, value),
            _ => true,
        };
        _depth--;
        return matches;
    }

    private static bool MatchesValues(SchemaKeywords keywords, JsonElement value)
    {
        var number = value.ValueKind == JsonValueKind.Number ? ExactNumber.Read(value.GetRawText()) : null;
        return (keywords.Type is not { } type || type.HasFlag(AppliedKeywords.KindOf(value)))
            && !(keywords.IntegersOnly && number is { IsInteger: false })
            && (keywords.Const is not { } single || SchemaValues.KeyOf(single) == SchemaValues.KeyOf(value))
            && (keywords.EnumKeys is not { } keys || keys.Contains(SchemaValues.KeyOf(value)))
            && (number is not { } read || AppliedKeywords.NumberTests(keywords).All(test => test.Passes(read)));
    }

    private bool MatchesOthers(SchemaKeywords keywords, JsonElement value) =>
        (keywords.Reference is not { } target || Matches(target, value))
        && keywords.AllOf.All(schema => Matches(schema, value))
        && (keywords.AnyOf is not { } branches || branches.Any(schema => Matches(schema, value)))
        && (keywords.OneOf is not { } alternatives || alternatives.Count(schema => Matches(schema, value)) == 1)
        && (keywords.Not is not { } not || !Matches(not, value))
        && (keywords.If is not { } condition
            || ((Matches(condition, value) ? keywords.Then : keywords.Else) is not { } consequence || Matches(consequence, value)));

    private static bool MatchesText(SchemaKeywords keywords, string text)
    {
        var length = text.EnumerateRunes().Count();
        return length >= (keywords.MinLength ?? 0) && length <= (keywords.MaxLength ?? int.MaxValue)
            && keywords.Pattern?.Matches(text) != false && keywords.Format?.Matches(text) != false;
    }

    private bool MatchesArray(SchemaKeywords keywords, List<JsonElement> items) =>
        items.Count >= (keywords.MinItems ?? 0) && items.Count <= (keywords.MaxItems ?? int.MaxValue)
        && items.Zip(keywords.PrefixItems).All(pair => Matches(pair.Second, pair.First))
        && (keywords.Items is not { } schema || items.Skip(keywords.PrefixItems.Count).All(item => Matches(schema, item)))
        && (keywords.Contains is not { } contains || items.Any(item => Matches(contains, item)))
        && !(keywords.UniqueItems && items.DistinctBy(SchemaValues.KeyOf).Count() < items.Count);

    private bool MatchesObject(SchemaKeywords keywords, JsonElement value)
    {
        var properties = value.EnumerateObject().ToList();
        var names = properties.Select(property => property.Name).ToHashSet();
        var part = new ObjectPart(
            [.. keywords.Properties.Select(pair => KeyValuePair.Create(pair.Key, new Demand(pair.Value, false)))],
            [.. keywords.PatternProperties.Select(pair => (pair.Pattern, new Demand(pair.Node, false)))],
            keywords.AdditionalProperties is { } additional ? new Demand(additional, false) : null);
        work.Spend(properties.Count);
        return properties.Count >= (keywords.MinProperties ?? 0) && properties.Count <= (keywords.MaxProperties ?? int.MaxValue)
            && keywords.Required.All(names.Contains)
            && keywords.DependentRequired.All(pair => !names.Contains(pair.Name) || pair.Others.All(names.Contains))
            && keywords.DependentSchemas.All(pair => !names.Contains(pair.Key) || Matches(pair.Value, value))
            && properties.All(property => part.Of(property.Name).All(demand => Matches(demand.Node, property.Value)))
            && (keywords.PropertyNames is not { } rule || names.All(name => Matches(rule, TextOf(name))));
    }

    /// <summary>A text as a value.</summary>
    public static JsonElement TextOf(string text) => JsonSerializer.SerializeToElement(text, JsonTexts.Default.String);
}
