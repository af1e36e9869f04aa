using EdgeBox.Worker.Batching;
using EdgeBox.Worker.Caching;
using EdgeBox.Worker.Tests.Sessions;

namespace EdgeBox.Worker.Tests.Batching;

/// <summary>Texts that come again are not read again, and the answer is none the worse for it.</summary>
[Collection(EngineCollection.Name)]
public sealed class SharedPrefixTests(ModelFiles models)
{
    public static TheoryData<string> Architectures => ["llama", "gpt-oss"];

    [Theory]
    [MemberData(nameof(Architectures))]
    public void Open_ConversationGoesOn_IsReadFromWhereItEnded(string architecture)
    {
        using var rig = new EngineRig(PathOf(architecture));
        var prompt = EngineTests.Prompt(1, 100);
        var first = rig.Request(prompt, 20, "alice");
        rig.Run(first);

        var next = rig.Request([.. prompt, .. EngineTests.Prompt(2, 30)], 20, "alice");
        rig.Run(next);

        Assert.InRange(rig.StartOf(next).CachedTokens, 100u, 129u);
        AssertAsFresh(rig, next);
    }

    [Theory]
    [MemberData(nameof(Architectures))]
    public void Open_AnotherDomain_ReadsEverythingItself(string architecture)
    {
        using var rig = new EngineRig(PathOf(architecture));
        var prompt = EngineTests.Prompt(1, 100);
        rig.Run(rig.Request(prompt, 5, "alice"));
        rig.Run(rig.Request(prompt, 5, ""));

        foreach (var domain in new[] { "bob", "", "alic", "alicea" })
        {
            var other = rig.Request(prompt, 5, domain);
            rig.Run(other);
            Assert.Equal(0u, rig.StartOf(other).CachedTokens);
        }
    }

    [Theory]
    [MemberData(nameof(Architectures))]
    public void Open_DonorIsFarAhead_IsSharedAtTheEndOfItsPrompt(string architecture)
    {
        // The donor goes on for three windows: its own sequence has lost what lies between.
        using var rig = new EngineRig(PathOf(architecture), context: 1024);
        var prompt = Enumerable.Range(3, 20).Select(seed => EngineTests.Prompt(seed, 200)).First(p => !rig.Bare(p, 440).Exists(rig.Ends));
        var donor = rig.Request(prompt, 450, "alice");
        Assert.True(rig.Engine.TryAdmit(donor));
        for (var i = 0; i < 420; i++)
        {
            rig.Engine.Step();
        }

        Assert.Null(rig.EndOf(donor));
        var next = rig.Request([.. prompt, .. EngineTests.Prompt(4, 40)], 30, "alice");
        rig.Run(next);

        Assert.Equal(200u, rig.StartOf(next).CachedTokens);
        donor.Cancel(); // In steps that are shared with others the same text has other noise.
        AssertAsFresh(rig, next);
    }

    [Fact]
    public void Open_TextsForkBeforeTheWindow_TheThirdOneIsShared()
    {
        // The first text is so long that the engine has used the cells of its beginning anew.
        using var rig = new EngineRig(models.GptOss, context: 3200);
        var common = EngineTests.Prompt(5, 250);
        uint Cached(int seed, int more)
        {
            var request = rig.Request([.. common, .. EngineTests.Prompt(seed, more)], 5, "alice");
            rig.Run(request);
            AssertAsFresh(rig, request);
            return rig.StartOf(request).CachedTokens;
        }

        Assert.Equal([0u, 0u, 250u, 250u], [Cached(6, 2800), Cached(7, 60), Cached(8, 60), Cached(9, 60)]);
    }

    [Fact]
    public void Open_ManyTextsInTurn_MoreAreKeptThanThereAreSlots()
    {
        using var rig = new EngineRig(models.Llama, slots: 2, context: 1024);
        for (var round = 0; round < 2; round++)
        {
            for (var text = 0; text < 6; text++)
            {
                var request = rig.Request(EngineTests.Prompt(10 + text, 60), 4, "alice");
                rig.Run(request);
                Assert.Equal(round == 0 ? 0u : 59u, rig.StartOf(request).CachedTokens);
            }
        }

        Assert.Equal(6, rig.Cache.Kept);
        Assert.Equal(0, rig.Cache.UsedCells);
    }

