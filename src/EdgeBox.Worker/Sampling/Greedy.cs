namespace EdgeBox.Worker.Sampling;

/// <summary>Finds the largest logit.</summary>
internal static class Greedy
{
    /// <summary>The index of the largest logit, the first of equals; -1 if none is above minus infinity. NaN counts as minus infinity.</summary>
    public static int Pick(ReadOnlySpan<float> logits)
    {
        Span<float> peaks = stackalloc float[Math.Min(Blocks.Count(logits.Length), 1024)];
        var (largest, at) = (float.NegativeInfinity, -1);

        // A vocabulary that is larger than the peaks on the stack is taken in pieces.
        for (var start = 0; start < logits.Length; start += peaks.Length * Blocks.Size)
        {
            var piece = logits.Slice(start, Math.Min(peaks.Length * Blocks.Size, logits.Length - start));
            var most = Blocks.Peaks(piece, peaks);
            if (most > largest)
            {
                (largest, at) = (most, start + First(piece, peaks, most));
            }
        }

        return at;
    }

    /// <summary>Where the largest logit stands first.</summary>
    /// <param name="logits">One for each token.</param>
    /// <param name="peaks">The largest of each block.</param>
    /// <param name="largest">The largest of all; it is there.</param>
    public static int First(ReadOnlySpan<float> logits, ReadOnlySpan<float> peaks, float largest)
    {
        var block = peaks.IndexOf(largest);
        return (block * Blocks.Size) + Blocks.At(logits, block).IndexOf(largest);
    }
}
