using System.Globalization;
using System.Text;

namespace EdgeBox.Worker.Constraints.Writing;

/// <summary>The rules of a grammar while they are made; written, they leave out whatever can never come to an end.</summary>
internal sealed class RuleBook(string prefix, Work work)
{
    /// <summary>Texts up to this length are written where they are used, not as a rule.</summary>
    private const int Short = 24;

    private readonly List<Phrase> _rules = [];
    private readonly Dictionary<string, Reference> _shared = [];
    private bool[] _productive = [];

    public int Count => _rules.Count;

    /// <summary>A rule that is defined later.</summary>
    public Reference Reserve()
    {
        work.Spend();
        _rules.Add(Phrase.Never);
        return _rules.Count <= GrammarLimits.GeneratedRules
            ? new Reference(_rules.Count - 1)
            : throw new GrammarException($"its grammar has more than {GrammarLimits.GeneratedRules} rules; that is the most");
    }

    public void Define(Reference rule, Phrase body) => _rules[rule.Rule] = body;

    public Reference Add(Phrase body)
    {
        var rule = Reserve();
        Define(rule, body);
        return rule;
    }

    /// <summary>A rule that is there once, whoever uses it.</summary>
    public Reference Shared(string key, Func<Phrase> body)
    {
        if (!_shared.TryGetValue(key, out var rule))
        {
            // It may use itself.
            _shared.Add(key, rule = Reserve());
            Define(rule, body());
        }

        return rule;
    }

    /// <summary>The rules that a rule needs, with names; null if it can never come to an end.</summary>
    public string? Write(Reference root)
    {
        FindProductive();
        if (!_productive[root.Rule])
        {
            return null;
        }

        for (var rule = 0; rule < _rules.Count; rule++)
        {
            _rules[rule] = Simplify(_rules[rule]);
        }

        var (text, names, todo) = (new StringBuilder(), new Dictionary<int, string> { [root.Rule] = prefix }, new Queue<int>([root.Rule]));
        while (todo.TryDequeue(out var rule))
        {
            text.Append(names[rule]).Append(" ::= ");
            Write(text, _rules[rule], inside: false, Name);
            text.Append('\n');
            if (text.Length > GrammarLimits.GeneratedCharacters)
            {
                throw new GrammarException($"its grammar has more than {GrammarLimits.GeneratedCharacters} characters; that is the most");
            }
        }

        return text.ToString();

        string Name(int rule)
        {
            if (!names.TryGetValue(rule, out var name))
            {
                names.Add(rule, name = string.Create(CultureInfo.InvariantCulture, $"{prefix}-r{names.Count}"));
                todo.Enqueue(rule);
            }

            return name;
        }
    }

    /// <summary>Finds the rules that match any text at all, in turns from the last and from the first: most chains of rules run one way.</summary>
    private void FindProductive()
    {
        _productive = new bool[_rules.Count];
        for (var (changed, backwards) = (true, true); changed; backwards = !backwards)
        {
            changed = false;
            for (var i = 0; i < _rules.Count; i++)
            {
                var rule = backwards ? _rules.Count - 1 - i : i;
                if (!_productive[rule] && IsProductive(_rules[rule]))
                {
                    _productive[rule] = changed = true;
                }
            }
        }
    }

    private bool IsProductive(Phrase phrase)
    {
        work.Spend();
        return phrase switch
        {
            Reference reference => _productive[reference.Rule],
            Sequence sequence => sequence.Parts.All(IsProductive),
            Choice choice => choice.Options.Any(IsProductive),
            Repetition repetition => repetition.Least == 0 || IsProductive(repetition.Body),
            _ => true,
        };
    }

    private Phrase Simplify(Phrase phrase)
    {
        work.Spend();
        switch (phrase)
        {
            case Reference reference:
                return _productive[reference.Rule] ? phrase : Phrase.Never;
            case Sequence sequence:
                var parts = sequence.Parts.Select(Simplify).SelectMany(part => part is Sequence inner ? inner.Parts : [part]).ToList();
                parts = JoinLiterals(parts);
                return parts.Contains(Phrase.Never) ? Phrase.Never : parts.Count == 1 ? parts[0] : new Sequence(parts);
            case Choice choice:
                var options = choice.Options.Select(Simplify).SelectMany(option => option is Choice inner ? inner.Options : [option]).Distinct().ToList();
                return options.Count == 0 ? Phrase.Never : Phrase.OneOf(options);
            case Repetition repetition:
                var body = Simplify(repetition.Body);
                return ReferenceEquals(body, Phrase.Never) ? (repetition.Least == 0 ? Phrase.Empty : Phrase.Never) : repetition with { Body = body };
            default:
                return phrase;
        }
    }

    /// <summary>Literals that stand next to each other as one.</summary>
    private static List<Phrase> JoinLiterals(List<Phrase> parts)
    {
        var joined = new List<Phrase>(parts.Count);
        for (var i = 0; i < parts.Count;)
        {
            var end = i;
            while (end < parts.Count && parts[end] is Terminal { Gbnf: ['"', ..] })
            {
                end++;
            }

            joined.Add(end - i < 2 ? parts[i] : new Terminal($"\"{string.Concat(parts[i..end].Select(part => ((Terminal)part).Gbnf[1..^1]))}\""));
            i = Math.Max(end, i + 1);
        }

        return joined;
    }

    private void Write(StringBuilder text, Phrase phrase, bool inside, Func<int, string> name)
    {
        work.Spend();
        switch (phrase)
        {
            case Terminal terminal:
                text.Append(terminal.Gbnf);
                break;
            case Written written:
                text.Append(written.Gbnf);
                break;
            case Reference reference:
                var target = Resolve(reference);
                text.Append(target is Reference rule ? name(rule.Rule) : ((Terminal)target).Gbnf);
                break;
            case Sequence { Parts.Count: 0 }:
                text.Append("\"\"");
                break;
            case Sequence sequence:
                Join(text, sequence.Parts, " ", part => part is Choice, inside, name);
                break;
            case Choice choice:
                Join(text, choice.Options, " | ", _ => false, inside, name);
                break;
            case Repetition repetition:
                Write(text, repetition.Body, inside: true, name);
                text.Append((repetition.Least, repetition.Most) switch
                {
                    (0, null) => "*",
                    (1, null) => "+",
                    (0, 1) => "?",
                    var (least, most) when least == most => string.Create(CultureInfo.InvariantCulture, $"{{{least}}}"),
                    var (least, most) => string.Create(CultureInfo.InvariantCulture, $"{{{least},{most}}}"),
                });
                break;
            default:
                throw new InvalidOperationException("There is no such phrase.");
        }
    }

    private void Join(StringBuilder text, IReadOnlyList<Phrase> phrases, string between, Func<Phrase, bool> apart, bool inside, Func<int, string> name)
    {
        text.Append(inside ? "(" : "");
        for (var i = 0; i < phrases.Count; i++)
        {
            Write(text.Append(i > 0 ? between : ""), phrases[i], apart(phrases[i]), name);
        }

        text.Append(inside ? ")" : "");
    }

    /// <summary>What a rule stands for, if that is another rule or short.</summary>
    private Phrase Resolve(Reference reference)
    {
        // A rule that is nothing but itself matches no text, so this comes to an end; the bound is for what cannot be.
        for (var i = 0; i < _rules.Count; i++)
        {
            switch (_rules[reference.Rule])
            {
                case Reference next:
                    work.Spend();
                    reference = next;
                    break;
                case Terminal { Gbnf.Length: <= Short } terminal:
                    return terminal;
                default:
                    return reference;
            }
        }

        return reference;
    }
}
