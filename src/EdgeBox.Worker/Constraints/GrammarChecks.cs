namespace EdgeBox.Worker.Constraints;

/// <summary>What a grammar must keep to once all its rules are known: no left recursion, and not too many ways to begin.</summary>
internal sealed class GrammarChecks(List<Element> elements, List<RuleDraft> rules, GrammarText text)
{
    private readonly bool[] _nullable = new bool[rules.Count];

    /// <summary>Ways to begin, counted no further than one beyond the limit; 0 until counted.</summary>
    private readonly int[] _ways = new int[rules.Count];

    /// <exception cref="GrammarException">The grammar cannot be followed.</exception>
    public void Run()
    {
        FindNullable();
        for (var i = 0; i < elements.Count; i++)
        {
            // One more repetition of nothing changes nothing, so what may be empty need not come at all.
            if (elements[i].Kind == ElementKind.Repeat && _nullable[elements[i].Value])
            {
                elements[i] = elements[i] with { Least = 0 };
            }
        }

        CountWays();
    }

    /// <summary>Finds the rules that match the empty text: each is looked at again when one that it uses is found.</summary>
    private void FindNullable()
    {
        var users = new List<int>[rules.Count];
        for (var rule = 0; rule < rules.Count; rule++)
        {
            foreach (var element in ElementsOf(rule).Where(element => element.Kind != ElementKind.Characters))
            {
                (users[element.Value] ??= []).Add(rule);
            }
        }

        var todo = new Queue<int>(Enumerable.Range(0, rules.Count));
        while (todo.TryDequeue(out var rule))
        {
            if (!_nullable[rule] && rules[rule].Alternatives!.Any(first => Chain(first).All(IsNullable)))
            {
                _nullable[rule] = true;
                foreach (var user in users[rule] ?? [])
                {
                    todo.Enqueue(user);
                }
            }
        }
    }

    /// <summary>Goes through the rules in the order in which they begin with one another.</summary>
    private void CountWays()
    {
        var open = new bool[rules.Count];
        for (var start = 0; start < rules.Count; start++)
        {
            var path = new Stack<(int Rule, IEnumerator<int> Begins)>();
            Enter(start);
            while (path.TryPeek(out var top))
            {
                if (top.Begins.MoveNext())
                {
                    Enter(top.Begins.Current);
                    continue;
                }

                path.Pop();
                open[top.Rule] = false;
                _ways[top.Rule] = WaysOf(top.Rule);
                if (_ways[top.Rule] > GrammarLimits.Stacks)
                {
                    throw Fail(top.Rule, path.Select(step => step.Rule), $"begins in more than {GrammarLimits.Stacks} ways; that is the most");
                }
            }

            void Enter(int rule)
            {
                if (open[rule])
                {
                    throw LeftRecursion(rule, path.Select(step => step.Rule));
                }

                if (_ways[rule] == 0)
                {
                    open[rule] = true;
                    path.Push((rule, Begins(rule).GetEnumerator()));
                }
            }
        }
    }

    private GrammarException LeftRecursion(int rule, IEnumerable<int> path)
    {
        var names = path.TakeWhile(step => step != rule).Prepend(rule).Append(rule)
            .Reverse().Select(step => rules[step].Name).Where(name => name.Length > 0).Distinct().ToList();
        var cycle = string.Join(" -> ", names.Append(names[0]).Take(8).Select(GrammarText.Quote));
        var position = rules[rules.FindIndex(other => other.Name == names[0])].Position;
        return text.Fail(position, $"the rule {GrammarText.Quote(names[0])} begins with itself (left recursion): {cycle}; write a repetition instead");
    }

    private GrammarException Fail(int rule, IEnumerable<int> path, string problem)
    {
        // What stands in parentheses has no place of its own: the rule around it is named.
        var named = path.Prepend(rule).FirstOrDefault(step => rules[step].Name.Length > 0, rule);
        return text.Fail(rules[named].Position, $"the rule {GrammarText.Quote(rules[named].Name)} {problem}");
    }

    /// <summary>The rules with which a rule may begin.</summary>
    private IEnumerable<int> Begins(int rule) =>
        rules[rule].Alternatives!.SelectMany(Reached).Where(element => element.Kind != ElementKind.Characters).Select(element => element.Value);

    /// <summary>In how many ways a rule may begin or be empty.</summary>
    private int WaysOf(int rule)
    {
        long ways = _nullable[rule] ? 1 : 0;
        foreach (var element in rules[rule].Alternatives!.SelectMany(Reached))
        {
            ways += element.Kind == ElementKind.Characters ? 1 : _ways[element.Value] - (_nullable[element.Value] ? 1 : 0);
        }

        return (int)Math.Clamp(ways, 1, GrammarLimits.Stacks + 1);
    }

    /// <summary>The elements of an alternative up to the first that cannot be empty.</summary>
    private IEnumerable<Element> Reached(int first)
    {
        foreach (var element in Chain(first))
        {
            yield return element;
            if (!IsNullable(element))
            {
                yield break;
            }
        }
    }

    private bool IsNullable(Element element) => element.Kind switch
    {
        ElementKind.Rule => _nullable[element.Value],
        ElementKind.Repeat => element.Least == 0 || _nullable[element.Value],
        _ => false,
    };

    private IEnumerable<Element> ElementsOf(int rule) => rules[rule].Alternatives!.SelectMany(Chain);

    private IEnumerable<Element> Chain(int first)
    {
        for (var at = first; at != Grammar.None; at = elements[at].Next)
        {
            yield return elements[at];
        }
    }
}