    [Theory]
    [MemberData(nameof(Architectures))]
    public void Open_SeveralAtOnceWithAKeptText_ShareItsCells(string architecture)
    {
        using var rig = new EngineRig(PathOf(architecture), context: 1024);
        var common = EngineTests.Prompt(30, 300);
        rig.Run(rig.Request(common, 2, "alice"));
        Assert.Equal(0, rig.Cache.UsedCells);

        var requests = Enumerable.Range(31, 4).Select(seed => rig.Request([.. common, .. EngineTests.Prompt(seed, 20)], 3, "alice")).ToList();
        Assert.All(requests, request => Assert.True(rig.Engine.TryAdmit(request)));

        Assert.InRange(rig.Cache.UsedCells, 300, 301);
        requests.ForEach(request => rig.RunToEnd(request));
        Assert.All(requests, request => Assert.Equal(300u, rig.StartOf(request).CachedTokens));
        Assert.All(requests, request => AssertAsFresh(rig, request));
        Assert.Equal(0, rig.Cache.UsedCells);
    }

    [Theory]
    [MemberData(nameof(Architectures))]
    public void Open_TwoIdentitiesCancelsAndLittleMemory_EveryAnswerIsAsFreshAndNothingIsLeft(string architecture)
    {
        const long KeptBytes = 1_500_000; // Some of the texts, not all.
        using var rig = new EngineRig(PathOf(architecture), context: 1024, cells: 2200, keptBytes: KeptBytes);
        var random = new Random(1);
        var atWork = new List<GenerationRequest>();
        var ended = new List<GenerationRequest>();
        var asked = new HashSet<string>();
        var (reused, mostKept) = (0, 0);
        while (ended.Count < 60)
        {
            var domain = random.Next(2) == 0 ? "alice" : "bob";
            int[] prompt = [.. EngineTests.Prompt(40 + random.Next(3), 200), .. EngineTests.Prompt(random.Next(1000), random.Next(1, 40))];
            var request = rig.Request(prompt, 1 + random.Next(60), domain);
            if (atWork.Count < 4 && rig.Engine.TryAdmit(request))
            {
                atWork.Add(request);
                var cached = (int)rig.StartOf(request).CachedTokens;
                Assert.True(cached == 0 || asked.Contains(Beginning(domain, prompt)), "what another identity asked was reused");
                asked.Add(Beginning(domain, prompt));
                reused += cached > 0 ? 1 : 0;
            }

            for (var i = random.Next(12); i > 0; i--)
            {
                rig.Engine.Step();
            }

            if (random.Next(5) == 0)
            {
                atWork[random.Next(atWork.Count)].Cancel();
                rig.Engine.Step();
            }

            ended.AddRange(atWork.Where(r => rig.EndOf(r) is not null));
            atWork.RemoveAll(r => rig.EndOf(r) is not null);
            mostKept = Math.Max(mostKept, rig.Cache.Kept);
            Assert.InRange(rig.Cache.KeptBytes, 0, KeptBytes);
        }

        atWork.ForEach(request => rig.RunToEnd(request));
        Assert.Equal(0, rig.Cache.UsedCells);
        Assert.InRange(reused, 10, 60);
        Assert.InRange(mostKept, 3, 40);
        Assert.All(ended.Where(request => rig.EndOf(request)!.CompletionTokens > 0), request => AssertAsFresh(rig, request));

        static string Beginning(string domain, int[] prompt) => $"{domain} {string.Join(' ', prompt[..KvCache.LeastKept])}";
    }

    /// <summary>The same request with nothing shared finds the same tokens likely, up to the noise of other pieces.</summary>
    private static void AssertAsFresh(EngineRig rig, GenerationRequest request)
    {
        const double Noise = 0.1;
        var fresh = rig.Request(request.Prompt, 1);
        rig.Run(fresh);
        var (shared, read) = (rig.FirstLogprobs(request), rig.FirstLogprobs(fresh));
        Assert.Equal(read.MaxBy(top => top.Value).Value, shared.MaxBy(top => top.Value).Value, Noise);
        var both = read.Keys.Intersect(shared.Keys).ToList();
        Assert.InRange(both.Count, 15, 20);
        Assert.All(both, token => Assert.Equal(read[token], shared[token], Noise));
    }

    private string PathOf(string architecture) => architecture == "llama" ? models.Llama : models.GptOss;
}
