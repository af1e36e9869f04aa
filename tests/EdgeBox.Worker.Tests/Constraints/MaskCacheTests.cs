using EdgeBox.Worker.Constraints;

namespace EdgeBox.Worker.Tests.Constraints;

/// <summary>Masks are remembered up to a limit.</summary>
public sealed class MaskCacheTests
{
    private static readonly TokenSet s_tokens = TokenSet.Of(TokenSet.Room(64));

    [Fact]
    public void Put_BeyondTheLimit_ForgetsWhatWasNotUsedForLongest()
    {
        var (cache, space) = (new MaskCache(1_000), new StateSpace(Grammar.Parse("root ::= \"a\"")));
        var (one, two, three) = (State(space, 1), State(space, 2), State(space, 3));
        cache.Put(one, new TokenMask(s_tokens, new int[100]));
        cache.Put(two, new TokenMask(s_tokens, new int[100]));
        Assert.Equal(2 * 464, cache.Bytes);

        cache.Touch(one);
        cache.Put(three, new TokenMask(s_tokens, new int[100]));
        Assert.Equal((false, true, false), (one.Mask is null, two.Mask is null, three.Mask is null));
        Assert.Equal(2 * 464, cache.Bytes);

        // The same state again takes its place, and one that is too large alone is kept until another comes.
        cache.Put(three, new TokenMask(s_tokens, new int[1_000]));
        Assert.Equal((true, true, false), (one.Mask is null, two.Mask is null, three.Mask is null));
        Assert.Equal(4_064, cache.Bytes);
    }

    [Fact]
    public void Drop_Space_ForgetsItsMasksAlone()
    {
        var cache = new MaskCache(1_000);
        var (kept, dropped) = (new StateSpace(Grammar.Parse("root ::= \"a\"")), new StateSpace(Grammar.Parse("root ::= \"a\"")));
        var (one, other) = (State(kept, 1), State(dropped, 1));
        cache.Put(one, new TokenMask(s_tokens, [1]));
        cache.Put(other, new TokenMask(s_tokens, [1]));
        cache.Drop(dropped);
        Assert.NotNull(one.Mask);
        Assert.Null(other.Mask);
        Assert.Equal(68, cache.Bytes);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(64)]
    [InlineData(203)]
    public void Apply_AnySet_LeavesItsLogitsAndTheFurtherOnes(int size)
    {
        var random = new Random(size);
        for (var round = 0; round < 50; round++)
        {
            // Few tokens make a list, many make bits.
            var bits = TokenSet.Room(size);
            var chosen = Enumerable.Range(0, size).Where(_ => random.Next(100) < 2 * round).ToHashSet();
            foreach (var token in chosen)
            {
                TokenSet.Add(bits, token);
            }

            var set = TokenSet.Of(bits);
            int[] further = [random.Next(size)];
            float[] logits = [.. Enumerable.Range(0, size).Select(token => (float)token)];
            set.Apply(logits, further, []);
            Assert.Equal(Enumerable.Range(0, size).Select(token => chosen.Contains(token) || token == further[0] ? token : float.NegativeInfinity), logits);
            Assert.Equal(chosen.Order(), Enumerable.Range(0, size).Where(set.Contains));
            Assert.Equal(chosen.Count, set.Count);
        }
    }

    private static AutomatonState State(StateSpace space, ulong stack) => new(space, [stack], ends: false, []);
}
