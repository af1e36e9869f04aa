namespace EdgeBox.Worker.Constraints;

/// <summary>The states of a grammar that were met so far. They are made when they are needed; any number of threads may ask.</summary>
internal sealed class StateSpace
{
    private readonly Lock _gate = new();
    private readonly Grammar _grammar;
    private readonly Frames _frames;
    private readonly ClosureFinder _closures;
    private readonly HashSet<AutomatonState> _states = new(new AutomatonState.Comparer());
    private readonly AutomatonState?[] _blank;
    private readonly List<ulong> _next = [];
    private long _stateBytes;

    public StateSpace(Grammar grammar)
    {
        _grammar = grammar;
        _frames = new Frames(grammar);
        _closures = new ClosureFinder(grammar, _frames);
        _blank = new AutomatonState?[grammar.ByteExamples.Length];
    }

    /// <summary>Bytes that all this takes, about.</summary>
    public long Bytes => Volatile.Read(ref _stateBytes) + (100L * _frames.Count) + (16 * _closures.Remembered);

    /// <summary>The state before the first byte.</summary>
    public AutomatonState Start(Effort effort)
    {
        lock (_gate)
        {
            var ends = false;
            _next.Clear();
            foreach (var first in _grammar.Rules[_grammar.Root])
            {
                if (!AddClosure(_frames.Push(first, Frames.Bottom), effort, ref ends))
                {
                    return AutomatonState.Beyond;
                }
            }

            return Intern(ends, effort);
        }
    }

    /// <summary>The state behind a byte.</summary>
    public AutomatonState Step(AutomatonState state, byte value, Effort effort)
    {
        var behind = _grammar.ByteClasses[value];
        return state.IsDead ? state : Volatile.Read(ref state.Row[behind]) ?? FindStep(state, behind, effort);
    }

    /// <summary>The state behind a class of bytes that is not in the state's row.</summary>
    public AutomatonState FindStep(AutomatonState state, int byteClass, Effort effort)
    {
        lock (_gate)
        {
            effort.AddSteps(1 + state.Stacks.Length);
            var (ends, known) = (false, true);
            var value = _grammar.ByteExamples[byteClass];
            _next.Clear();
            foreach (var stack in state.Stacks)
            {
                if (known && _grammar.Bytes.TryNext(AutomatonState.ByteStateOf(stack), value, out var target))
                {
                    if (target == ByteStates.Whole)
                    {
                        known = AddClosure(AutomatonState.FramesOf(stack), effort, ref ends);
                    }
                    else
                    {
                        _next.Add(AutomatonState.Key(target, AutomatonState.FramesOf(stack)));
                    }
                }
            }

            var next = known ? Intern(ends, effort) : AutomatonState.Beyond;
            if (ReferenceEquals(state.Row, _blank))
            {
                state.Row = new AutomatonState?[_blank.Length];
                _stateBytes += 8L * _blank.Length;
            }

            Volatile.Write(ref state.Row[byteClass], next);
            return next;
        }
    }

    /// <summary>Cuts off the frames that all stacks of a state have in common.</summary>
    /// <returns>The state without that context, which many states share, and the state in which the context begins.</returns>
    /// <remarks>
    /// It is for short tokens only, so a repetition that cannot come to its end within one of them has no end there: a string that may have
    /// 900 more characters is the same as one that may have 500.
    /// </remarks>
    public (AutomatonState Local, AutomatonState Context) Localize(AutomatonState state, Effort effort)
    {
        lock (_gate)
        {
            effort.AddSteps(state.Stacks.Length);
            var cut = FindCut(state);
            _next.Clear();
            foreach (var stack in state.Stacks)
            {
                _next.Add(AutomatonState.Key(AutomatonState.ByteStateOf(stack), Move(AutomatonState.FramesOf(stack), cut, effort)));
            }

            var local = Intern(state.Ends, effort);
            _next.Clear();
            var ends = false;
            return (local, AddClosure(cut, effort, ref ends) ? Intern(ends, effort) : AutomatonState.Beyond);
        }
    }

    /// <summary>The frames of a state, each after the one below it, so that another space can take them.</summary>
    public (int Number, Frame Frame)[] Export(AutomatonState state)
    {
        lock (_gate)
        {
            var numbers = new HashSet<int>();
            foreach (var stack in state.Stacks)
            {
                for (var at = AutomatonState.FramesOf(stack); at != Frames.Bottom && numbers.Add(at); at = _frames[at].Parent)
                {
                }
            }

            // A frame is always made after the one below it.
            return [.. numbers.Order().Select(number => (number, _frames[number]))];
        }
    }

