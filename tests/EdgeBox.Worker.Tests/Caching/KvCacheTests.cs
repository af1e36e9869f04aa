using CsCheck;
using EdgeBox.Worker.Caching;

namespace EdgeBox.Worker.Tests.Caching;

/// <summary>Who gets cells, who shares them, and who gives way.</summary>
public sealed class KvCacheTests
{
    [Fact]
    public void Open_RequestsAndKeptTextsInAnyOrder_NoCellIsPromisedTwiceAndNoTextCrossesDomains() =>
        Gen.Select(Gen.Int[0, 400], Gen.Bool, Gen.Int[0, 900], Gen.Int[0, int.MaxValue]).Sample((window, small, keptBytes, seed) =>
        {
            var cells = small ? 120 : 600;
            var memory = new RecordingMemory(10, window);
            var cache = new KvCache(memory, cells, 10, window, keptBytes);
            var random = new Random(seed);
            var open = new List<Lease>();
            for (var i = 0; i < 200; i++)
            {
                Act(random, cache, memory, open, cells);
                Assert.InRange(cache.UsedCells, 0, cells);
                Assert.InRange(cache.KeptBytes, 0, keptBytes);
                Assert.Equal((cache.Kept, cache.KeptBytes), (memory.Copies, memory.CopiedTokens));
                Assert.True(open.Sum(lease => lease.Most) - open.Sum(lease => lease.Cached) <= cells);
                Assert.All(open, lease => Assert.Equal(Expected(lease, memory), memory.Texts[lease.Sequence]));
            }

            open.ForEach(lease => cache.Close(lease, []));
            Assert.Equal(0, cache.UsedCells);
            Assert.All(memory.Texts, Assert.Empty);
            cache.Dispose();
            Assert.Equal((0, 0L, 0), (cache.Kept, cache.KeptTokens, memory.Copies));
        }, iter: 60);

    [Fact]
    public void Close_MoreIsKeptThanMayBe_TheLeastRecentlyUsedTextGoesFirst()
    {
        var memory = new RecordingMemory(8, 0);
        using var cache = new KvCache(memory, 400, 8, 0, keptBytes: 100);
        foreach (var text in new[] { 1, 2, 3 })
        {
            Run(cache, memory, "a", Text(text, 30));
        }

        Run(cache, memory, "a", Text(1, 30)); // Used again.
        Run(cache, memory, "a", Text(9, 40));

        Assert.Equal((3, 100L), (cache.Kept, cache.KeptTokens));
        Assert.Equal(29, cache.Open("a", Text(1, 30), 31)!.Cached);
        Assert.Equal(29, cache.Open("a", Text(3, 30), 31)!.Cached);
        Assert.Equal(0, cache.Open("a", Text(2, 30), 31)!.Cached);
    }

    [Fact]
    public void Close_TheAnswerHasNoRoomBesideItsPrompt_TheConversationGoesOnFromThePrompt()
    {
        var memory = new RecordingMemory(8, 8);
        using var cache = new KvCache(memory, 400, 8, 8, keptBytes: 100);
        var conversation = Text(1, 60);
        foreach (var cached in new[] { 0, 60, 70 })
        {
            var lease = cache.Open("a", conversation, 150)!;
            Assert.Equal(cached, lease.Cached);
            Read(cache, memory, lease, conversation[lease.Cached..]);
            cache.KeepPrompt(lease, conversation.Length);
            Read(cache, memory, lease, [7, 7, 7]);
            cache.Close(lease, [.. conversation, 7, 7, 7]);
            Assert.Equal((1, (long)conversation.Length), (cache.Kept, cache.KeptTokens));

            // The answer comes back in other words.
            conversation = [.. conversation, .. Text(cached, 10)];
        }
    }

    [Fact]
    public void Open_NoCellsForAllThatItMayNeed_Waits()
    {
        var memory = new RecordingMemory(4, 0);
        using var cache = new KvCache(memory, 100, 4, 0, 1000);
        var first = cache.Open("a", Text(1, 20), 60)!;
        Assert.Null(cache.Open("a", Text(2, 20), 41));
        Assert.NotNull(cache.Open("a", Text(2, 20), 40));
        cache.Close(first, []);
        Assert.NotNull(cache.Open("a", Text(3, 20), 60));
    }

