using System.Globalization;
using System.Text.Json;
using EdgeBox.Worker.Constraints.Writing;

namespace EdgeBox.Worker.Constraints.Schemas;

/// <summary>The text of a schema: finds the schemas in it by their places.</summary>
internal sealed class SchemaDocument
{
    private readonly Dictionary<string, SchemaNode> _nodes = [];
    private readonly JsonElement _root;
    private readonly Work _work;
    private Dictionary<string, List<string>>? _anchors;

    private SchemaDocument(JsonElement root, Work work) => (_root, _work) = (root, work);

    public SchemaNode Root => NodeAt(_root, "");

    public Work Work => _work;

    /// <summary>The schema of any value.</summary>
    public SchemaNode True => NodeAt(JsonElement.Parse("true"), "#true");

    /// <exception cref="GrammarException">The text is no JSON, or beyond a limit.</exception>
    public static SchemaDocument Read(string schema, Work work)
    {
        if (schema.Length > SchemaLimits.Characters)
        {
            throw new GrammarException(string.Create(
                CultureInfo.InvariantCulture, $"the schema has {schema.Length} characters; at most {SchemaLimits.Characters} are allowed"));
        }

        if (!UnicodeText.IsWhole(schema))
        {
            throw new GrammarException("the schema is no text: it has half a character (a lone surrogate)");
        }

        try
        {
            using var document = JsonDocument.Parse(schema, new JsonDocumentOptions { MaxDepth = 2 * SchemaLimits.Depth });
            var root = document.RootElement.Clone();
            Check(root, "", 0, work);
            return new SchemaDocument(root, work);
        }
        catch (JsonException problem)
        {
            throw new GrammarException(string.Create(
                CultureInfo.InvariantCulture,
                $"the schema is no JSON, or nested deeper than {2 * SchemaLimits.Depth} levels: line {problem.LineNumber + 1}, byte {problem.BytePositionInLine + 1}"));
        }
    }

    /// <summary>The schema at a place.</summary>
    public SchemaNode NodeAt(JsonElement element, string pointer)
    {
        if (_nodes.TryGetValue(pointer, out var node))
        {
            return node;
        }

        if (element.ValueKind is not (JsonValueKind.Object or JsonValueKind.True or JsonValueKind.False))
        {
            throw Refuse(pointer, "a schema must be an object, true or false");
        }

        _work.Spend();
        _nodes.Add(pointer, node = new SchemaNode(this, _nodes.Count, element, pointer));
        return _nodes.Count <= SchemaLimits.Nodes ? node : throw Refuse(pointer, $"more than {SchemaLimits.Nodes} schemas inside one another; that is the most");
    }

    /// <summary>The schema to which a reference leads.</summary>
    public SchemaNode Follow(string reference, string pointer)
    {
        var id = _root.ValueKind == JsonValueKind.Object && _root.TryGetProperty("$id", out var value) && value.ValueKind == JsonValueKind.String ? value.GetString()! : "";
        var local = id.Length > 0 && reference.StartsWith(id, StringComparison.Ordinal) && (reference.Length == id.Length || reference[id.Length] == '#')
            ? reference[id.Length..].TrimStart('#')
            : reference.StartsWith('#') ? reference[1..]
            : reference.Length == 0 ? ""
            : throw Refuse(pointer, $"{Quote(reference)} is not in this schema; \"#\", \"#/...\" and \"#anchor\" are supported");
        var target = Uri.UnescapeDataString(local);
        if (target.Length > 0 && target[0] != '/')
        {
            var places = Anchors().GetValueOrDefault(target) ?? throw Refuse(pointer, $"there is no anchor {Quote(target)}");
            target = places is [var place] ? place : throw Refuse(pointer, $"there are several anchors {Quote(target)}");
        }

        return NodeAt(Find(target, pointer), target);
    }

    public static GrammarException Refuse(string pointer, string problem) => new($"{(pointer.Length == 0 ? "the schema" : pointer)}: {problem}");

