using System.Text.Json;
using System.Text.RegularExpressions;

namespace EdgeBox.Daemon.Checks;

/// <summary>A JSON Schema that was understood: what of it has to hold. Null members ask for nothing.</summary>
internal sealed class Schema
{
    /// <summary>The schema "true".</summary>
    public static Schema Anything { get; } = new();

    /// <summary>The schema "false".</summary>
    public static Schema Nothing { get; } = new() { Never = true };

    public bool Never { get; init; }

    /// <summary>Kinds that are allowed, as JSON Schema names them.</summary>
    public IReadOnlyList<string>? Types { get; set; }

    /// <summary>Values that are allowed, in canonical form.</summary>
    public IReadOnlySet<string>? Values { get; set; }

    /// <summary>Bounds of numbers: whether a number is within, and in words what it must be.</summary>
    public List<(string Rule, Func<JsonNumber, bool> Holds)> Numbers { get; } = [];

    /// <summary>Bounds of texts, arrays and objects, by the kind.</summary>
    public List<(JsonValueKind Kind, string Rule, Func<long, bool> Holds)> Sizes { get; } = [];

    public Regex? Pattern { get; set; }

    public IReadOnlyList<string>? Required { get; set; }

    public IReadOnlyDictionary<string, IReadOnlyList<string>>? DependentRequired { get; set; }

    public IReadOnlyDictionary<string, Schema>? Properties { get; set; }

    public IReadOnlyList<(Regex Name, Schema Schema)>? PatternProperties { get; set; }

    public Schema? AdditionalProperties { get; set; }

    public Schema? PropertyNames { get; set; }

    public IReadOnlyDictionary<string, Schema>? DependentSchemas { get; set; }

    public Schema? UnevaluatedProperties { get; set; }

    public IReadOnlyList<Schema>? PrefixItems { get; set; }

    public Schema? Items { get; set; }

    public bool UniqueItems { get; set; }

    public Schema? Contains { get; set; }

    public long MinContains { get; set; } = 1;

    public long MaxContains { get; set; } = long.MaxValue;

    public Schema? UnevaluatedItems { get; set; }

    public IReadOnlyList<Schema>? AllOf { get; set; }

    public IReadOnlyList<Schema>? AnyOf { get; set; }

    public IReadOnlyList<Schema>? OneOf { get; set; }

    public Schema? Not { get; set; }

    public Schema? If { get; set; }

    public Schema? Then { get; set; }

    public Schema? Else { get; set; }

    /// <summary>What "$ref" leads to.</summary>
    public Schema? Reference { get; set; }
}
