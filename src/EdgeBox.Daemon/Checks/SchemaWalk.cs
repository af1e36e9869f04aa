using System.Text.Json;

namespace EdgeBox.Daemon.Checks;

/// <summary>Goes through one JSON value by a schema; bounded in steps and depth, whatever both are.</summary>
internal sealed class SchemaWalk(int most = SchemaWalk.MostSteps)
{
    /// <summary>Schemas applied to values, and pieces of text read for them. An honest answer needs some for each of its values.</summary>
    public const int MostSteps = 1_000_000;

    private const int PieceCharacters = 64;

    private const int MostDepth = 256;

    private int _steps;
    private int _depth;

    /// <summary>The value is not judged: it would take too long.</summary>
    public sealed class TooMuchException : Exception;

    /// <summary>The first thing that is wrong with a value; null: nothing.</summary>
    public string? Problem(Schema schema, JsonElement value, string at) => Problem(schema, value, at, new Seen());

    private string? Problem(Schema schema, JsonElement value, string at, Seen seen)
    {
        if (++_depth > MostDepth)
        {
            throw new TooMuchException();
        }

        Charge(0);
        var problem = schema.Never ? $"{at} is not allowed" : OfValue(schema, value, at) ?? OfParts(schema, value, at, seen);
        _depth--;
        return problem;
    }

    private string? OfParts(Schema schema, JsonElement value, string at, Seen seen) =>
        OfCombinations(schema, value, at, seen)
        ?? value.ValueKind switch
        {
            JsonValueKind.Object => OfObject(schema, value, at, seen),
            JsonValueKind.Array => OfArray(schema, value, at, seen),
            _ => null,
        };

    /// <summary>Takes note of a step that reads so many characters.</summary>
    private void Charge(int characters)
    {
        _steps += 1 + characters / PieceCharacters;
        if (_steps > most)
        {
            throw new TooMuchException();
        }
    }

    private string? OfValue(Schema schema, JsonElement value, string at)
    {
        if (schema.Types is { } types && !types.Any(type => IsOf(type, value)))
        {
            return $"{at} must be of type {string.Join(" or ", types)}";
        }

        if (schema.Values is { } values && !values.Contains(Canonical(value)))
        {
            return $"{at} has none of the values that are allowed";
        }

        if (value.ValueKind == JsonValueKind.Number && schema.Numbers.Count > 0)
        {
            var number = JsonNumber.Parse(value.GetRawText());
            return schema.Numbers.Where(bound => !bound.Holds(number)).Select(bound => $"{at} {bound.Rule}").FirstOrDefault();
        }

        var size = value.ValueKind switch
        {
            JsonValueKind.String when schema.Sizes.Count > 0 || schema.Pattern is not null => CodePoints(value.GetString()!),
            JsonValueKind.Array => value.GetArrayLength(),
            JsonValueKind.Object => value.GetPropertyCount(),
            _ => 0,
        };
        return schema.Sizes.Where(bound => bound.Kind == value.ValueKind && !bound.Holds(size)).Select(bound => $"{at} {bound.Rule}").FirstOrDefault()
            ?? (value.ValueKind == JsonValueKind.String && schema.Pattern is { } pattern && !pattern.IsMatch(value.GetString()!)
                ? $"{at} must match the pattern {Words.Cut(pattern.ToString())}"
                : null);
    }

    private string? OfCombinations(Schema schema, JsonElement value, string at, Seen seen)
    {
        foreach (var part in schema.AllOf ?? [])
        {
            if (Apart(part, value, at, seen) is { } problem)
            {
                return problem;
            }
        }

        if (schema.Reference is { } reference && Apart(reference, value, at, seen) is { } found)
        {
            return found;
        }

        if (schema.AnyOf is { } any && Matches(any, value, at, seen).Count == 0)
        {
            return $"{at} matches none of the alternatives (anyOf)";
        }

        if (schema.OneOf is { } one && Matches(one, value, at, seen).Count is var matches and not 1)
        {
            return matches == 0 ? $"{at} matches none of the alternatives (oneOf)" : $"{at} matches more than one of the alternatives (oneOf)";
        }

        if (schema.Not is { } not && Problem(not, value, at, new Seen()) is null)
        {
            return $"{at} is what it must not be (not)";
        }

        return schema.If is { } condition && (Holds(condition, value, at, seen) ? schema.Then : schema.Else) is { } branch
            ? Apart(branch, value, at, seen)
            : null;
    }

    /// <summary>Judges by a schema that does not see what its neighbours have seen; those above it see what it has.</summary>
    private string? Apart(Schema schema, JsonElement value, string at, Seen seen)
    {
        var noted = new Seen();
        var problem = Problem(schema, value, at, noted);
        if (problem is null)
        {
            Charge(PieceCharacters * (noted.Names.Count + noted.Items.Count));
            seen.Add(noted);
        }

        return problem;
    }

    /// <summary>The alternatives that match. All are tried: each may say what it has seen.</summary>
    private List<Schema> Matches(IReadOnlyList<Schema> alternatives, JsonElement value, string at, Seen seen) =>
        [.. alternatives.Where(alternative => Holds(alternative, value, at, seen))];

    /// <summary>Whether a schema matches; only then what it has seen counts.</summary>
    private bool Holds(Schema schema, JsonElement value, string at, Seen seen) => Apart(schema, value, at, seen) is null;

