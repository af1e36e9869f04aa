using System.Globalization;
using System.Text.Json;
using EdgeBox.Worker.Constraints.Regexes;
using EdgeBox.Worker.Constraints.Writing;

namespace EdgeBox.Worker.Constraints.Schemas;

/// <summary>Writes schemas as rules: one for each set of demands that a value must meet, so that recursion is one of rules.</summary>
internal sealed class SchemaPhrases
{
    /// <summary>Values of "enum" beyond which their common begins are written once.</summary>
    private const int FewValues = 16;

    private readonly Work _work;
    private readonly RuleBook _rules;
    private readonly JsonPhrases _json;
    private readonly SchemaCases _cases;
    private readonly StringPhrases _strings;
    private readonly ArrayPhrases _arrays;
    private readonly ObjectPhrases _objects;
    private readonly Dictionary<string, Reference> _known = [];
    private readonly Queue<(Reference Rule, IReadOnlyList<Demand> Demands)> _todo = [];

    public SchemaPhrases(string prefix, Work work)
    {
        _work = work;
        _rules = new RuleBook(prefix, work);
        _json = new JsonPhrases(_rules);
        _cases = new SchemaCases(work);
        _strings = new StringPhrases(_rules, _json, work);
        _arrays = new ArrayPhrases(_rules, _json, ValueOf);
        _objects = new ObjectPhrases(_rules, _json, _strings, _cases, ValueOf, work);
    }

    /// <summary>The rules of a schema.</summary>
    /// <exception cref="GrammarException">A keyword is not supported, or it is beyond a limit.</exception>
    public string Write(SchemaNode root)
    {
        var entry = _rules.Add(ValueOf([new Demand(root, false)]));
        while (_todo.TryDequeue(out var next))
        {
            try
            {
                _rules.Define(next.Rule, Write(next.Demands));
            }
            catch (GrammarException problem) when (problem.Message[0] != '/' && !problem.Message.StartsWith("the schema", StringComparison.Ordinal))
            {
                throw SchemaDocument.Refuse(next.Demands[0].Node.Pointer, problem.Message);
            }
        }

        return _rules.Write(entry) ?? throw new GrammarException("the schema: no value matches it");
    }

    /// <summary>The rule of values that meet demands.</summary>
    private Phrase ValueOf(IReadOnlyList<Demand> demands)
    {
        _work.Spend(demands.Count);
        var (certain, key) = (demands.Where(demand => demand.Node.Always is null || demand.IsNever).ToList(), "");
        if (certain.Count == 0)
        {
            return _json.Any;
        }

        if (certain.Any(demand => demand.IsNever))
        {
            return Phrase.Never;
        }

        key = SchemaCases.KeyOf(certain);
        if (!_known.TryGetValue(key, out var rule))
        {
            _known.Add(key, rule = _rules.Reserve());
            _todo.Enqueue((rule, certain));
        }

        return rule;
    }

    private Phrase Write(IReadOnlyList<Demand> demands)
    {
        var (options, values) = (new List<Phrase>(), new Dictionary<string, JsonElement>());
        foreach (var way in _cases.Of(demands))
        {
            _work.Spend();
            if (way.Values is null)
            {
                options.AddRange(KindsOf(way));
                continue;
            }

            foreach (var value in way.Values)
            {
                var key = SchemaValues.KeyOf(value);
                if (!values.ContainsKey(key) && _cases.Meets(demands, value))
                {
                    values.Add(key, value);
                }
            }
        }

        options.AddRange(Among([.. values.Values]));
        return Phrase.OneOf(options);
    }

    private IEnumerable<Phrase> Among(List<JsonElement> values)
    {
        if (values.Count <= FewValues)
        {
            return values.Select(_json.Value);
        }

        var texts = values.Where(value => value.ValueKind == JsonValueKind.String).Select(value => value.GetString()!).ToList();
        var numbers = values.Where(value => value.ValueKind == JsonValueKind.Number).Select(SchemaValues.KeyOf).ToList();
        var others = values.Where(value => value.ValueKind is not (JsonValueKind.String or JsonValueKind.Number)).Select(_json.Value).ToList();
        return others.Count > SchemaLimits.Composites
            ? throw new GrammarException($"more than {SchemaLimits.Composites} objects and lists in \"enum\"; that is the most")
            : [.. others, _strings.Write(Automaton.OfTexts(texts, _work)), Digits(null).Write(Automaton.OfTexts(numbers, _work))];
    }

    private IEnumerable<Phrase> KindsOf(ValueCase way)
    {
        foreach (var (kind, literal) in ((JsonKinds, string)[])[(JsonKinds.Null, "null"), (JsonKinds.False, "false"), (JsonKinds.True, "true")])
        {
            if (way.Kinds.HasFlag(kind))
            {
                yield return Phrase.Literal(literal);
            }
        }

        if (way.Kinds.HasFlag(JsonKinds.Number))
        {
            yield return Number(way);
        }

        if (way.Kinds.HasFlag(JsonKinds.String))
        {
            yield return _strings.Write(way);
        }

        if (way.Kinds.HasFlag(JsonKinds.Array))
        {
            yield return _arrays.Write(way);
        }

        if (way.Kinds.HasFlag(JsonKinds.Object))
        {
            yield return _objects.Write(way);
        }
    }

    private Reference Number(ValueCase way)
    {
        if (way.Numbers.Count == 0)
        {
            return way.IntegersOnly ? _json.Integer : _json.Number;
        }

        // A state that leads back to itself does so as often as an answer may have further digits.
        var key = string.Create(CultureInfo.InvariantCulture, $"number {way.IntegersOnly} {string.Join(' ', way.Numbers.Distinct())}");
        return _rules.Shared(key, () => Digits(SchemaLimits.AnswerDigits).Write(NumberAutomaton.Of(way.Numbers, way.IntegersOnly, _work)));
    }

    private AutomatonPhrases Digits(int? loops) => new(_rules, set => Phrase.Character(set), Phrase.Empty, _work, loops);
}
