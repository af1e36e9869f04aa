using System.Text.Json;

namespace EdgeBox.Worker.Constraints.Schemas;

/// <summary>Makes a case meet the keywords of one schema.</summary>
internal sealed class AppliedKeywords(SchemaNode node, DemandPath path, ValueCase way, SchemaCases cases)
{
    /// <summary>How deep two branches of "oneOf" are compared.</summary>
    private const int ComparedDepth = 3;

    private readonly SchemaKeywords _keywords = node.Keywords;

    public void Apply()
    {
        ApplyValues();
        ApplyArrays();
        ApplyObjects();
        ApplyOthers();
    }

    /// <summary>The tests of numbers among the keywords.</summary>
    public static IEnumerable<NumberTest> NumberTests(SchemaKeywords keywords)
    {
        if (keywords.Minimum is { } minimum)
        {
            yield return new(NumberTestKind.AtLeast, minimum, false);
        }

        if (keywords.ExclusiveMinimum is { } above)
        {
            yield return new(NumberTestKind.AtMost, above, true);
        }

        if (keywords.Maximum is { } maximum)
        {
            yield return new(NumberTestKind.AtMost, maximum, false);
        }

        if (keywords.ExclusiveMaximum is { } below)
        {
            yield return new(NumberTestKind.AtLeast, below, true);
        }

        if (keywords.MultipleOf is { } multiple)
        {
            yield return new(NumberTestKind.MultipleOf, multiple, false);
        }
    }

    private void ApplyValues()
    {
        if (_keywords.Type is { } type)
        {
            way.Only(type);
            way.IntegersOnly |= _keywords.IntegersOnly;
        }

        if (_keywords.Const is { } value)
        {
            Among([value]);
        }

        if (_keywords.Enum is { } values)
        {
            Among(values);
        }

        way.Numbers.AddRange(NumberTests(_keywords));
        way.AtLeastLength(_keywords.MinLength ?? 0);
        way.AtMostLength(_keywords.MaxLength);
        foreach (var pattern in (SchemaPattern?[])[_keywords.Pattern, _keywords.Format])
        {
            if (pattern is not null)
            {
                way.Patterns.Add((pattern, false));
            }
        }
    }

    private void Among(IReadOnlyList<JsonElement> values)
    {
        // All values are checked against all demands, so one list of them is enough: the shortest.
        way.Values = way.Values is { } others && others.Count <= values.Count ? others : values;
        way.Only(values.Select(KindOf).Aggregate(JsonKinds.None, (all, kind) => all | kind));
    }

    private void ApplyArrays()
    {
        if (_keywords.PrefixItems.Count > 0 || _keywords.Items is not null)
        {
            way.Arrays.Add(new ArrayPart([.. _keywords.PrefixItems.Select(item => new Demand(item, false))], Positive(_keywords.Items)));
        }

        way.AtLeastItems(_keywords.MinItems ?? 0);
        way.AtMostItems(_keywords.MaxItems);
        if (_keywords.UniqueItems)
        {
            way.Unique ??= node;
        }

        if (_keywords.Contains is { } contains)
        {
            way.AtLeastItems(1);
            way.Contains.Add(new Demand(contains, false));
        }
    }

    private void ApplyObjects()
    {
        if (_keywords.Properties.Count > 0 || _keywords.PatternProperties.Count > 0 || _keywords.AdditionalProperties is not null)
        {
            way.Objects.Add(new ObjectPart(
                [.. _keywords.Properties.Select(pair => KeyValuePair.Create(pair.Key, new Demand(pair.Value, false)))],
                [.. _keywords.PatternProperties.Select(pair => (pair.Pattern, new Demand(pair.Node, false)))],
                Positive(_keywords.AdditionalProperties)));
        }

        if (_keywords.PropertyNames is { } names)
        {
            way.PropertyNames.Add(new Demand(names, false));
        }

        foreach (var name in _keywords.Required)
        {
            way.Require(name);
        }

        way.AtLeastProperties(_keywords.MinProperties ?? 0);
        way.AtMostProperties(_keywords.MaxProperties);
        foreach (var (name, others) in _keywords.DependentRequired.Where(pair => pair.Others.Count > 0))
        {
            way.Choices.Enqueue([other => other.Absent.Add(name), other => Require(other, [name, .. others])]);
        }

        foreach (var (name, schema) in _keywords.DependentSchemas)
        {
            var then = path.Then(new Demand(schema, false));
            way.Choices.Enqueue(
            [
                other => other.Absent.Add(name),
                other =>
                {
                    Require(other, [name]);
                    other.Todo.Push(then);
                },
            ]);
        }
    }

    /// <summary>An object with properties; of values of other kinds nothing is said here.</summary>
    private static void Require(ValueCase other, IEnumerable<string> names)
    {
        other.Only(JsonKinds.Object);
        foreach (var name in names)
        {
            other.Require(name);
        }
    }

    private void ApplyOthers()
    {
        // What is pushed last is looked at first.
        foreach (var other in _keywords.AllOf.Reverse().Concat(_keywords.Reference is { } target ? [target] : (SchemaNode[])[]))
        {
            way.Todo.Push(path.Then(new Demand(other, false)));
        }

        if (_keywords.Not is { } not)
        {
            way.Todo.Push(path.Then(new Demand(not, true)));
        }

        if (_keywords.AnyOf is { } branches)
        {
            way.Choices.Enqueue([.. branches.Select(branch => Push([new Demand(branch, false)]))]);
        }

        if (_keywords.OneOf is { } alternatives)
        {
            way.Choices.Enqueue([.. alternatives.Select(branch => Push(Alone(branch, alternatives)))]);
        }

        if (_keywords.If is { } condition && (_keywords.Then is not null || _keywords.Else is not null))
        {
            way.Choices.Enqueue(
            [
                Push([new(condition, false), .. _keywords.Then is { } then ? [new Demand(then, false)] : (Demand[])[]]),
                Push([new(condition, true), .. _keywords.Else is { } otherwise ? [new Demand(otherwise, false)] : (Demand[])[]]),
            ]);
        }
    }

    /// <summary>That a branch matches and no other does; those that never match together with it need no mention.</summary>
    private List<Demand> Alone(SchemaNode branch, IReadOnlyList<SchemaNode> all)
    {
        var demands = new List<Demand> { new(branch, false) };
        foreach (var other in all)
        {
            if (other != branch && !cases.IsSurelyEmpty([demands[0], new Demand(other, false)], ComparedDepth))
            {
                demands.Add(new Demand(other, true));
            }
        }

        return demands;
    }

    private Action<ValueCase> Push(IReadOnlyList<Demand> demands)
    {
        List<DemandPath> paths = [.. demands.Select(path.Then)];
        return other =>
        {
            foreach (var further in paths.AsEnumerable().Reverse())
            {
                other.Todo.Push(further);
            }
        };
    }

    public static JsonKinds KindOf(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Null => JsonKinds.Null,
        JsonValueKind.False => JsonKinds.False,
        JsonValueKind.True => JsonKinds.True,
        JsonValueKind.Number => JsonKinds.Number,
        JsonValueKind.String => JsonKinds.String,
        JsonValueKind.Array => JsonKinds.Array,
        _ => JsonKinds.Object,
    };

    private static Demand? Positive(SchemaNode? schema) => schema is null ? null : new Demand(schema, false);
}