    private string? OfObject(Schema schema, JsonElement value, string at, Seen seen)
    {
        if (schema.Required?.FirstOrDefault(name => !Has(value, name)) is { } missing)
        {
            return $"{at} lacks \"{Words.Cut(missing)}\"";
        }

        foreach (var (name, names) in schema.DependentRequired ?? new Dictionary<string, IReadOnlyList<string>>())
        {
            if (Has(value, name) && names.FirstOrDefault(other => !Has(value, other)) is { } other)
            {
                return $"{at} lacks \"{Words.Cut(other)}\"";
            }
        }

        foreach (var (name, dependent) in schema.DependentSchemas ?? new Dictionary<string, Schema>())
        {
            if (Has(value, name) && Apart(dependent, value, at, seen) is { } problem)
            {
                return problem;
            }
        }

        foreach (var member in value.EnumerateObject())
        {
            if (OfMember(schema, member, at, seen) is { } problem)
            {
                return problem;
            }
        }

        return OfUnseen(schema, value, at, seen);
    }

    /// <summary>Whether an object has a property; all of them are looked through.</summary>
    private bool Has(JsonElement value, string name)
    {
        Charge(value.GetPropertyCount());
        return value.TryGetProperty(name, out _);
    }

    private string? OfMember(Schema schema, JsonProperty member, string at, Seen seen)
    {
        var place = $"{at}.{Words.Cut(member.Name)}";
        var known = false;
        if (schema.PropertyNames is { } names && Problem(names, Text(member.Name), $"the name \"{Words.Cut(member.Name)}\"", new Seen()) is { } bad)
        {
            return bad;
        }

        if (schema.Properties?.TryGetValue(member.Name, out var property) == true)
        {
            known = true;
            if (Problem(property, member.Value, place, new Seen()) is { } problem)
            {
                return problem;
            }
        }

        foreach (var (name, patterned) in schema.PatternProperties ?? [])
        {
            if (name.IsMatch(member.Name))
            {
                known = true;
                if (Problem(patterned, member.Value, place, new Seen()) is { } problem)
                {
                    return problem;
                }
            }
        }

        if (!known && schema.AdditionalProperties is { } additional)
        {
            known = true;
            if (Problem(additional, member.Value, place, new Seen()) is { } problem)
            {
                return problem;
            }
        }

        if (known)
        {
            seen.Names.Add(member.Name);
        }

        return null;
    }

    private string? OfUnseen(Schema schema, JsonElement value, string at, Seen seen)
    {
        if (schema.UnevaluatedProperties is not { } rule)
        {
            return null;
        }

        foreach (var member in value.EnumerateObject().Where(member => !seen.Names.Contains(member.Name)).ToList())
        {
            if (Problem(rule, member.Value, $"{at}.{Words.Cut(member.Name)}", new Seen()) is { } problem)
            {
                return problem;
            }

            seen.Names.Add(member.Name);
        }

        return null;
    }

    private string? OfArray(Schema schema, JsonElement value, string at, Seen seen)
    {
        long index = 0, contained = 0;
        var prefix = schema.PrefixItems?.Count ?? 0;
        var texts = schema.UniqueItems ? new HashSet<string>(StringComparer.Ordinal) : null;
        var unseen = new List<(long Index, JsonElement Item)>();
        foreach (var item in value.EnumerateArray())
        {
            var place = string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{at}[{index}]");
            var rule = index < prefix ? schema.PrefixItems![(int)index] : schema.Items;
            if (rule is not null && Problem(rule, item, place, new Seen()) is { } problem)
            {
                return problem;
            }

            if (schema.Contains is { } wanted && Holds(wanted, item, place, new Seen()))
            {
                contained++;
                seen.Items.Add(index);
            }

            if (rule is not null)
            {
                seen.Items.Add(index);
            }

            if (texts?.Add(Canonical(item)) == false)
            {
                return $"{place} comes twice";
            }

            unseen.Add((index++, item));
        }

        if (schema.Contains is not null && (contained < schema.MinContains || contained > schema.MaxContains))
        {
            return $"{at} has too few or too many of the items that it must contain";
        }

        return schema.UnevaluatedItems is { } last ? OfUnseen(last, unseen, at, seen) : null;
    }

    private string? OfUnseen(Schema rule, List<(long Index, JsonElement Item)> items, string at, Seen seen)
    {
        foreach (var (index, item) in items.Where(item => !seen.Items.Contains(item.Index)).ToList())
        {
            if (Problem(rule, item, $"{at}[{index}]", new Seen()) is { } problem)
            {
                return problem;
            }

            seen.Items.Add(index);
        }

        return null;
    }

    private static bool IsOf(string type, JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Null => type == "null",
        JsonValueKind.True or JsonValueKind.False => type == "boolean",
        JsonValueKind.Object => type == "object",
        JsonValueKind.Array => type == "array",
        JsonValueKind.String => type == "string",
        _ => type == "number" || (type == "integer" && JsonNumber.Parse(value.GetRawText()).IsInteger),
    };

    private string Canonical(JsonElement value)
    {
        var text = CanonicalJson.Of(value);
        Charge(text.Length);
        return text;
    }

    private long CodePoints(string text)
    {
        Charge(text.Length);
        return text.Length - text.Count(char.IsLowSurrogate);
    }

    private static JsonElement Text(string text)
    {
        using var document = JsonDocument.Parse($"\"{JsonEncodedText.Encode(text)}\"");
        return document.RootElement.Clone();
    }

    /// <summary>What of a value was judged by some schema, for those that judge the rest.</summary>
    private sealed class Seen
    {
        public HashSet<string> Names { get; } = new(StringComparer.Ordinal);

        public HashSet<long> Items { get; } = [];

        public void Add(Seen other)
        {
            Names.UnionWith(other.Names);
            Items.UnionWith(other.Items);
        }
    }
}