    /// <summary>The same state with the frames of another space.</summary>
    public AutomatonState Import(AutomatonState state, (int Number, Frame Frame)[] frames)
    {
        lock (_gate)
        {
            var numbers = new Dictionary<int, int> { [Frames.Bottom] = Frames.Bottom };
            foreach (var (number, frame) in frames)
            {
                numbers[number] = _frames.Push(frame.Element, frame.Least, frame.Most, numbers[frame.Parent]);
            }

            _next.Clear();
            _next.AddRange(state.Stacks.Select(stack => AutomatonState.Key(AutomatonState.ByteStateOf(stack), numbers[AutomatonState.FramesOf(stack)])));
            return Intern(state.Ends, new Effort());
        }
    }

    /// <summary>Collects what may come first of a stack; false if that is beyond a limit.</summary>
    private bool AddClosure(int stack, Effort effort, ref bool ends)
    {
        if (_closures.Of(stack, effort) is not { } closure)
        {
            return false;
        }

        _next.AddRange(closure.Stacks);
        ends |= closure.Ends;
        return true;
    }

    /// <summary>The state with the stacks that were collected; <see cref="AutomatonState.Beyond"/> if they are too many.</summary>
    private AutomatonState Intern(bool ends, Effort effort)
    {
        _next.Sort();
        ulong[] stacks = [.. _next.Distinct()];
        if (stacks.Length > GrammarLimits.Stacks)
        {
            return AutomatonState.Beyond;
        }

        if (stacks.Length == 0 && !ends)
        {
            return AutomatonState.Dead;
        }

        var made = new AutomatonState(this, stacks, ends, _blank);
        if (_states.TryGetValue(made, out var known))
        {
            return known;
        }

        effort.AddState();
        _states.Add(made);
        _stateBytes += 160 + (8L * stacks.Length);
        return made;
    }

    /// <summary>Where the context of a state begins.</summary>
    private int FindCut(AutomatonState state)
    {
        if (state.Ends || state.Stacks.Length == 0)
        {
            return Frames.Bottom;
        }

        var first = AutomatonState.FramesOf(state.Stacks[0]);
        var (cut, alone) = (first, true);
        foreach (var stack in state.Stacks)
        {
            alone &= AutomatonState.FramesOf(stack) == first;
            cut = _frames.Common(cut, AutomatonState.FramesOf(stack));
        }

        // Where every next character leads straight into the context, or the context begins inside a repetition, nothing of the rule would
        // be left: its next frames are kept.
        const int Kept = 4;
        var (keeps, rule) = (alone || IsBegun(cut), Owner(cut));
        for (var kept = 0; keeps && kept < Kept && cut != Frames.Bottom && Owner(cut) == rule; kept++)
        {
            cut = _frames[cut].Parent;
        }

        return cut;
    }

    private int Owner(int frame) => frame == Frames.Bottom ? Grammar.None : _grammar.Elements[_frames[frame].Element].Owner;

    /// <summary>Whether a frame is a repetition of which some rounds are counted already.</summary>
    private bool IsBegun(int frame)
    {
        if (frame == Frames.Bottom)
        {
            return false;
        }

        var element = _grammar.Elements[_frames[frame].Element];
        return element.Kind == ElementKind.Repeat && (_frames[frame].Least != element.Least || _frames[frame].Most != element.Most);
    }

    /// <summary>The same frames down to the cut, on a context in its place, with counters no larger than matters.</summary>
    private int Move(int frame, int cut, Effort effort)
    {
        var kept = new List<Frame>();
        for (var at = frame; at != cut; at = _frames[at].Parent)
        {
            kept.Add(_frames[at]);
        }

        effort.AddSteps(kept.Count);
        var moved = Frames.Context;
        for (var i = kept.Count - 1; i >= 0; i--)
        {
            moved = _frames.Push(kept[i].Element, Saturate(kept[i].Least), Saturate(kept[i].Most), moved);
        }

        return moved;
    }

    private static int Saturate(int count) => count > TokenTable.ShortCharacters ? Grammar.Unlimited : count;
}
