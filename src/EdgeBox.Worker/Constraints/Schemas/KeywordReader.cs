using System.Globalization;
using System.Text.Json;

namespace EdgeBox.Worker.Constraints.Schemas;

/// <summary>Reads the keywords of one schema and refuses by name what is not supported.</summary>
internal sealed class KeywordReader(SchemaNode node)
{
    private static readonly Dictionary<string, JsonKinds> s_types = new()
    {
        ["null"] = JsonKinds.Null, ["boolean"] = JsonKinds.False | JsonKinds.True, ["number"] = JsonKinds.Number, ["integer"] = JsonKinds.Number,
        ["string"] = JsonKinds.String, ["array"] = JsonKinds.Array, ["object"] = JsonKinds.Object,
    };

    private readonly SchemaKeywords _found = new();

    public SchemaKeywords Read()
    {
        if (node.Always is null)
        {
            foreach (var property in node.Element.EnumerateObject())
            {
                node.Document.Work.Spend();
                if (!ReadValues(property) && !ReadSizes(property) && !ReadSchemas(property) && !ReadObjects(property))
                {
                    Pass(property);
                }
            }
        }

        if (_found.MultipleOf is { Digits.Sign: <= 0 })
        {
            throw node.Refuse("multipleOf", "it must be more than 0");
        }

        if (_found.MultipleOf is { } multiple && multiple.Digits > SchemaLimits.Multiple)
        {
            throw node.Refuse("multipleOf", $"\"multipleOf\" is supported up to {SchemaLimits.Multiple} times its last decimal place");
        }

        return _found;
    }

    private bool ReadValues(JsonProperty property)
    {
        var value = property.Value;
        switch (property.Name)
        {
            case "type":
                ReadType(value);
                return true;
            case "enum":
                _found.Enum = Expect(property, JsonValueKind.Array, "a list").EnumerateArray().ToList();
                return true;
            case "const":
                _found.Const = value;
                return true;
            case "minimum":
                _found.Minimum = Number(property);
                return true;
            case "maximum":
                _found.Maximum = Number(property);
                return true;
            case "exclusiveMinimum":
                _found.ExclusiveMinimum = Number(property);
                return true;
            case "exclusiveMaximum":
                _found.ExclusiveMaximum = Number(property);
                return true;
            case "multipleOf":
                _found.MultipleOf = Number(property);
                return true;
            case "pattern":
                _found.Pattern = Pattern(Text(property), $"{node.Pointer}/pattern");
                return true;
            case "format":
                _found.Format = SchemaFormats.Find(Text(property)) is { } format ? Pattern(format, $"{node.Pointer}/format") : null;
                return true;
            default:
                return false;
        }
    }

    private bool ReadSizes(JsonProperty property)
    {
        switch (property.Name)
        {
            case "minLength":
                _found.MinLength = Count(property);
                return true;
            case "maxLength":
                _found.MaxLength = Count(property);
                return true;
            case "minItems":
                _found.MinItems = Count(property);
                return true;
            case "maxItems":
                _found.MaxItems = Count(property);
                return true;
            case "minProperties":
                _found.MinProperties = Count(property);
                return true;
            case "maxProperties":
                _found.MaxProperties = Count(property);
                return true;
            case "uniqueItems":
                _found.UniqueItems = property.Value.ValueKind is JsonValueKind.True or JsonValueKind.False
                    ? property.Value.ValueKind == JsonValueKind.True
                    : throw node.Refuse(property.Name, "it must be true or false");
                return true;
            default:
                return false;
        }
    }

    private bool ReadSchemas(JsonProperty property)
    {
        switch (property.Name)
        {
            case "prefixItems":
                _found.PrefixItems = Nodes(property);
                return true;
            case "items":
                _found.Items = Node(property);
                return true;
            case "contains":
                _found.Contains = Node(property);
                return true;
            case "additionalProperties":
                _found.AdditionalProperties = Node(property);
                return true;
            case "propertyNames":
                _found.PropertyNames = Node(property);
                return true;
            case "allOf":
                _found.AllOf = Nodes(property);
                return true;
            case "anyOf":
                _found.AnyOf = Nodes(property);
                return true;
            case "oneOf":
                _found.OneOf = Nodes(property);
                return true;
            case "not":
                _found.Not = Node(property);
                return true;
            case "if":
                _found.If = Node(property);
                return true;
            case "then":
                _found.Then = Node(property);
                return true;
            case "else":
                _found.Else = Node(property);
                return true;
            case "$ref":
                _found.Reference = node.Document.Follow(Text(property), $"{node.Pointer}/$ref");
                return true;
            default:
                return false;
        }
    }

