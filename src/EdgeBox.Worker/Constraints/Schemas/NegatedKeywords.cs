using System.Text.Json;

namespace EdgeBox.Worker.Constraints.Schemas;

/// <summary>The ways in which a value can fail one schema: each keyword that it may fail is one.</summary>
internal sealed class NegatedKeywords
{
    private readonly SchemaNode _node;
    private readonly DemandPath _path;
    private readonly SchemaKeywords _keywords;
    private readonly List<Action<ValueCase>> _ways = [];

    private NegatedKeywords(SchemaNode node, DemandPath path) => (_node, _path, _keywords) = (node, path, node.Keywords);

    public static IReadOnlyList<Action<ValueCase>> Of(SchemaNode node, DemandPath path)
    {
        var negated = new NegatedKeywords(node, path);
        negated.AddValues();
        negated.AddArrays();
        negated.AddObjects();
        negated.AddDependents();
        negated.AddOthers();
        return negated._ways;
    }

    private void AddValues()
    {
        if (_keywords.Type is { } type)
        {
            _ways.Add(way => way.Only(~type));
            if (_keywords.IntegersOnly)
            {
                Add(JsonKinds.Number, way => way.Numbers.Add(NumberTest.Integer(negated: true)));
            }
        }

        foreach (var values in (IReadOnlyList<JsonElement>?[])[_keywords.Const is { } value ? [value] : null, _keywords.Enum])
        {
            if (values is not null)
            {
                _ways.Add(way => Exclude(way, values));
            }
        }

        foreach (var test in AppliedKeywords.NumberTests(_keywords))
        {
            Add(JsonKinds.Number, way => way.Numbers.Add(test.Opposite()));
        }

        if (_keywords.MinLength is > 0 and var least)
        {
            Add(JsonKinds.String, way => way.AtMostLength(least - 1));
        }

        if (_keywords.MaxLength is { } most)
        {
            Add(JsonKinds.String, way => way.AtLeastLength(most + 1));
        }

        foreach (var pattern in (SchemaPattern?[])[_keywords.Pattern, _keywords.Format])
        {
            if (pattern is not null)
            {
                Add(JsonKinds.String, way => way.Patterns.Add((pattern, true)));
            }
        }
    }

    /// <summary>Takes values out of a case.</summary>
    private void Exclude(ValueCase way, IReadOnlyList<JsonElement> values)
    {
        foreach (var value in values)
        {
            var kind = AppliedKeywords.KindOf(value);
            switch (kind)
            {
                case JsonKinds.Number:
                    way.Numbers.Add(new(NumberTestKind.EqualTo, ExactNumber.Read(value.GetRawText()) ?? throw Unsupported("enum"), true));
                    break;
                case JsonKinds.String:
                    way.OtherThan.Add(value.GetString()!);
                    break;
                case JsonKinds.Array or JsonKinds.Object:
                    if (way.Kinds.HasFlag(kind) && way.Values is null)
                    {
                        throw Unsupported(_keywords.Const is null ? "enum" : "const");
                    }

                    break;
                default:
                    way.Only(~kind);
                    break;
            }
        }
    }

    private void AddArrays()
    {
        foreach (var (index, item) in _keywords.PrefixItems.Index())
        {
            Add(JsonKinds.Array, way =>
            {
                _node.Document.Work.Spend(index);
                way.AtLeastItems(index + 1);
                way.Arrays.Add(new ArrayPart([.. Enumerable.Repeat(new Demand(TrueNode, false), index), new Demand(item, true)], null));
            });
        }

        if (_keywords.Items is { } items)
        {
            if (items.Always != false && _keywords.PrefixItems.Count > 0)
            {
                AddUnsupported(JsonKinds.Array, "items");
            }
            else
            {
                Add(JsonKinds.Array, way =>
                {
                    way.AtLeastItems(_keywords.PrefixItems.Count + 1);
                    if (items.Always is null)
                    {
                        way.Contains.Add(new Demand(items, true));
                    }
                    else if (items.Always == true)
                    {
                        way.Only(JsonKinds.None);
                    }
                });
            }
        }

        if (_keywords.MinItems is > 0 and var least)
        {
            Add(JsonKinds.Array, way => way.AtMostItems(least - 1));
        }

        if (_keywords.MaxItems is { } most)
        {
            Add(JsonKinds.Array, way => way.AtLeastItems(most + 1));
        }

        if (_keywords.UniqueItems)
        {
            AddUnsupported(JsonKinds.Array, "uniqueItems");
        }

        if (_keywords.Contains is { } contains)
        {
            Add(JsonKinds.Array, way => way.Arrays.Add(new ArrayPart([], new Demand(contains, true))));
        }
    }

