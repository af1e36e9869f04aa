using System.Text.Json;
using EdgeBox.Worker.Constraints.Writing;

namespace EdgeBox.Worker.Constraints.Schemas;

/// <summary>Finds the ways in which a value can meet demands: applies all that is certain first, and chooses from alternatives then.</summary>
internal sealed class SchemaCases(Work work)
{
    /// <summary>Searches inside searches, beyond which nothing is shown to be empty.</summary>
    private const int Nesting = 24;

    /// <summary>Steps that a search takes whatever it finds: its cases are kept, so this bounds their memory.</summary>
    private const int Search = 32;

    private readonly Dictionary<string, IReadOnlyList<ValueCase>> _known = [];
    private readonly HashSet<string> _open = [];

    /// <summary>What is the same for the same demands, in any order.</summary>
    public static string KeyOf(IReadOnlyList<Demand> demands) => demands is [var only]
        ? only.Key.ToString(System.Globalization.CultureInfo.InvariantCulture)
        : string.Join(',', demands.Select(demand => demand.Key).Distinct().Order());

    /// <summary>The ways to meet all the demands; none if nothing can.</summary>
    /// <exception cref="GrammarException">A keyword is not supported, or there are too many ways.</exception>
    public IReadOnlyList<ValueCase> Of(IReadOnlyList<Demand> demands)
    {
        var key = KeyOf(demands);
        if (!_known.TryGetValue(key, out var cases))
        {
            if (!_open.Add(key))
            {
                throw SchemaDocument.Refuse(demands[0].Node.Pointer, "it refers to itself for the same value, so it says nothing");
            }

            _known.Add(key, cases = Find(demands));
            _open.Remove(key);
        }

        return cases;
    }

    /// <summary>Whether it can be shown that nothing meets the demands, looking no deeper than so far.</summary>
    public bool IsSurelyEmpty(IReadOnlyList<Demand> demands, int depth)
    {
        work.Spend();
        if (demands.Any(demand => demand.IsNever))
        {
            return true;
        }

        return !_open.Contains(KeyOf(demands)) && _open.Count < Nesting
            && Of(demands).All(found => found.Values is { } values ? !values.Any(value => Meets(demands, value)) : !IsAlive(found, depth));
    }

    /// <summary>Whether a value meets all the demands.</summary>
    public bool Meets(IReadOnlyList<Demand> demands, JsonElement value)
    {
        var validator = new SchemaValidator(work);
        return demands.All(demand => validator.Matches(demand.Node, value) != demand.Negated);
    }

    private bool IsAlive(ValueCase found, int depth)
    {
        if ((found.Kinds & ~(JsonKinds.Number | JsonKinds.String | JsonKinds.Array | JsonKinds.Object)) != 0)
        {
            return true;
        }

        return (found.Kinds.HasFlag(JsonKinds.Number) && !NumberAutomaton.IsSurelyEmpty(found, work))
            || (found.Kinds.HasFlag(JsonKinds.String) && !StringPhrases.IsSurelyEmpty(found, work))
            || (found.Kinds.HasFlag(JsonKinds.Array) && (depth == 0
                || !Enumerable.Range(0, Math.Min(found.MinItems, 8)).Any(index => IsSurelyEmpty(ArrayPhrases.At(found, index), depth - 1))))
            || (found.Kinds.HasFlag(JsonKinds.Object) && (depth == 0
                || !found.Required.Keys.Any(name => IsSurelyEmpty(ObjectPhrases.ValueOf(found, name), depth - 1))));
    }

    private List<ValueCase> Find(IReadOnlyList<Demand> demands)
    {
        work.Spend(Search);
        var (found, open) = (new List<ValueCase>(), new Stack<ValueCase>());
        var first = new ValueCase();
        foreach (var demand in demands.Reverse())
        {
            first.Todo.Push(new DemandPath(demand, null));
        }

        open.Push(first);
        while (open.TryPop(out var way))
        {
            Apply(way);
            way.Settle();
            if (way.IsDead)
            {
                continue;
            }

            if (!way.Choices.TryDequeue(out var options))
            {
                found.Add(way);
                if (found.Count > SchemaLimits.Cases)
                {
                    throw SchemaDocument.Refuse(
                        demands[0].Node.Pointer, $"its alternatives (\"anyOf\", \"oneOf\", \"not\", \"if\") combine in more than {SchemaLimits.Cases} ways; that is the most");
                }

                continue;
            }

            // The first of them is on top: what comes first in the schema comes first in the grammar.
            for (var i = options.Count - 1; i >= 0; i--)
            {
                var other = i == 0 ? way : way.Clone();
                work.Spend(8 + way.Seen.Count + way.Numbers.Count + way.Required.Count + way.Objects.Count + way.Choices.Count);
                options[i](other);
                open.Push(other);
            }
        }

        return found;
    }

    private void Apply(ValueCase way)
    {
        while (!way.IsDead && way.Todo.TryPop(out var path))
        {
            work.Spend();
            var (node, negated) = path.Demand;
            if (!way.Seen.Add(path.Demand.Key))
            {
                continue;
            }

            if (way.Seen.Contains(path.Demand.Opposite().Key))
            {
                way.Only(JsonKinds.None);
            }
            else if (node.Always is { } always)
            {
                way.Only(always == negated ? JsonKinds.None : JsonKinds.All);
            }
            else if (negated)
            {
                way.Choices.Enqueue(NegatedKeywords.Of(node, path));
            }
            else
            {
                new AppliedKeywords(node, path, way, this).Apply();
            }
        }
    }
}
