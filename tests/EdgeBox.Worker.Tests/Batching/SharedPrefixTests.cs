using EdgeBox.Worker.Batching;
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
