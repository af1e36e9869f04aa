namespace EdgeBox.Daemon.Models;

/// <summary>A model that takes memory.</summary>
/// <param name="Name">Which.</param>
/// <param name="Bytes">What it takes, device by device.</param>
/// <param name="Pinned">Whether it is never put out.</param>
/// <param name="Busy">Whether it works for somebody, or is between two states.</param>
/// <param name="LastUsed">Timestamp of when it was last needed.</param>
internal sealed record MemoryHolder(ModelName Name, IReadOnlyDictionary<string, long> Bytes, bool Pinned, bool Busy, long LastUsed);

/// <summary>Chooses which models make room for another: those that were not needed for the longest time, and no more than have to.</summary>
internal static class Eviction
{
    /// <summary>What to put out so that something fits.</summary>
    /// <param name="needed">What it needs, device by device.</param>
    /// <param name="free">What is free; a device that is not there is not bounded.</param>
    /// <param name="candidates">What may be put out.</param>
    /// <returns>The least recently needed first; null if it would not fit even with all of them gone.</returns>
    public static IReadOnlyList<MemoryHolder>? Choose(
        IReadOnlyDictionary<string, long> needed, IReadOnlyDictionary<string, long> free, IEnumerable<MemoryHolder> candidates)
    {
        var chosen = new List<MemoryHolder>();
        foreach (var candidate in candidates.OrderBy(holder => holder.LastUsed))
        {
            if (Fits(needed, free, chosen))
            {
                break;
            }

            chosen.Add(candidate);
        }

        if (!Fits(needed, free, chosen))
        {
            return null;
        }

        // Some were too small to help: those that were needed last are spared first.
        for (var i = chosen.Count - 1; i >= 0; i--)
        {
            var others = chosen.Where((_, index) => index != i).ToList();
            if (Fits(needed, free, others))
            {
                chosen = others;
            }
        }

        return chosen;
    }

    /// <summary>Whether something fits once these are gone.</summary>
    public static bool Fits(IReadOnlyDictionary<string, long> needed, IReadOnlyDictionary<string, long> free, IEnumerable<MemoryHolder> gone) =>
        needed.All(need => !free.TryGetValue(need.Key, out var left) || need.Value <= left + gone.Sum(holder => holder.Bytes.GetValueOrDefault(need.Key)));
}