    /// <summary>A name in a place.</summary>
    public static string Escape(string name) => name.Replace("~", "~0", StringComparison.Ordinal).Replace("/", "~1", StringComparison.Ordinal);

    public static string Quote(string text) => GrammarText.Quote(text);

    private JsonElement Find(string target, string pointer)
    {
        var element = _root;
        foreach (var token in target.Split('/').Skip(1))
        {
            var name = token.Replace("~1", "/", StringComparison.Ordinal).Replace("~0", "~", StringComparison.Ordinal);
            _work.Spend(1 + (element.ValueKind == JsonValueKind.Object ? element.GetPropertyCount() / 64 : 0)); // They are looked through one by one.
            if (element.ValueKind == JsonValueKind.Object && element.TryGetProperty(name, out var inner))
            {
                element = inner;
            }
            else if (element.ValueKind == JsonValueKind.Array
                && int.TryParse(name, NumberStyles.None, CultureInfo.InvariantCulture, out var index) && index < element.GetArrayLength())
            {
                element = element[index];
            }
            else
            {
                throw Refuse(pointer, $"there is nothing at {Quote("#" + target)}");
            }

            if (element.ValueKind == JsonValueKind.Object && element.TryGetProperty("$id", out var id) && id.ValueKind == JsonValueKind.String)
            {
                throw Refuse(pointer, "it leads into a schema with an \"$id\" of its own, which is not supported");
            }
        }

        return element;
    }

    private Dictionary<string, List<string>> Anchors()
    {
        if (_anchors is null)
        {
            _anchors = [];
            Collect(_root, "");
        }

        return _anchors;

        void Collect(JsonElement element, string pointer)
        {
            _work.Spend();
            if (element.ValueKind == JsonValueKind.Array)
            {
                foreach (var (index, item) in element.EnumerateArray().Index())
                {
                    Collect(item, string.Create(CultureInfo.InvariantCulture, $"{pointer}/{index}"));
                }
            }

            foreach (var property in element.ValueKind == JsonValueKind.Object ? element.EnumerateObject() : default)
            {
                if (property.Name is "$anchor" or "$dynamicAnchor" && property.Value.ValueKind == JsonValueKind.String)
                {
                    var name = property.Value.GetString()!;
                    if (!_anchors!.TryGetValue(name, out var places))
                    {
                        _anchors.Add(name, places = []);
                    }

                    places.Add(pointer);
                }
                else if (property.Name is not ("const" or "enum" or "default" or "examples"))
                {
                    Collect(property.Value, $"{pointer}/{Escape(property.Name)}");
                }
            }
        }
    }

    /// <summary>Checks depth, names and texts of all values.</summary>
    private static void Check(JsonElement element, string pointer, int depth, Work work)
    {
        work.Spend();
        if (depth > SchemaLimits.Depth)
        {
            throw Refuse(pointer, $"more than {SchemaLimits.Depth} objects and lists inside one another; that is the most");
        }

        try
        {
            switch (element.ValueKind)
            {
                case JsonValueKind.String:
                    element.GetString();
                    break;
                case JsonValueKind.Array:
                    foreach (var (index, item) in element.EnumerateArray().Index())
                    {
                        Check(item, string.Create(CultureInfo.InvariantCulture, $"{pointer}/{index}"), depth + 1, work);
                    }

                    break;
                case JsonValueKind.Object:
                    var names = new HashSet<string>();
                    foreach (var property in element.EnumerateObject())
                    {
                        var inner = $"{pointer}/{Escape(property.Name)}";
                        if (!names.Add(property.Name))
                        {
                            throw Refuse(inner, "it is there twice");
                        }

                        Check(property.Value, inner, depth + 1, work);
                    }

                    break;
            }
        }
        catch (InvalidOperationException)
        {
            throw Refuse(pointer, "a text with half a character (a lone surrogate)");
        }
    }
}
