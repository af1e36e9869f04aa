namespace EdgeBox.Worker.Constraints;

/// <summary>What may come first of a stack: the same stack with a character on top, in each way that there is.</summary>
/// <param name="Stacks">See <see cref="AutomatonState.Key"/>.</param>
/// <param name="Ends">Whether the stack may be empty.</param>
internal sealed record Closure(ulong[] Stacks, bool Ends);

/// <summary>Finds closures, and remembers them.</summary>
internal sealed class ClosureFinder(Grammar grammar, Frames frames)
{
    private readonly Dictionary<int, Closure?> _known = [];
    private readonly HashSet<int> _seen = [];
    private readonly Stack<int> _todo = new();
    private readonly List<ulong> _stacks = [];

    /// <summary>The most rounds with which a repetition that may end at once was seen.</summary>
    private readonly Dictionary<(int Element, int Parent), int> _repeats = [];

    /// <summary>Numbers that are remembered.</summary>
    public long Remembered { get; private set; }

    /// <summary>The closure of a stack; null if it is beyond a limit.</summary>
    public Closure? Of(int stack, Effort effort)
    {
        if (!_known.TryGetValue(stack, out var closure))
        {
            closure = Find(stack);
            effort.AddSteps(_seen.Count);
            Remembered += 4 + (closure?.Stacks.Length ?? 0);
            _known.Add(stack, closure);
        }

        return closure;
    }

    private Closure? Find(int stack)
    {
        _seen.Clear();
        _todo.Clear();
        _stacks.Clear();
        _repeats.Clear();
        var ends = false;
        Visit(stack);
        while (_todo.TryPop(out var at))
        {
            if (_seen.Count > GrammarLimits.ClosureSteps || frames[at].Depth > GrammarLimits.Depth)
            {
                return null;
            }

            if (at is Frames.Bottom or Frames.Context)
            {
                ends = true;
            }
            else
            {
                Expand(frames[at]);
            }
        }

        return new Closure([.. _stacks], ends);
    }

    private void Expand(Frame frame)
    {
        var element = grammar.Elements[frame.Element];
        var behind = frames.Push(element.Next, frame.Parent);
        if (element.Kind == ElementKind.Characters)
        {
            _stacks.Add(AutomatonState.Key(element.Value, behind));
            return;
        }

        var after = behind;
        if (element.Kind == ElementKind.Repeat)
        {
            after = frames.PushRepeated(frame, behind);
            if (frame.Least == 0)
            {
                Visit(behind);
            }
        }

        foreach (var first in grammar.Rules[element.Value])
        {
            Visit(frames.Push(first, after));
        }
    }

    private void Visit(int stack)
    {
        if (!IsCovered(frames[stack]) && _seen.Add(stack))
        {
            _todo.Push(stack);
        }
    }

    /// <summary>Whether the same repetition was seen with as many rounds or more: after an empty round there is nothing new.</summary>
    private bool IsCovered(Frame frame)
    {
        if (frame.Element == Grammar.None || frame.Least > 0 || grammar.Elements[frame.Element].Kind != ElementKind.Repeat)
        {
            return false;
        }

        var most = _repeats.GetValueOrDefault((frame.Element, frame.Parent));
        _repeats[(frame.Element, frame.Parent)] = Math.Max(most, frame.Most);
        return frame.Most <= most;
    }
}
