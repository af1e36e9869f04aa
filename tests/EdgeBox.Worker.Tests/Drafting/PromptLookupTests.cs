using CsCheck;
using EdgeBox.Worker.Batching;
using EdgeBox.Worker.Drafting;

namespace EdgeBox.Worker.Tests.Drafting;

/// <summary>What is guessed ahead, and when it is worth it.</summary>
public sealed class PromptLookupTests
{
    [Fact]
    public void Guess_TextRepeatsItself_IsWhatFollowedTheLastTime()
    {
        var lookup = new PromptLookup([1, 2, 3, 4, 5, 6, 9, 1, 2, 3]);
        var guesses = new int[10];
        Assert.Equal(7, lookup.Guess(guesses));
        Assert.Equal([4, 5, 6, 9, 1, 2, 3], guesses[..7]);
        lookup.Add(4);
        Assert.Equal(5, Next(lookup));
        lookup.Add(8); // Wrong.
        Assert.Equal(-1, Next(lookup));
    }

    [Fact]
    public void Guess_NothingWasSeenBefore_IsNothing()
    {
        Assert.Equal(-1, Next(new PromptLookup([])));
        Assert.Equal(-1, Next(new PromptLookup([1, 2, 3])));
        Assert.Equal(-1, Next(new PromptLookup([.. Enumerable.Range(0, 500)])));
    }

    [Fact]
    public void Guess_AnyText_IsWhatStandsBehindAnEarlierPlaceThatEndsAlike() =>
        Gen.Int[0, 3].Array[0, 60].Sample(text =>
        {
            var lookup = new PromptLookup(text.AsSpan(0, text.Length / 2));
            foreach (var token in text.AsSpan(text.Length / 2))
            {
                lookup.Add(token);
            }

            Span<int> guesses = stackalloc int[4];
            var count = lookup.Guess(guesses);
            var seen = text.Length >= 3 && text.AsSpan(0, text.Length - 1).IndexOf(text.AsSpan(text.Length - 3)) >= 0;
            Assert.Equal(seen, count > 0);
            if (count > 0)
            {
                int[] claimed = [.. text.AsSpan(text.Length - 3), .. guesses[..count]];
                Assert.True(text.AsSpan().IndexOf(claimed) >= 0);
            }
        });

    [Fact]
    public void Choose_GuessesCostNothing_TakesAllWhileTheyAreRight()
    {
        var (policy, costs) = (new DraftPolicy(), new StepCosts());
        Enumerable.Range(1, 32).ToList().ForEach(tokens => costs.Note(tokens, 0.01));
        Assert.Equal(8, policy.Choose(costs, 1, 1, 8));
        Enumerable.Range(0, 60).ToList().ForEach(_ => policy.Note(right: false));
        costs.Note(2, 0.02);
        Enumerable.Range(0, 60).ToList().ForEach(_ => costs.Note(2, 0.02));
        Enumerable.Range(3, 30).ToList().ForEach(tokens => Enumerable.Range(0, 60).ToList().ForEach(_ => costs.Note(tokens, 0.01 * tokens)));
        Assert.Equal(0, policy.Choose(costs, 1, 1, 8));
    }

    [Fact]
    public void Choose_EachTokenCostsAsMuchAsAStep_GuessesNothing()
    {
        var (policy, costs) = (new DraftPolicy(), new StepCosts());
        Enumerable.Range(1, 64).ToList().ForEach(tokens => costs.Note(tokens, 0.01 * tokens));
        Assert.Equal(0, policy.Choose(costs, 1, 1, 12));
    }

    private static int Next(PromptLookup lookup)
    {
        Span<int> next = stackalloc int[1];
        return lookup.Guess(next) == 0 ? -1 : next[0];
    }
}
