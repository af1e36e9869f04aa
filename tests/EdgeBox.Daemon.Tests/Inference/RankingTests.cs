using EdgeBox.Daemon.Failures;
using EdgeBox.Daemon.Inference;
using EdgeBox.V1;
using CsCheck;
using Wire = EdgeBox.Worker.V1;

namespace EdgeBox.Daemon.Tests.Inference;

/// <summary>Vectors and scores: what is asked, what a worker may say, and in which order it is told.</summary>
public sealed class RankingTests : ModelHostFixture
{
    [Fact]
    public void Best_EqualScores_KeepTheOrderOfTheRequest() =>
        Assert.Equal([1u, 3u, 0u, 2u, 4u], Ranking.Best([0.5f, 2, 0.5f, 2, -1], 0).Select(d => d.Index));

    [Theory]
    [InlineData(1u, 1)]
    [InlineData(3u, 3)]
    [InlineData(4u, 3)]
    [InlineData(uint.MaxValue, 3)]
    public void Best_SomeWanted_TellsNoMoreThanThereAre(uint most, int told) => Assert.Equal(told, Ranking.Best([1, 2, 3], most).Count());

    [Fact]
    public void Best_AnyScores_AreSortedAndEachToldOnce() => Gen.Int[-3, 3].Array[1, 40].Sample(values =>
    {
        var best = Ranking.Best([.. values.Select(v => (float)v)], 0).ToList();
        return best.Select(d => (int)d.Index).Order().SequenceEqual(Enumerable.Range(0, values.Length))
            && best.All(d => d.Score == values[d.Index])
            && best.Zip(best.Skip(1)).All(p => p.First.Score > p.Second.Score || (p.First.Score == p.Second.Score && p.First.Index < p.Second.Index));
    });

    [Fact]
    public void Check_DocumentsOutsideTheLimits_AreNamed()
    {
        static string Refusal(string query, params IEnumerable<string> documents) =>
            Assert.Throws<FailureException>(() => RequestLimits.Check(new RerankRequest { Query = query, Documents = { documents } })).Message;
        Assert.Equal("query is empty; allowed: at least one character.", Refusal("", "d"));
        Assert.Equal("documents is 0; allowed: 1 to 256.", Refusal("q"));
        Assert.Equal("documents is 257; allowed: 1 to 256.", Refusal("q", Enumerable.Repeat("d", 257)));
        Assert.Equal("documents[1] is empty; allowed: at least one character.", Refusal("q", "d", ""));
        RequestLimits.Check(new RerankRequest { Query = "q", Documents = { Enumerable.Repeat("d", 256) } });
    }

    [Fact]
    public async Task Reranked_AScoreForEachDocument_IsTold()
    {
        var worker = await ReadyWorkerAsync();
        var job = await RankAsync();
        var asked = (await worker.HearAsync()).Rerank;
        Assert.Equal(("q", 2), (asked.Query, asked.Documents.Count));
        await worker.SayAsync(Scores(job, 1, -2));
        Assert.Equal([1, -2], (await NextAsync(job)).Reranked.Scores);
        Assert.False(worker.Killed);
    }

    [Theory]
    [InlineData(new float[] { 1 })]
    [InlineData(new float[] { 1, 2, 3 })]
    [InlineData(new float[] { 1, float.NaN })]
    [InlineData(new float[] { float.PositiveInfinity, 1 })]
    public async Task Reranked_ScoresThatCannotBe_EndTheWorker(float[] scores)
    {
        var worker = await ReadyWorkerAsync();
        var job = await RankAsync();
        await worker.HearAsync();
        await worker.SayAsync(Scores(job, scores));
        Assert.Equal("killed by SIGKILL", (await worker.Exited).Words);
        Assert.True(worker.Killed);
    }

    [Theory]
    [InlineData(2, 3, 1f)]
    [InlineData(1, 0, 1f)]
    [InlineData(1, 3, float.NaN)]
    public async Task Embedded_VectorsThatCannotBe_EndTheWorker(int vectors, int length, float value)
    {
        var worker = await ReadyWorkerAsync();
        var job = await Host.SubmitAsync(id => new Wire.Command { Embed = new Wire.Embed { Request = id, Inputs = { "a" } } }, new Claim("uid:0"), Cancellation);
        await worker.HearAsync();
        var embedded = new Wire.Embedded { Request = job.Id };
        embedded.Vectors.AddRange(Enumerable.Range(0, vectors).Select(_ => new Wire.Vector { Values = { Enumerable.Repeat(value, length) } }));
        await worker.SayAsync(new Wire.Event { Embedded = embedded });
        await worker.Exited;
        Assert.True(worker.Killed);
    }

    [Fact]
    public async Task Reranked_ForAnotherKindOfRequest_EndsTheWorker()
    {
        var worker = await ReadyWorkerAsync();
        var job = await SubmitAsync("a prompt");
        await worker.HearAsync();
        await worker.SayAsync(Scores(job, 1));
        await worker.Exited;
        Assert.True(worker.Killed);
    }

    [Fact]
    public void Of_TheSameDocumentsAgain_HaveTheSameFingerprint()
    {
        var quarantine = new Quarantine(Time);
        Fingerprint Of(ulong id, string query, params string[] documents) =>
            quarantine.Of(new Wire.Command { Rerank = new Wire.Rerank { Request = id, Query = query, Documents = { documents } } });
        Assert.Equal(Of(1, "q", "a", "b"), Of(2, "q", "a", "b"));
        Assert.NotEqual(Of(1, "q", "a", "b"), Of(1, "q", "ab"));
        Assert.NotEqual(Of(1, "q", "a"), Of(1, "p", "a"));
    }

    [Fact]
    public void From_RankingRefused_NamesTheModel()
    {
        var failure = Refusals.From(new Wire.Refused { Kind = Wire.RefusalKind.RerankNotSupported }, "models/m");
        Assert.Equal((ErrorReason.RerankNotSupported, "models/m does not score documents."), (failure.Reason, failure.Message));
    }

    private Task<Job> RankAsync() => Host.SubmitAsync(
        id => new Wire.Command { Rerank = new Wire.Rerank { Request = id, Query = "q", Documents = { "a", "b" } } }, new Claim("uid:0"), Cancellation);

    private static Wire.Event Scores(Job job, params float[] scores) => new() { Reranked = new Wire.Reranked { Request = job.Id, Scores = { scores } } };
}