    private void AddObjects()
    {
        foreach (var name in _keywords.Required)
        {
            Add(JsonKinds.Object, way => way.Absent.Add(name));
        }

        foreach (var (name, schema) in _keywords.Properties)
        {
            Add(JsonKinds.Object, way =>
            {
                way.Require(name);
                way.Objects.Add(new ObjectPart([KeyValuePair.Create(name, new Demand(schema, true))], [], null));
            });
        }

        if (_keywords.MinProperties is > 0 and var least)
        {
            Add(JsonKinds.Object, way => way.AtMostProperties(least - 1));
        }

        if (_keywords.MaxProperties is { } most)
        {
            Add(JsonKinds.Object, way => way.AtLeastProperties(most + 1));
        }

        if (_keywords.PatternProperties.Count > 0)
        {
            AddUnsupported(JsonKinds.Object, "patternProperties");
        }

        if (_keywords.AdditionalProperties is { Always: not true })
        {
            AddUnsupported(JsonKinds.Object, "additionalProperties");
        }

        if (_keywords.PropertyNames is { Always: not true })
        {
            AddUnsupported(JsonKinds.Object, "propertyNames");
        }
    }

    private void AddDependents()
    {
        foreach (var (name, others) in _keywords.DependentRequired)
        {
            foreach (var other in others)
            {
                Add(JsonKinds.Object, way =>
                {
                    way.Require(name);
                    way.Absent.Add(other);
                });
            }
        }

        foreach (var (name, schema) in _keywords.DependentSchemas)
        {
            var failed = _path.Then(new Demand(schema, true));
            Add(JsonKinds.Object, way =>
            {
                way.Require(name);
                way.Todo.Push(failed);
            });
        }
    }

    private void AddOthers()
    {
        foreach (var other in _keywords.AllOf.Concat(_keywords.Reference is { } target ? [target] : (SchemaNode[])[]))
        {
            Push(new Demand(other, true));
        }

        if (_keywords.Not is { } not)
        {
            Push(new Demand(not, false));
        }

        if (_keywords.AnyOf is { } branches)
        {
            Push([.. branches.Select(branch => new Demand(branch, true))]);
        }

        if (_keywords.OneOf is { } alternatives)
        {
            // None of them, or two.
            Push([.. alternatives.Select(branch => new Demand(branch, true))]);
            foreach (var (index, one) in alternatives.Index())
            {
                foreach (var other in alternatives.Skip(index + 1))
                {
                    Push(new Demand(one, false), new Demand(other, false));
                }
            }
        }

        if (_keywords.If is { } condition)
        {
            if (_keywords.Then is { } then)
            {
                Push(new Demand(condition, false), new Demand(then, true));
            }

            if (_keywords.Else is { } otherwise)
            {
                Push(new Demand(condition, true), new Demand(otherwise, true));
            }
        }
    }

    private SchemaNode TrueNode => _node.Document.True;

    private void Add(JsonKinds kind, Action<ValueCase> change) => _ways.Add(way =>
    {
        way.Only(kind);
        if (!way.IsDead)
        {
            change(way);
        }
    });

    private void AddUnsupported(JsonKinds kind, string keyword) => Add(kind, _ => throw Unsupported(keyword));

    private GrammarException Unsupported(string keyword) => _node.Refuse(
        keyword, $"the opposite of \"{keyword}\" is not supported; \"not\", \"if\", or a \"oneOf\" whose branches may overlap, needs it");

    private void Push(params Demand[] demands)
    {
        _node.Document.Work.Spend(demands.Length);
        List<DemandPath> paths = [.. demands.Select(_path.Then)];
        _ways.Add(way =>
        {
            foreach (var further in paths)
            {
                way.Todo.Push(further);
            }
        });
    }
}
