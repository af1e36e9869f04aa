using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace EdgeBox.Worker.BytePair;

/// <summary>Which two tokens become which one, and in what order.</summary>
internal sealed class MergeTable(int capacity)
{
    // Up to here it is cheaper to look at all pairs each time than to keep them in order.
    private const int Short = 64;

    // A merge is its rank and, in the lower half, the token that it makes, so that the least one is the first to be done.
    private const long None = long.MaxValue;

    private readonly Dictionary<long, long> _merges = new(capacity);

    /// <summary>Adds a merge; one of the same two tokens that is there already stays as it is.</summary>
    public void Add(int rank, int left, int right, int merged) => _merges.TryAdd(Key(left, right), ((long)rank << 32) | (uint)merged);

    /// <summary>Merges the tokens of a word until nothing more can be merged, and returns how many are left at the start of the span.</summary>
    public int Merge(Span<int> tokens) => tokens.Length <= Short ? MergeFew(tokens) : MergeMany(tokens);

    // Multiplied: the hash of a long is its halves put together, and tokens that often come together would have the same.
    private static long Key(int left, int right) => (left * 0x9E3779B1L) + right;

    private long Find(int left, int right)
    {
        ref var found = ref CollectionsMarshal.GetValueRefOrNullRef(_merges, Key(left, right));
        return Unsafe.IsNullRef(ref found) ? None : found;
    }

    private int MergeFew(Span<int> tokens)
    {
        Span<long> merges = stackalloc long[Short];
        var count = tokens.Length;
        for (var i = 0; i < count - 1; i++)
        {
            merges[i] = Find(tokens[i], tokens[i + 1]);
        }

        while (count > 1)
        {
            var first = 0;
            for (var i = 1; i < count - 1; i++)
            {
                first = merges[i] < merges[first] ? i : first;
            }

            if (merges[first] == None)
            {
                break;
            }

            tokens[first] = (int)merges[first];
            tokens[(first + 2)..count].CopyTo(tokens[(first + 1)..]);
            merges[Math.Min(first + 2, count - 1)..(count - 1)].CopyTo(merges[(first + 1)..]);
            count--;
            if (first > 0)
            {
                merges[first - 1] = Find(tokens[first - 1], tokens[first]);
            }

            if (first < count - 1)
            {
                merges[first] = Find(tokens[first], tokens[first + 1]);
            }
        }

        return count;
    }

    /// <summary>The same in n log n steps: a word may be as long as a request.</summary>
    private int MergeMany(Span<int> tokens)
    {
        var length = tokens.Length;
        var (merges, next, previous) = (new long[length], new int[length], new int[length]);
        var queue = new PriorityQueue<int, (int Rank, int Place)>(length);
        for (var i = 0; i < length; i++)
        {
            (next[i], previous[i], merges[i]) = (i + 1, i - 1, None);
        }

        for (var i = 0; i < length - 1; i++)
        {
            Offer(tokens, i, i + 1);
        }

        while (queue.TryDequeue(out var place, out var offered))
        {
            // The place may have been merged with another in the meantime, or have another neighbour.
            if (merges[place] == None || merges[place] >> 32 != offered.Rank)
            {
                continue;
            }

            var gone = next[place];
            tokens[place] = (int)merges[place];
            (merges[place], merges[gone]) = (None, None);
            next[place] = next[gone];
            if (next[place] < length)
            {
                previous[next[place]] = place;
                Offer(tokens, place, next[place]);
            }

            if (previous[place] >= 0)
            {
                Offer(tokens, previous[place], place);
            }
        }

        var count = 0;
        for (var i = 0; i < length; i = next[i])
        {
            tokens[count++] = tokens[i];
        }

        return count;

        void Offer(Span<int> word, int left, int right)
        {
            merges[left] = Find(word[left], word[right]);
            if (merges[left] != None)
            {
                queue.Enqueue(left, ((int)(merges[left] >> 32), left));
            }
        }
    }
}
