namespace EdgeBox.Daemon.Models.Planning;

/// <summary>Finds the largest number that fits by few trials, of which each is dear.</summary>
internal static class LargestFit
{
    private const int MostTrials = 64;

    /// <summary>The largest multiple of a step that leaves something over, or the most itself; 0 if not even the least does.</summary>
    /// <param name="least">The least number of interest.</param>
    /// <param name="most">The most.</param>
    /// <param name="step">How fine.</param>
    /// <param name="left">What would be left with so much: less with more.</param>
    /// <remarks>What is taken grows nearly in a straight line, so that a look along it hits the place or its neighbour.</remarks>
    public static async Task<long> FindAsync(long least, long most, long step, Func<long, Task<long>> left)
    {
        var (high, leftHigh) = (most, await left(most));
        if (leftHigh >= 0)
        {
            return most;
        }

        var (low, leftLow) = (least, least == most ? leftHigh : await left(least));
        if (leftLow < 0)
        {
            return 0;
        }

        for (var trials = 0; high - low > step && trials < MostTrials; trials++)
        {
            // Every third look halves, in case that the line is bent.
            var part = trials % 3 == 2 ? 0.5 : leftLow / (double)(leftLow - leftHigh);
            var steps = Math.Clamp((long)((high - low) * part) / step, 1, (high - low - 1) / step);
            var guess = low + (steps * step);
            var leftThere = await left(guess);
            if (leftThere < 0)
            {
                (high, leftHigh) = (guess, leftThere);
                continue;
            }

            (low, leftLow) = (guess, leftThere);
            if (high - low > step)
            {
                var leftAbove = await left(low + step);
                (low, leftLow, high, leftHigh) = leftAbove >= 0 ? (low + step, leftAbove, high, leftHigh) : (low, leftLow, low + step, leftAbove);
            }
        }

        return low;
    }
}
