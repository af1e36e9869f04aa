using System.Text.Json;

namespace EdgeBox.Worker.Constraints.Schemas;

/// <summary>One way in which a value can meet demands, with nothing left to choose.</summary>
internal sealed class ValueCase
{
    public JsonKinds Kinds { get; set; } = JsonKinds.All;

    /// <summary>The values of "const" and "enum", of which it must be one; null if there are none. They are checked one by one.</summary>
    public IReadOnlyList<JsonElement>? Values { get; set; }

    public bool IntegersOnly { get; set; }

    /// <summary>What numbers must be.</summary>
    public List<NumberTest> Numbers { get; private init; } = [];

    public int MinLength { get; set; }

    public int? MaxLength { get; set; }

    public List<(SchemaPattern Pattern, bool Negated)> Patterns { get; private init; } = [];

    /// <summary>Texts that it must not be.</summary>
    public List<string> OtherThan { get; private init; } = [];

    public List<ArrayPart> Arrays { get; private init; } = [];

    public int MinItems { get; set; }

    public int? MaxItems { get; set; }

    /// <summary>What one of the items at least must be.</summary>
    public List<Demand> Contains { get; private init; } = [];

    /// <summary>The place of a "uniqueItems" that must be kept.</summary>
    public SchemaNode? Unique { get; set; }

    public List<ObjectPart> Objects { get; private init; } = [];

    /// <summary>The names that must be there, in order.</summary>
    public OrderedDictionary<string, bool> Required { get; private init; } = [];

    public HashSet<string> Absent { get; private init; } = [];

    public List<Demand> PropertyNames { get; private init; } = [];

    public int MinProperties { get; set; }

    public int? MaxProperties { get; set; }

    /// <summary>Demands that are not looked at yet.</summary>
    public Stack<DemandPath> Todo { get; private init; } = [];

    /// <summary>Alternatives that are not chosen from yet: each changes the case.</summary>
    public Queue<IReadOnlyList<Action<ValueCase>>> Choices { get; private init; } = [];

    /// <summary>The demands that were looked at.</summary>
    public HashSet<int> Seen { get; private init; } = [];

    /// <summary>Whether no value is left.</summary>
    public bool IsDead => Kinds == JsonKinds.None;

    public void Only(JsonKinds kinds) => Kinds &= kinds;

    public ValueCase Clone() => new()
    {
        Kinds = Kinds, Values = Values, IntegersOnly = IntegersOnly, Numbers = [.. Numbers], MinLength = MinLength, MaxLength = MaxLength,
        Patterns = [.. Patterns], OtherThan = [.. OtherThan], Arrays = [.. Arrays], MinItems = MinItems, MaxItems = MaxItems,
        Contains = [.. Contains], Unique = Unique, Objects = [.. Objects], Required = new(Required), Absent = [.. Absent],
        PropertyNames = [.. PropertyNames], MinProperties = MinProperties, MaxProperties = MaxProperties, Todo = new(Todo.Reverse()),
        Choices = new(Choices), Seen = [.. Seen],
    };

    public void AtLeastLength(int least) => MinLength = Math.Max(MinLength, least);

    public void AtMostLength(int? most) => MaxLength = MaxLength < most ? MaxLength : most ?? MaxLength;

    public void AtLeastItems(int least) => MinItems = Math.Max(MinItems, least);

    public void AtMostItems(int? most) => MaxItems = MaxItems < most ? MaxItems : most ?? MaxItems;

    public void AtLeastProperties(int least) => MinProperties = Math.Max(MinProperties, least);

    public void AtMostProperties(int? most) => MaxProperties = MaxProperties < most ? MaxProperties : most ?? MaxProperties;

    public void Require(string name) => Required.TryAdd(name, true);

    /// <summary>Takes out the kinds of which nothing can be left: a property that must and must not be there, a least above a most.</summary>
    public void Settle()
    {
        if (MinLength > MaxLength)
        {
            Kinds &= ~JsonKinds.String;
        }

        if (MinItems > MaxItems)
        {
            Kinds &= ~JsonKinds.Array;
        }

        if (MinProperties > MaxProperties || Required.Count > MaxProperties || Required.Keys.Any(Absent.Contains))
        {
            Kinds &= ~JsonKinds.Object;
        }
    }
}
