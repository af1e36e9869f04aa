namespace EdgeBox.Worker.Constraints;

/// <summary>Reads GBNF by recursive descent, no deeper than its parentheses may be nested.</summary>
internal sealed class GrammarParser(string gbnf, int longest)
{
    private readonly GrammarText _text = new(gbnf);
    private readonly List<Element> _elements = [];
    private readonly List<RuleDraft> _rules = [];
    private readonly Dictionary<string, int> _names = [];
    private readonly ByteStates _bytes = new();

    /// <summary>The states before the characters of literals, which are most of a grammar.</summary>
    private readonly Dictionary<int, int> _single = [];
    private int _owner;
    private int _nesting;

    /// <exception cref="GrammarException">The text is no grammar, or beyond a limit.</exception>
    public Grammar Parse()
    {
        if (gbnf.Length > longest)
        {
            throw new GrammarException(1, 1, $"the grammar has {gbnf.Length} characters; at most {longest} are allowed");
        }

        _text.SkipSpace(lines: true);
        while (!_text.AtEnd)
        {
            ReadRule();
        }

        if (!_names.TryGetValue("root", out var root) || _rules[root].Alternatives is null)
        {
            throw _text.Fail(0, "there is no rule \"root\"; it says what the whole answer looks like");
        }

        if (_rules.FirstOrDefault(rule => rule.Alternatives is null) is { } missing)
        {
            throw _text.Fail(missing.Position, $"the rule {GrammarText.Quote(missing.Name)} is used but not defined");
        }

        new GrammarChecks(_elements, _rules, _text).Run();
        return new Grammar([.. _elements], [.. _rules.Select(rule => rule.Alternatives!)], root, _bytes);
    }

    private void ReadRule()
    {
        var position = _text.Position;
        var name = _text.ReadName();
        _text.SkipSpace(lines: false);
        if (!_text.Take("::="))
        {
            throw _text.Fail($"{_text.Found()} where \"::=\" must stand, behind the name {GrammarText.Quote(name)}");
        }

        _owner = RuleNamed(name, position);
        if (_rules[_owner].Alternatives is not null)
        {
            throw _text.Fail(position, $"the rule {GrammarText.Quote(name)} is defined a second time");
        }

        _rules[_owner].Position = position;
        _text.SkipSpace(lines: true);
        _rules[_owner].Alternatives = ReadAlternatives(nested: false);
        if (!_text.AtEnd && _text.Next is not ('\r' or '\n'))
        {
            throw _text.Fail($"{_text.Found()} where an element, '|' or the end of the line must stand");
        }

        _text.SkipSpace(lines: true);
    }

    private int[] ReadAlternatives(bool nested)
    {
        var firsts = new List<int> { ReadSequence(nested) };
        while (_text.Take('|'))
        {
            _text.SkipSpace(lines: true);
            firsts.Add(ReadSequence(nested));
        }

        // An alternative that is there twice is one.
        return [.. firsts.Distinct()];
    }

    /// <summary>Reads elements until something comes that is none; returns the first.</summary>
    private int ReadSequence(bool nested)
    {
        var sequence = new List<Element>();
        var last = -1;
        while (!_text.AtEnd)
        {
            if (_text.Next is '*' or '+' or '?' or '{')
            {
                Repeat(sequence, last, nested);
            }
            else
            {
                var begin = sequence.Count;
                if (!ReadElement(sequence))
                {
                    break;
                }

                last = begin;
            }

            _text.SkipSpace(nested);
        }

        return Commit(sequence, 0);
    }

    /// <summary>Reads one element; false if there is none.</summary>
    private bool ReadElement(List<Element> sequence)
    {
        var position = _text.Position;
        switch (_text.Next)
        {
            case '"':
                ReadLiteral(sequence);
                return true;
            case '[':
                sequence.Add(Characters(ReadClass()));
                return true;
            case '.':
                _text.Take('.');
                sequence.Add(Characters(CharacterSet.Any));
                return true;
            case '(':
                sequence.Add(Of(ElementKind.Rule, ReadGroup()));
                return true;
            case '<' or '!':
                throw _text.Fail("elements that stand for a token (<[1000]>, <think>, !<[1000]>) are not supported; write its text in quotes");
            case var c when GrammarText.IsNameCharacter(c):
                sequence.Add(Of(ElementKind.Rule, RuleNamed(_text.ReadName(), position)));
                return true;
            default:
                return false;
        }
    }

    private void ReadLiteral(List<Element> sequence)
    {
        var position = _text.Position;
        _text.Take('"');
        while (!_text.Take('"'))
        {
            if (_text.AtEnd)
            {
                throw _text.Fail(position, "the literal has no end; '\"' must close it");
            }

            var at = _text.Position;
            var character = _text.ReadCharacter();
            if (!_single.TryGetValue(character, out var state))
            {
                var set = CharacterSet.Of([new(character, character)], negated: false);
                state = set.Length > 0 ? _bytes.StateOf(set) : throw _text.Fail(at, "no character that can be written: U+0000 and surrogates (U+D800 to U+DFFF) cannot");
                _single.Add(character, state);
            }

            sequence.Add(Of(ElementKind.Characters, state));
        }
    }

