namespace EdgeBox.Worker.Constraints;

/// <summary>A frame of a stack: an element that is still to come, and what comes after it.</summary>
/// <param name="Element">The element.</param>
/// <param name="Least">How often it still must come, of a repetition.</param>
/// <param name="Most">How often it still may come, of a repetition.</param>
/// <param name="Parent">The frame below.</param>
/// <param name="Depth">Frames below.</param>
internal readonly record struct Frame(int Element, int Least, int Most, int Parent, int Depth);

/// <summary>The frames of all stacks: equal ones are there once, and stacks share what they have in common.</summary>
internal sealed class Frames(Grammar grammar)
{
    /// <summary>Below every stack: nothing is left to come.</summary>
    public const int Bottom = 0;

    /// <summary>In place of frames that were cut off: what comes there is somebody else's.</summary>
    public const int Context = 1;

    private readonly List<Frame> _frames = [new(-1, 0, 0, -1, 0), new(-1, 0, 0, -1, 0)];
    private readonly Dictionary<(int Element, int Least, int Most, int Parent), int> _known = [];

    public int Count => _frames.Count;

    public Frame this[int frame] => _frames[frame];

    /// <summary>The frame of an element at its begin; the parent itself where there is no element.</summary>
    public int Push(int element, int parent) =>
        element == Grammar.None ? parent : Push(element, grammar.Elements[element].Least, grammar.Elements[element].Most, parent);

    public int Push(int element, int least, int most, int parent)
    {
        var key = (element, least, most, parent);
        if (!_known.TryGetValue(key, out var frame))
        {
            frame = _frames.Count;
            _frames.Add(new(element, least, most, parent, _frames[parent].Depth + 1));
            _known.Add(key, frame);
        }

        return frame;
    }

    /// <summary>The repetition of a frame, once begun: what comes when it has come.</summary>
    public int PushRepeated(Frame frame, int behind)
    {
        var most = frame.Most == Grammar.Unlimited ? Grammar.Unlimited : frame.Most - 1;
        var least = frame.Least is 0 or Grammar.Unlimited ? frame.Least : frame.Least - 1;
        return most == 0 ? behind : Push(frame.Element, least, most, frame.Parent);
    }

    /// <summary>The highest frame that both stacks have.</summary>
    public int Common(int one, int other)
    {
        while (one != other)
        {
            if (_frames[one].Depth >= _frames[other].Depth)
            {
                one = Below(one);
            }
            else
            {
                other = Below(other);
            }
        }

        return one;
    }

    private int Below(int frame) => Math.Max(_frames[frame].Parent, Bottom);
}