    [Fact]
    public void Open_OneCharacterOfTheDomainDiffers_NothingIsShared()
    {
        var memory = new RecordingMemory(8, 0);
        using var cache = new KvCache(memory, 500, 8, 0, 1000);
        Run(cache, memory, "alice", Text(1, 50));
        Assert.Equal(0, cache.Open("alicE", Text(1, 50), 60)!.Cached);
        Assert.Equal(0, cache.Open("", Text(1, 50), 60)!.Cached);
        Assert.Equal(49, cache.Open("alice", Text(1, 50), 60)!.Cached);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(64)]
    public void Open_SeveralWithAKeptText_ShareItsCellsAndThenNobodyHasThem(int window)
    {
        var memory = new RecordingMemory(8, window);
        using var cache = new KvCache(memory, 500, 8, window, 1000);
        Run(cache, memory, "a", Text(1, 100));
        Assert.Equal((0, 1), (cache.UsedCells, cache.Kept));

        var leases = Enumerable.Range(0, 3).Select(i => cache.Open("a", [.. Text(1, 100), 900 + i], 110)!).ToList();

        Assert.All(leases, lease => Assert.Equal(100, lease.Cached));
        Assert.Equal((100, 1, 1), (cache.UsedCells, cache.Kept, memory.PutBacks));
        leases.ForEach(lease => cache.Close(lease, []));
        Assert.Equal((0, 1), (cache.UsedCells, cache.Kept));
    }

    [Fact]
    public void Open_LittleOfALongTextIsTheSame_IsReadAnewAndNotCopied()
    {
        var memory = new RecordingMemory(8, 0);
        using var cache = new KvCache(memory, 4000, 8, 0, 10_000);
        Run(cache, memory, "a", [.. Text(1, 30), .. Text(2, 1500)]);
        Assert.Equal(0, cache.Open("a", [.. Text(1, 30), .. Text(3, 10)], 50)!.Cached);
        Assert.Equal(60, cache.Open("a", [.. Text(1, 30), .. Text(2, 1500)[..30], .. Text(3, 10)], 80)!.Cached);
    }

    [Fact]
    public void Open_TheEngineCannotPutTheTextBack_IsReadAnew()
    {
        var memory = new RecordingMemory(8, 64);
        using var cache = new KvCache(memory, 500, 8, 64, 1000);
        Run(cache, memory, "a", Text(1, 100));
        memory.IsFull = true;

        var lease = cache.Open("a", [.. Text(1, 100), 7], 110)!;

        Assert.Equal((0, 0, 0), (lease.Cached, cache.UsedCells, cache.Kept));
        cache.Close(lease, []);
        Assert.Equal(8, Enumerable.Range(0, 8).Count(i => cache.Open("", [i], 10) is not null));
    }

    private static void Act(Random random, KvCache cache, RecordingMemory memory, List<Lease> open, int cells)
    {
        var choice = random.Next(4);
        if (choice < 2)
        {
            // Few texts, so that many begin alike; each domain has texts of its own.
            var domain = new[] { "", "a", "b" }[random.Next(3)];
            int[] prompt = [domain.Length == 0 ? 0 : domain[0], .. Text(random.Next(3), 20 + random.Next(30)), .. Text(random.Next(50), random.Next(20))];
            if (cache.Open(domain, prompt, Math.Min(cells, prompt.Length + random.Next(40))) is { } lease)
            {
                open.Add(lease);
            }
        }
        else if (open.Count > 0)
        {
            var lease = open[random.Next(open.Count)];
            var text = memory.Texts[lease.Sequence];
            if (choice == 2 && text.Count < lease.Most)
            {
                var more = Math.Min(1 + random.Next(30), lease.Most - text.Count);
                cache.Extend(lease, more);
                memory.Decode(lease.Sequence, [.. Enumerable.Range(text.Count, more).Select(p => p < lease.Prompt.Length ? lease.Prompt[p] : 1000 + p)]);
                if (text.Count > lease.Prompt.Length + 2)
                {
                    cache.Cut(lease, text.Count - 2);
                }
                else if (text.Count <= lease.Prompt.Length)
                {
                    cache.KeepPrompt(lease, text.Count);
                }
            }
            else
            {
                open.Remove(lease);
                cache.Close(lease, random.Next(2) == 0 ? [] : text.ToArray());
            }
        }
    }

