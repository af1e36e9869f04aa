using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using EdgeBox.Daemon.Failures;
using EdgeBox.V1;
using static EdgeBox.Daemon.Inference.Limit;

namespace EdgeBox.Daemon.Checks;

/// <summary>Understands JSON Schema, draft 2020-12. What it cannot judge it refuses by name: nothing is passed over.</summary>
internal sealed class SchemaReader
{
    public const int MaxCharacters = 65_536;

    private const string Draft = "https://json-schema.org/draft/2020-12/schema";
    private const string Allowed = "JSON Schema, draft 2020-12, with references into itself alone; docs/checks.md lists the keywords";

    private readonly string _field;
    private readonly Dictionary<string, Schema> _known = new(StringComparer.Ordinal);
    private readonly Dictionary<string, string> _anchors = new(StringComparer.Ordinal);
    private readonly Dictionary<string, JsonElement> _subschemas = new(StringComparer.Ordinal);

    private SchemaReader(string field) => _field = field;

    /// <summary>Understands a schema.</summary>
    /// <exception cref="FailureException">INVALID_ARGUMENT: what it cannot judge is named.</exception>
    public static Schema Read(string text, string field)
    {
        Length(field, text, 1, MaxCharacters);
        if (!TryParse(text, out var document))
        {
            throw Refuse(field, "is no JSON", Allowed);
        }

        using (document)
        {
            var reader = new SchemaReader(field);
            reader.FindAnchors(document.RootElement, "#");
            return reader.Of(document.RootElement, "#");
        }
    }

    private Schema Of(JsonElement element, string path)
    {
        if (_known.TryGetValue(path, out var known))
        {
            return known;
        }

        switch (element.ValueKind)
        {
            case JsonValueKind.True:
                return _known[path] = Schema.Anything;
            case JsonValueKind.False:
                return _known[path] = Schema.Nothing;
            case JsonValueKind.Object:
                var schema = _known[path] = new Schema(); // Known before it is read: it may lead to itself.
                foreach (var keyword in element.EnumerateObject())
                {
                    Take(schema, keyword.Name, keyword.Value, $"{path}/{Escape(keyword.Name)}", path);
                }

                return schema;
            default:
                throw Wrong(path, "is no schema");
        }
    }

    private void Take(Schema schema, string keyword, JsonElement value, string path, string parent)
    {
        if (!TakeOfSchemas(schema, keyword, value, path) && !TakeOfObjects(schema, keyword, value, path) && !TakeBound(schema, keyword, value, path))
        {
            TakeOther(schema, keyword, value, path, parent);
        }
    }

    private bool TakeOfSchemas(Schema schema, string keyword, JsonElement value, string path)
    {
        Action<Schema>? one = keyword switch
        {
            "additionalProperties" => of => schema.AdditionalProperties = of,
            "propertyNames" => of => schema.PropertyNames = of,
            "unevaluatedProperties" => of => schema.UnevaluatedProperties = of,
            "items" => of => schema.Items = of,
            "contains" => of => schema.Contains = of,
            "unevaluatedItems" => of => schema.UnevaluatedItems = of,
            "not" => of => schema.Not = of,
            "if" => of => schema.If = of,
            "then" => of => schema.Then = of,
            "else" => of => schema.Else = of,
            _ => null,
        };
        Action<IReadOnlyList<Schema>>? many = keyword switch
        {
            "allOf" => of => schema.AllOf = of,
            "anyOf" => of => schema.AnyOf = of,
            "oneOf" => of => schema.OneOf = of,
            "prefixItems" => of => schema.PrefixItems = of,
            _ => null,
        };
        one?.Invoke(Of(value, path));
        if (many is not null)
        {
            if (value.ValueKind != JsonValueKind.Array || value.GetArrayLength() == 0)
            {
                throw Wrong(path, "is no list of schemas");
            }

            many([.. value.EnumerateArray().Select((item, i) => Of(item, string.Create(CultureInfo.InvariantCulture, $"{path}/{i}")))]);
        }

        return one is not null || many is not null;
    }

