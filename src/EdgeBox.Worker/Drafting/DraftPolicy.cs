using EdgeBox.Worker.Batching;

namespace EdgeBox.Worker.Drafting;

/// <summary>Decides for one answer how many tokens are worth guessing: as many as save more time than checking them costs.</summary>
internal sealed class DraftPolicy
{
    /// <summary>Most tokens that are guessed in one step.</summary>
    public const int Most = 12;

    private const double Memory = 0.85;

    // A guess comes only where three tokens were seen before: that it is right is likelier than not.
    private double _rightOften = 0.7;

    /// <summary>Notes whether a first guess was right, whether or not it was tried.</summary>
    public void Note(bool right) => _rightOften = (Memory * _rightOften) + ((1 - Memory) * (right ? 1 : 0));

    /// <summary>How many tokens to guess.</summary>
    /// <param name="costs">What steps take.</param>
    /// <param name="tokens">Tokens of the step without guesses.</param>
    /// <param name="answers">Answers that get a token by it.</param>
    /// <param name="most">No more than this.</param>
    public int Choose(StepCosts costs, int tokens, int answers, int most)
    {
        var alone = costs.Least(tokens);
        var (best, bestGain, expected, chance) = (0, 0.0, 0.0, 1.0);
        for (var count = 1; count <= Math.Min(most, Most); count++)
        {
            chance *= _rightOften;
            expected += chance;
            var gain = (expected * alone / answers) - (costs.Least(tokens + count) - alone);
            if (gain > bestGain)
            {
                (best, bestGain) = (count, gain);
            }
        }

        return best;
    }
}
