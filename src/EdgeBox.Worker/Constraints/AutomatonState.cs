namespace EdgeBox.Worker.Constraints;

/// <summary>A set of stacks: everything that may still come. It does not change but for what is remembered of it.</summary>
internal sealed class AutomatonState
{
    /// <summary>Nothing may come and nothing may end.</summary>
    public static readonly AutomatonState Dead = new(null!, [], ends: false, []);

    /// <summary>The same, because what may come is beyond a limit.</summary>
    public static readonly AutomatonState Beyond = new(null!, [], ends: false, []);

    private readonly int _hash;

    /// <param name="space">Where the stacks are.</param>
    /// <param name="stacks">In order and without duplicates; see <see cref="Key"/>.</param>
    /// <param name="ends">Whether one of the stacks is empty.</param>
    /// <param name="row">The states behind each class of bytes, null where not known yet.</param>
    public AutomatonState(StateSpace space, ulong[] stacks, bool ends, AutomatonState?[] row)
    {
        (Space, Stacks, Ends, Row) = (space, stacks, ends, row);
        var hash = new HashCode();
        hash.Add(ends);
        foreach (var stack in stacks)
        {
            hash.Add(stack);
        }

        _hash = hash.ToHashCode();
    }

    /// <summary>Whether nothing may come and nothing may end, for whichever reason.</summary>
    public bool IsDead => Space is null;

    public StateSpace Space { get; }

    public ulong[] Stacks { get; }

    /// <summary>Whether what was read is complete; in a state without context, whether it leads out to the context.</summary>
    public bool Ends { get; }

    /// <summary>The states behind each class of bytes, null where not known yet.</summary>
    public AutomatonState?[] Row { get; set; }

    /// <summary>The tokens that may come, while they are remembered.</summary>
    public TokenMask? Mask { get; set; }

    /// <summary>The same of a state without context.</summary>
    public LocalMask? Local { get; set; }

    /// <summary>A stack as one number: the state inside a character, and the frames behind it.</summary>
    public static ulong Key(int byteState, int frames) => ((ulong)(uint)byteState << 32) | (uint)frames;

    public static int ByteStateOf(ulong key) => (int)(key >> 32);

    public static int FramesOf(ulong key) => (int)(uint)key;

    /// <summary>States are equal when their stacks are.</summary>
    public sealed class Comparer : IEqualityComparer<AutomatonState>
    {
        public bool Equals(AutomatonState? x, AutomatonState? y) =>
            ReferenceEquals(x, y) || (x is not null && y is not null && x._hash == y._hash && x.Ends == y.Ends && x.Stacks.AsSpan().SequenceEqual(y.Stacks));

        public int GetHashCode(AutomatonState obj) => obj._hash;
    }
}
