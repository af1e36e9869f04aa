using EdgeBox.Worker.Constraints.Writing;

namespace EdgeBox.Worker.Constraints.Regexes;

/// <summary>Reads regular expressions as ECMAScript writes them with its flag u; what cannot be a grammar is refused by name.</summary>
internal sealed class RegexParser(string pattern, Work work)
{
    private const int Longest = 8_192;
    private const int Nesting = 100;

    private static readonly CharacterRange[] s_dot = [.. CodePoints.Complement([new('\n', '\n'), new('\r', '\r'), new(0x2028, 0x2029)])];

    private readonly RegexText _text = new(pattern);
    private int _nesting;

    /// <exception cref="GrammarException">The text is no regular expression, or beyond what is supported.</exception>
    public RegexNode Parse()
    {
        if (pattern.Length > Longest)
        {
            throw _text.Fail($"{pattern.Length} characters; at most {Longest} are allowed", 0);
        }

        var node = ReadChoice();
        return _text.AtEnd ? node : throw _text.Fail("')' closes nothing");
    }

    private RegexNode ReadChoice()
    {
        var options = new List<RegexNode> { ReadSequence() };
        while (_text.Take("|"))
        {
            options.Add(ReadSequence());
        }

        return options.Count == 1 ? options[0] : new RegexChoice(options);
    }

    private RegexNode ReadSequence()
    {
        var parts = new List<RegexNode>();
        while (!_text.AtEnd && _text.Next is not ('|' or ')'))
        {
            work.Spend();
            parts.Add(ReadRepeated());
        }

        return parts.Count == 1 ? parts[0] : new RegexSequence(parts);
    }

    private RegexNode ReadRepeated()
    {
        var begin = _text.Position;
        var atom = ReadAtom();
        if (ReadTimes() is not { } times)
        {
            return atom;
        }

        if (atom is RegexAnchor)
        {
            throw _text.Fail("an anchor cannot be repeated", begin);
        }

        if (times.Most < times.Least)
        {
            throw _text.Fail("the smaller number of repetitions comes first", begin);
        }

        // Which reading is tried first does not matter to a grammar.
        _text.Take("?");
        return times.Most == 0 ? RegexNode.Empty : new RegexRepeat(atom, times.Least, times.Most);
    }

    private (int Least, int? Most)? ReadTimes()
    {
        if (_text.Take("*"))
        {
            return (0, null);
        }

        if (_text.Take("+"))
        {
            return (1, null);
        }

        return _text.Take("?") ? (0, 1) : ReadCounts();
    }

    /// <summary>Numbers in braces; null if what stands there is none, as in "{}".</summary>
    private (int Least, int? Most)? ReadCounts()
    {
        var begin = _text.Position;
        if (_text.Take("{") && _text.ReadCount() is { } least)
        {
            var most = _text.Take(",") ? _text.ReadCount() : least;
            if (_text.Take("}"))
            {
                return (least, most);
            }
        }

        _text.Return(begin);
        return null;
    }

    private RegexNode ReadAtom()
    {
        var begin = _text.Position;
        switch (_text.Next)
        {
            case '^' or '$':
                var atEnd = _text.Take("$");
                return new RegexAnchor(atEnd || !_text.Take("^"));
            case '(':
                return ReadGroup();
            case '[':
                return ReadClass();
            case '.':
                _text.Take(".");
                return new RegexSet(s_dot);
            case '\\':
                _text.Take("\\");
                return new RegexSet(_text.ReadEscape(inClass: false));
            case '*' or '+' or '?':
                throw _text.Fail($"'{_text.Next}' repeats nothing");
            case '{' when ReadCounts() is not null:
                throw _text.Fail("'{' repeats nothing", begin);
            default:
                var character = _text.ReadCharacter();
                return new RegexSet([new(character, character)]);
        }
    }

    private RegexNode ReadGroup()
    {
        var begin = _text.Position;
        if (++_nesting > Nesting)
        {
            throw _text.Fail($"more than {Nesting} groups inside one another; that is the most");
        }

        _text.Take("(");
        if (_text.Take("?") && !_text.Take(":"))
        {
            SkipName(begin);
        }

        var node = ReadChoice();
        _nesting--;
        return _text.Take(")") ? node : throw _text.Fail("the group has no end; ')' must close it", begin);
    }

    private void SkipName(int begin)
    {
        foreach (var (sign, name) in (ReadOnlySpan<(string, string)>)
            [("=", "look-ahead"), ("!", "look-ahead"), ("<=", "look-behind"), ("<!", "look-behind")])
        {
            if (_text.Take(sign))
            {
                throw _text.Fail($"\"(?{sign}\" ({name}) is not supported", begin);
            }
        }

        if (!_text.Take("<"))
        {
            throw _text.Fail("groups that begin with \"(?\" are supported as \"(?:\" and \"(?<name>\" only", begin);
        }

        while (!_text.Take(">"))
        {
            if (!(char.IsLetterOrDigit(_text.Next) || _text.Next is '_' or '$'))
            {
                throw _text.Fail("the name of the group has no end; '>' must close it", begin);
            }

            _text.ReadCharacter();
        }
    }

    private RegexSet ReadClass()
    {
        var begin = _text.Position;
        _text.Take("[");
        var negated = _text.Take("^");
        var ranges = new List<CharacterRange>();
        while (!_text.Take("]"))
        {
            work.Spend();
            var at = _text.Position;
            var first = ReadMember(begin);
            var dash = _text.Position;
            if (!_text.Take("-") || _text.Next == ']')
            {
                _text.Return(dash);
                ranges.AddRange(first);
                continue;
            }

            var last = ReadMember(begin);
            if (first is not [var low] || last is not [var high] || low.First != low.Last || high.First != high.Last)
            {
                throw _text.Fail("a range goes from one character to another", at);
            }

            ranges.Add(low.First <= high.First ? new(low.First, high.First) : throw _text.Fail("the range runs backwards; the smaller character comes first", at));
        }

        var set = CodePoints.Union(ranges);
        return new RegexSet(negated ? [.. CodePoints.Complement(set)] : set);
    }

    private CharacterRange[] ReadMember(int begin)
    {
        if (_text.AtEnd)
        {
            throw _text.Fail("the class has no end; ']' must close it", begin);
        }

        if (_text.Take("\\"))
        {
            return _text.ReadEscape(inClass: true);
        }

        var character = _text.ReadCharacter();
        return [new(character, character)];
    }
}