    private bool TakeOfObjects(Schema schema, string keyword, JsonElement value, string path)
    {
        switch (keyword)
        {
            case "properties":
                schema.Properties = Named(value, path);
                return true;
            case "dependentSchemas":
                schema.DependentSchemas = Named(value, path);
                return true;
            case "$defs":
                Named(value, path);
                return true;
            case "patternProperties":
                schema.PatternProperties = [.. Named(value, path).Select(pair => (Pattern(pair.Key, path), pair.Value))];
                return true;
            case "required":
                schema.Required = Texts(value, path);
                return true;
            case "dependentRequired":
                schema.DependentRequired = Members(value, path).ToDictionary(member => member.Name, member => Texts(member.Value, path), StringComparer.Ordinal);
                return true;
            default:
                return false;
        }
    }

    private bool TakeBound(Schema schema, string keyword, JsonElement value, string path)
    {
        (JsonValueKind Kind, string What, bool Most)? size = keyword switch
        {
            "minLength" => (JsonValueKind.String, "characters", false),
            "maxLength" => (JsonValueKind.String, "characters", true),
            "minItems" => (JsonValueKind.Array, "items", false),
            "maxItems" => (JsonValueKind.Array, "items", true),
            "minProperties" => (JsonValueKind.Object, "properties", false),
            "maxProperties" => (JsonValueKind.Object, "properties", true),
            _ => null,
        };
        if (size is { } of)
        {
            var count = Count(value, path);
            schema.Sizes.Add(of.Most
                ? (of.Kind, string.Create(CultureInfo.InvariantCulture, $"must have at most {count} {of.What}"), has => has <= count)
                : (of.Kind, string.Create(CultureInfo.InvariantCulture, $"must have at least {count} {of.What}"), has => has >= count));
            return true;
        }

        if (keyword is not ("minimum" or "maximum" or "exclusiveMinimum" or "exclusiveMaximum" or "multipleOf"))
        {
            return false;
        }

        var number = value.ValueKind == JsonValueKind.Number ? JsonNumber.Parse(value.GetRawText()) : throw Wrong(path, "is no number");
        var text = Words.Cut(value.GetRawText());
        schema.Numbers.Add(keyword switch
        {
            "minimum" => ($"must be at least {text}", given => given.CompareTo(number) >= 0),
            "maximum" => ($"must be at most {text}", given => given.CompareTo(number) <= 0),
            "exclusiveMinimum" => ($"must be above {text}", given => given.CompareTo(number) > 0),
            "exclusiveMaximum" => ($"must be below {text}", given => given.CompareTo(number) < 0),
            _ when number.Sign <= 0 => throw Wrong(path, "is not above 0"),
            _ => ($"must be a multiple of {text}", given => given.IsMultipleOf(number) == true),
        });
        return true;
    }

    private void TakeOther(Schema schema, string keyword, JsonElement value, string path, string parent)
    {
        switch (keyword)
        {
            case "type":
                schema.Types = value.ValueKind == JsonValueKind.String ? [value.GetString()!] : Texts(value, path);
                if (schema.Types.Any(type => type is not ("null" or "boolean" or "object" or "array" or "number" or "string" or "integer")))
                {
                    throw Wrong(path, "names a type that there is not");
                }

                break;
            case "enum" when value.ValueKind == JsonValueKind.Array:
                schema.Values = Both(schema.Values, value.EnumerateArray().Select(CanonicalJson.Of));
                break;
            case "const":
                schema.Values = Both(schema.Values, [CanonicalJson.Of(value)]);
                break;
            case "pattern":
                schema.Pattern = Pattern(value.ValueKind == JsonValueKind.String ? value.GetString()! : throw Wrong(path, "is no text"), path);
                break;
            case "uniqueItems":
                schema.UniqueItems = value.ValueKind == JsonValueKind.True;
                break;
            case "minContains":
                schema.MinContains = Count(value, path);
                break;
            case "maxContains":
                schema.MaxContains = Count(value, path);
                break;
            case "$ref":
                schema.Reference = Follow(value.ValueKind == JsonValueKind.String ? value.GetString()! : "", path);
                break;
            case "$schema" when value.ValueKind == JsonValueKind.String && value.GetString()!.TrimEnd('#') == Draft:
            case "$id" when parent == "#":
            case "$anchor" or "$comment" or "title" or "description" or "default" or "examples" or "deprecated" or "readOnly" or "writeOnly" or "format"
                or "contentEncoding" or "contentMediaType" or "contentSchema":
                break; // They name and describe; in this draft they ask for nothing.
            default:
                throw Wrong(path, "is a keyword that cannot be judged");
        }
    }