    private CharacterRange[] ReadClass()
    {
        var position = _text.Position;
        _text.Take('[');
        var negated = _text.Take('^');
        var ranges = new List<CharacterRange>();
        while (!_text.Take(']'))
        {
            if (_text.AtEnd)
            {
                throw _text.Fail(position, "the character class has no end; ']' must close it");
            }

            var at = _text.Position;
            var first = _text.ReadCharacter();
            var last = first;
            if (_text.Next == '-' && !_text.Sees("-]"))
            {
                _text.Take('-');
                last = _text.AtEnd ? throw _text.Fail(position, "the character class has no end; ']' must close it") : _text.ReadCharacter();
            }

            ranges.Add(first <= last ? new(first, last) : throw _text.Fail(at, "the range runs backwards; the smaller character comes first"));
        }

        if (ranges.Count == 0)
        {
            throw _text.Fail(position, "the character class is empty; '.' matches any character, \"\" matches nothing");
        }

        var set = CharacterSet.Of(ranges, negated);
        return set.Length > 0 ? set : throw _text.Fail(position, "the character class matches no character that can be written");
    }

    private int ReadGroup()
    {
        var position = _text.Position;
        if (++_nesting > GrammarLimits.Nesting)
        {
            throw _text.Fail($"more than {GrammarLimits.Nesting} parentheses inside one another; that is the most");
        }

        _text.Take('(');
        _text.SkipSpace(lines: true);
        var rule = AddRule(ReadAlternatives(nested: true));
        if (!_text.Take(')'))
        {
            throw _text.AtEnd
                ? _text.Fail(position, "the parenthesis has no end; ')' must close it")
                : _text.Fail($"{_text.Found()} where an element, '|' or ')' must stand");
        }

        _nesting--;
        return rule;
    }

    /// <summary>Makes a repetition of the element that was read last, which begins at <paramref name="last"/>.</summary>
    private void Repeat(List<Element> sequence, int last, bool nested)
    {
        if (last < 0)
        {
            throw _text.Fail($"'{_text.Next}' repeats nothing; it stands behind an element");
        }

        var (least, most) = ReadTimes(nested);
        var body = sequence.Count == last + 1 && sequence[last].Kind == ElementKind.Rule ? sequence[last].Value : AddRule([Commit(sequence, last)]);
        sequence.RemoveRange(last, sequence.Count - last);
        if (most > 0)
        {
            sequence.Add(Of(ElementKind.Repeat, body) with { Least = least, Most = most });
        }
    }

    private (int Least, int Most) ReadTimes(bool nested)
    {
        if (_text.Take('*'))
        {
            return (0, Grammar.Unlimited);
        }

        if (_text.Take('+'))
        {
            return (1, Grammar.Unlimited);
        }

        if (_text.Take('?'))
        {
            return (0, 1);
        }

        var position = _text.Position;
        _text.Take('{');
        _text.SkipSpace(nested);
        var least = _text.ReadCount();
        var most = least;
        _text.SkipSpace(nested);
        if (_text.Take(','))
        {
            _text.SkipSpace(nested);
            most = char.IsAsciiDigit(_text.Next) ? _text.ReadCount() : Grammar.Unlimited;
            _text.SkipSpace(nested);
        }

        if (!_text.Take('}'))
        {
            throw _text.Fail($"{_text.Found()} where '}}' must stand; allowed are {{m}}, {{m,}} and {{m,n}}");
        }

        return least <= most ? (least, most) : throw _text.Fail(position, "the smaller number of repetitions comes first");
    }

    private int RuleNamed(string name, int position)
    {
        if (!_names.TryGetValue(name, out var rule))
        {
            rule = _rules.Count;
            _names.Add(name, rule);
            _rules.Add(new RuleDraft(name) { Position = position });
        }

        return rule;
    }

    private int AddRule(int[] alternatives)
    {
        _rules.Add(new RuleDraft("") { Alternatives = alternatives });
        return _rules.Count - 1;
    }

    private Element Characters(CharacterRange[] set) => Of(ElementKind.Characters, _bytes.StateOf(set));

    private Element Of(ElementKind kind, int value) => new(kind, value, 0, 0, Grammar.None, _owner);

    /// <summary>Chains the elements from a place on and gives them their numbers; returns the first.</summary>
    private int Commit(List<Element> sequence, int from)
    {
        for (var i = from; i < sequence.Count; i++)
        {
            _elements.Add(i + 1 < sequence.Count ? sequence[i] with { Next = _elements.Count + 1 } : sequence[i]);
        }

        return from < sequence.Count ? _elements.Count - (sequence.Count - from) : Grammar.None;
    }
}