    private bool ReadObjects(JsonProperty property)
    {
        switch (property.Name)
        {
            case "properties":
                _found.Properties = Named(property);
                return true;
            case "patternProperties":
                _found.PatternProperties =
                    [.. Named(property).Select(pair => (Pattern(pair.Key, $"{node.Pointer}/patternProperties/{SchemaDocument.Escape(pair.Key)}"), pair.Value))];
                return true;
            case "required":
                _found.Required = Texts(property.Name, property.Value);
                return true;
            case "dependentRequired":
                _found.DependentRequired = Expect(property, JsonValueKind.Object, "an object").EnumerateObject()
                    .Select(pair => (pair.Name, Texts(property.Name, pair.Value))).ToList();
                return true;
            case "dependentSchemas":
                _found.DependentSchemas = Named(property);
                return true;
            default:
                return false;
        }
    }

    /// <summary>Passes over what says nothing of a value, and refuses the rest.</summary>
    private void Pass(JsonProperty property)
    {
        switch (property.Name)
        {
            case "title" or "description" or "default" or "examples" or "deprecated" or "readOnly" or "writeOnly" or "$comment" or "$defs"
                or "definitions" or "$anchor" or "$dynamicAnchor" or "contentEncoding" or "contentMediaType" or "contentSchema":
            case "$id" when node.Pointer.Length == 0:
            case var name when name.StartsWith("x-", StringComparison.Ordinal):
                return;
            case "$id":
                throw node.Refuse(property.Name, "\"$id\" is supported at the root only");
            case "$schema":
                var dialect = Text(property).TrimEnd('#');
                if (dialect is not ("https://json-schema.org/draft/2020-12/schema" or "https://json-schema.org/draft/2019-09/schema"
                    or "http://json-schema.org/draft-07/schema" or "http://json-schema.org/draft-06/schema" or "http://json-schema.org/schema"))
                {
                    throw node.Refuse(property.Name, $"{SchemaDocument.Quote(dialect)} is not supported; schemas are read as draft 2020-12");
                }

                return;
            default:
                throw node.Refuse(property.Name, $"{SchemaDocument.Quote(property.Name)} is not supported");
        }
    }

    private void ReadType(JsonElement value)
    {
        var names = value.ValueKind == JsonValueKind.String ? [value.GetString()!] : Texts("type", value);
        var kinds = JsonKinds.None;
        foreach (var name in names)
        {
            kinds |= s_types.TryGetValue(name, out var kind) ? kind : throw node.Refuse("type", $"there is no type {SchemaDocument.Quote(name)}");
        }

        (_found.Type, _found.IntegersOnly) = (kinds, names.Contains("integer") && !names.Contains("number"));
    }

    private JsonElement Expect(JsonProperty property, JsonValueKind kind, string what) =>
        property.Value.ValueKind == kind ? property.Value : throw node.Refuse(property.Name, $"it must be {what}");

    private string Text(JsonProperty property) => Expect(property, JsonValueKind.String, "a text").GetString()!;

    private IReadOnlyList<string> Texts(string keyword, JsonElement value) =>
        value.ValueKind == JsonValueKind.Array && value.EnumerateArray().All(item => item.ValueKind == JsonValueKind.String)
            ? [.. value.EnumerateArray().Select(item => item.GetString()!)]
            : throw node.Refuse(keyword, "it must hold lists of texts");

    private ExactNumber Number(JsonProperty property) =>
        ExactNumber.Read(Expect(property, JsonValueKind.Number, "a number").GetRawText())
            ?? throw node.Refuse(property.Name, $"more than {SchemaLimits.Digits} digits; that is the most");

    private int Count(JsonProperty property)
    {
        var number = Number(property);
        return number.IsInteger && number.Digits.Sign >= 0
            ? (int)System.Numerics.BigInteger.Min(number.Digits, int.MaxValue - 1)
            : throw node.Refuse(property.Name, "it must be a whole number of at least 0");
    }

    private SchemaPattern Pattern(string pattern, string pointer) => new(pattern, pointer, node.Document.Work);

    private SchemaNode Node(JsonProperty property) => node.Document.NodeAt(property.Value, $"{node.Pointer}/{property.Name}");

    private List<SchemaNode> Nodes(JsonProperty property)
    {
        var list = Expect(property, JsonValueKind.Array, "a list of schemas").EnumerateArray()
            .Select((item, index) => node.Document.NodeAt(item, string.Create(CultureInfo.InvariantCulture, $"{node.Pointer}/{property.Name}/{index}"))).ToList();
        return list.Count > 0 ? list : throw node.Refuse(property.Name, "it must hold at least one schema");
    }

    private List<KeyValuePair<string, SchemaNode>> Named(JsonProperty property) =>
        Expect(property, JsonValueKind.Object, "an object of schemas").EnumerateObject()
            .Select(pair => KeyValuePair.Create(pair.Name, node.Document.NodeAt(pair.Value, $"{node.Pointer}/{property.Name}/{SchemaDocument.Escape(pair.Name)}"))).ToList();
}