    private Dictionary<string, Schema> Named(JsonElement value, string path) =>
        Members(value, path).ToDictionary(member => member.Name, member => Of(member.Value, $"{path}/{Escape(member.Name)}"), StringComparer.Ordinal);

    /// <summary>The members of an object; of several with one name the last, as everywhere in JSON.</summary>
    private List<JsonProperty> Members(JsonElement value, string path) => value.ValueKind == JsonValueKind.Object
        ? [.. value.EnumerateObject().GroupBy(member => member.Name, StringComparer.Ordinal).Select(group => group.Last())]
        : throw Wrong(path, "is no object");

    private IReadOnlyList<string> Texts(JsonElement value, string path) =>
        value.ValueKind == JsonValueKind.Array && value.EnumerateArray().All(item => item.ValueKind == JsonValueKind.String)
            ? [.. value.EnumerateArray().Select(item => item.GetString()!)]
            : throw Wrong(path, "is no list of texts");

    private long Count(JsonElement value, string path)
    {
        var number = value.ValueKind == JsonValueKind.Number ? JsonNumber.Parse(value.GetRawText()) : throw Wrong(path, "is no number");
        return number is { Sign: >= 0, IsInteger: true } && number.Digits.Length + number.Exponent <= 15
            ? (long)decimal.Parse(value.GetRawText(), NumberStyles.Float, CultureInfo.InvariantCulture)
            : throw Wrong(path, "is no number of things");
    }

    private Regex Pattern(string pattern, string path)
    {
        try
        {
            return EcmaPattern.Compile(pattern, "the pattern");
        }
        catch (FailureException failure)
        {
            throw Wrong(path, $"cannot be judged: {failure.Message.TrimEnd('.')}");
        }
    }

    private static HashSet<string> Both(IReadOnlySet<string>? before, IEnumerable<string> values)
    {
        var set = values.ToHashSet(StringComparer.Ordinal);
        set.IntersectWith(before ?? set);
        return set;
    }

    /// <summary>What a reference within the schema leads to.</summary>
    private Schema Follow(string reference, string path)
    {
        var target = reference.StartsWith('#') ? Uri.UnescapeDataString(reference[1..]) : throw Wrong(path, "leads out of the schema");
        var at = target.Length == 0 || target[0] == '/' ? "#" + target : _anchors.GetValueOrDefault(target, "");
        return _subschemas.TryGetValue(at, out var element) ? Of(element, at) : throw Wrong(path, "leads nowhere");
    }

    /// <summary>Notes every place that a reference may lead to.</summary>
    private void FindAnchors(JsonElement element, string path)
    {
        _subschemas[path] = element;
        if (element.ValueKind == JsonValueKind.Object)
        {
            foreach (var member in element.EnumerateObject())
            {
                if (member.Name == "$anchor" && member.Value.ValueKind == JsonValueKind.String)
                {
                    _anchors[member.Value.GetString()!] = path;
                }

                FindAnchors(member.Value, $"{path}/{Escape(member.Name)}");
            }
        }
        else if (element.ValueKind == JsonValueKind.Array)
        {
            var i = 0;
            foreach (var item in element.EnumerateArray())
            {
                FindAnchors(item, string.Create(CultureInfo.InvariantCulture, $"{path}/{i++}"));
            }
        }
    }

    private static string Escape(string name) =>
        name.Replace("~", "~0", StringComparison.Ordinal).Replace("/", "~1", StringComparison.Ordinal);

    private FailureException Wrong(string path, string problem) => new(
        ErrorReason.InvalidArgument, $"{_field}: {Words.Cut(path)} {problem}; allowed: {Allowed}.", ("field", _field), ("limit", Allowed));
}