    /// <summary>The prompt as far as it was read or shared, then what was made.</summary>
    private static List<int> Expected(Lease lease, RecordingMemory memory)
    {
        var length = memory.Texts[lease.Sequence].Count;
        Assert.True(length >= lease.Cached);
        return [.. Enumerable.Range(0, length).Select(p => p < lease.Prompt.Length ? lease.Prompt[p] : 1000 + p)];
    }

    private static void Run(KvCache cache, RecordingMemory memory, string domain, int[] prompt)
    {
        var lease = cache.Open(domain, prompt, prompt.Length + 1)!;
        Read(cache, memory, lease, prompt[lease.Cached..]);
        cache.Close(lease, prompt);
    }

    private static void Read(KvCache cache, RecordingMemory memory, Lease lease, int[] tokens)
    {
        cache.Extend(lease, tokens.Length);
        memory.Decode(lease.Sequence, tokens);
    }

    private static int[] Text(int seed, int length)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, length).Select(_ => random.Next(200))];
    }

    /// <summary>Remembers the text of each sequence, and forgets of a sequence what its window has left behind.</summary>
    private sealed class RecordingMemory(int sequences, int window) : ISequenceMemory
    {
        private readonly int[] _first = new int[sequences];

        public List<int>[] Texts { get; } = [.. Enumerable.Range(0, sequences).Select(_ => new List<int>())];

        public void Decode(int sequence, int[] tokens)
        {
            Texts[sequence].AddRange(tokens);
            _first[sequence] = window == 0 ? 0 : Math.Max(_first[sequence], Texts[sequence].Count - tokens.Length - window + 1);
        }

        public void Remove(int sequence, int from)
        {
            Texts[sequence].RemoveRange(from, Texts[sequence].Count - from);
            _first[sequence] = from == 0 ? 0 : _first[sequence];
        }

        public void Share(int source, int target, int length)
        {
            Assert.Empty(Texts[target]);
            Assert.True(_first[source] <= Math.Max(0, length - window + 1) || window == 0, "the window is not there");
            Texts[target].AddRange(Texts[source][..length]);
            _first[target] = _first[source];
        }

        /// <summary>Copies that are alive.</summary>
        public int Copies { get; private set; }

        /// <summary>Their tokens.</summary>
        public long CopiedTokens { get; private set; }

        public int PutBacks { get; private set; }

        /// <summary>Whether nothing can be put back.</summary>
        public bool IsFull { get; set; }

        public ISequenceCopy? Copy(int sequence, long mostBytes) =>
            Texts[sequence].Count > mostBytes ? null : new RecordedCopy(this, [.. Texts[sequence]], _first[sequence]);

        public bool PutBack(ISequenceCopy copy, int sequence)
        {
            Assert.Empty(Texts[sequence]);
            if (IsFull)
            {
                return false;
            }

            var recorded = (RecordedCopy)copy;
            PutBacks++;
            Texts[sequence].AddRange(recorded.Text);
            _first[sequence] = window == 0 ? 0 : Math.Max(recorded.First, recorded.Text.Length - window);
            return true;
        }

        public int FirstPosition(int sequence) => Texts[sequence].Count == 0 ? -1 : _first[sequence];

        /// <summary>Of as many bytes as tokens.</summary>
        private sealed class RecordedCopy : ISequenceCopy
        {
            private readonly RecordingMemory _memory;

            public RecordedCopy(RecordingMemory memory, int[] text, int first)
            {
                (_memory, Text, First) = (memory, text, first);
                (memory.Copies, memory.CopiedTokens) = (memory.Copies + 1, memory.CopiedTokens + text.Length);
            }

            public int[] Text { get; }

            public int First { get; }

            public long Bytes => Text.Length;

            public void Dispose() => (_memory.Copies, _memory.CopiedTokens) = (_memory.Copies - 1, _memory.CopiedTokens - Text.Length);
        }
    }
}
