using System.Text.Json;

namespace EdgeBox.Worker.Constraints.Schemas;

/// <summary>The keywords of one schema; those that are not there are null or empty.</summary>
internal sealed class SchemaKeywords
{
    private HashSet<string>? _enumKeys;

    /// <summary>The kinds of "type"; numbers are among them if integers are.</summary>
    public JsonKinds? Type { get; set; }

    /// <summary>Whether integers are the only numbers of "type".</summary>
    public bool IntegersOnly { get; set; }

    public IReadOnlyList<JsonElement>? Enum { get; set; }

    /// <summary>The same as they are compared.</summary>
    public IReadOnlySet<string>? EnumKeys => Enum is null ? null : _enumKeys ??= [.. Enum.Select(SchemaValues.KeyOf)];

    public JsonElement? Const { get; set; }

    public ExactNumber? Minimum { get; set; }

    public ExactNumber? Maximum { get; set; }

    public ExactNumber? ExclusiveMinimum { get; set; }

    public ExactNumber? ExclusiveMaximum { get; set; }

    public ExactNumber? MultipleOf { get; set; }

    public int? MinLength { get; set; }

    public int? MaxLength { get; set; }

    public SchemaPattern? Pattern { get; set; }

    /// <summary>The pattern of a "format" that is held to; null for others, which are annotations.</summary>
    public SchemaPattern? Format { get; set; }

    public IReadOnlyList<SchemaNode> PrefixItems { get; set; } = [];

    public SchemaNode? Items { get; set; }

    public SchemaNode? Contains { get; set; }

    public int? MinItems { get; set; }

    public int? MaxItems { get; set; }

    public bool UniqueItems { get; set; }

    public IReadOnlyList<KeyValuePair<string, SchemaNode>> Properties { get; set; } = [];

    public IReadOnlyList<(SchemaPattern Pattern, SchemaNode Node)> PatternProperties { get; set; } = [];

    public SchemaNode? AdditionalProperties { get; set; }

    public SchemaNode? PropertyNames { get; set; }

    public IReadOnlyList<string> Required { get; set; } = [];

    public int? MinProperties { get; set; }

    public int? MaxProperties { get; set; }

    public IReadOnlyList<(string Name, IReadOnlyList<string> Others)> DependentRequired { get; set; } = [];

    public IReadOnlyList<KeyValuePair<string, SchemaNode>> DependentSchemas { get; set; } = [];

    public IReadOnlyList<SchemaNode> AllOf { get; set; } = [];

    public IReadOnlyList<SchemaNode>? AnyOf { get; set; }

    public IReadOnlyList<SchemaNode>? OneOf { get; set; }

    public SchemaNode? Not { get; set; }

    public SchemaNode? If { get; set; }

    public SchemaNode? Then { get; set; }

    public SchemaNode? Else { get; set; }

    public SchemaNode? Reference { get; set; }
}
