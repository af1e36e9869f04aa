using EdgeBox.Testing.Gguf;
using EdgeBox.Worker.Batching;
using EdgeBox.Worker.Llama;
using EdgeBox.Worker.V1;

namespace EdgeBox.Worker.Tests.Sessions;

/// <summary>Vectors of several texts and several requests at once, with the real engine.</summary>
[Collection(EngineCollection.Name)]
public sealed class VectorTests(ModelFiles models)
{
    private static readonly string[] s_texts =
        ["hello world", "the end", "a", "the inner thing and another", new string('x', 300), "hello world", "b c d e f g h", new string('y', 90)];

    [Theory]
    [InlineData("bert")]
    [InlineData("nomic")]
    [InlineData("llama")]
    [InlineData("gpt-oss")]
    public void Embed_InOneRequestInSeveralOrAlone_GivesTheSameVectorsInOrder(string model)
    {
        using var worker = WorkerClient.StartHereWith(PathOf(model));
        var alone = s_texts.Select(t => Reply(worker, Send(worker, t)).Embedded.Vectors.Single()).ToList();
        var together = Reply(worker, Send(worker, s_texts)).Embedded;
        Same(alone, together.Vectors);

        var requests = new[] { Send(worker, s_texts[..3]), Send(worker, s_texts[3]), Send(worker, s_texts[4..]) };
        Same(alone, requests.SelectMany(r => Reply(worker, r).Embedded.Vectors));
    }

    [Theory]
    [InlineData("bert", null, 1)]
    [InlineData("bert", 0u, 1)]
    [InlineData("bert", 1u, 1)]
    [InlineData("bert", 2u, 2)]
    [InlineData("bert", 3u, 3)]
    [InlineData("nomic-bert", 1u, 1)]
    [InlineData("nomic-bert", 2u, 2)]
    [InlineData("llama", null, 1)]
    [InlineData("llama", 1u, 1)]
    [InlineData("llama", 2u, 2)]
    [InlineData("llama", 3u, 3)]
    public void Embed_PoolingOfTheFile_IsWhatMakesTheVector(string kind, uint? pooling, int expected)
    {
        var path = models.File($"{kind}-pooling-{pooling}.gguf", p => Pooled(kind, pooling).WriteFile(p));
        using var direct = new Direct(path);
        using var worker = WorkerClient.StartHereWith(path);
        foreach (var text in s_texts.Take(5))
        {
            var tokens = direct.TokenVectors(direct.Tokenizer.Whole(text));
            var pooled = (Pooling)expected switch
            {
                Pooling.First => tokens[0],
                Pooling.Last => tokens[^1],
                _ => [.. Enumerable.Range(0, tokens[0].Length).Select(i => tokens.Average(t => t[i]))],
            };
            var length = Math.Sqrt(pooled.Sum(x => (double)x * x));
            var vector = Reply(worker, Send(worker, text)).Embedded.Vectors.Single();
            Assert.All(vector.Values.Zip(pooled), pair => Assert.Equal(pair.Second / length, pair.First, 1e-4));
        }
    }

    [Fact]
    public void Embed_TextOfOneTokenTooMany_IsRefusedWithCounts()
    {
        using var worker = WorkerClient.StartHereWith(models.Bert);
        Assert.Equal(512u, Reply(worker, Send(worker, Words(510))).Embedded.PromptTokens);
        var refused = Reply(worker, Send(worker, "fits", Words(511))).Refused;
        Assert.Equal((RefusalKind.PromptTooLong, 513u, 512u), (refused.Kind, refused.PromptTokens, refused.LimitTokens));
    }

    [Fact]
    public void Embed_TextLongerThanAStep_IsReadWholeBesideShortOnes()
    {
        var path = models.File("bert-long.gguf", p => BertModels.Bert(new BertShape { Context = 2048 }).WriteFile(p));
        using var worker = WorkerClient.StartHereWith(path);
        var alone = Reply(worker, Send(worker, "short")).Embedded.Vectors;
        var reply = Reply(worker, Send(worker, "short", Words(2046), "short", Words(900))).Embedded;
        Assert.Equal(2048 + 902 + (2 * 7), (int)reply.PromptTokens);
        Same([alone[0], alone[0]], [reply.Vectors[0], reply.Vectors[2]]);
        Same([reply.Vectors[3]], Reply(worker, Send(worker, Words(900))).Embedded.Vectors);
    }

    [Fact]
    public void Embed_ModelOfOnePosition_IsRefusedAndDoesNotEndTheProcess()
    {
        var path = models.File("bert-1.gguf", p => BertModels.Bert(new BertShape { Context = 1 }).WriteFile(p));
        using var worker = WorkerClient.StartHereWith(path);
        var refused = Reply(worker, Send(worker, "a")).Refused;
        Assert.Equal((3u, 1u), (refused.PromptTokens, refused.LimitTokens));
    }

    [Theory]
    [InlineData("bert")]
    [InlineData("llama")]
    public void Step_RequestOfMany_DoesNotHoldUpOneThatComesLater(string model)
    {
        var sent = new List<Event>();
        using var direct = new Direct(PathOf(model));
        using var engine = direct.Engine(512, sent.Add);
        engine.Add(Request(direct, 1, Enumerable.Repeat(Words(200), 100)));
        engine.Step();
        engine.Add(Request(direct, 2, ["short"]));
        var steps = 0;
        while (sent.Count == 0)
        {
            engine.Step();
            steps++;
        }

        Assert.Equal(2u, sent[0].Embedded.Request);
        Assert.InRange(steps, 1, 16);
        Assert.True(engine.HasWork);
    }

    [Theory]
    [InlineData("bert", 512)]
    [InlineData("llama", 2048)]
    public void Step_CancelledRequest_LeavesAtOnceAndItsRoomIsFree(string model, int context)
    {
        var sent = new List<Event>();
        using var direct = new Direct(PathOf(model));
        using var engine = direct.Engine(context, sent.Add);
        var many = Request(direct, 1, Enumerable.Repeat(Words(200), 100));
        engine.Add(many);
        engine.Step();
        many.Cancel();
        engine.Step();
        Assert.Equal((1u, FinishKind.Cancelled), ((uint)Assert.Single(sent).Finished.Request, sent[0].Finished.Kind));
        Assert.False(engine.HasWork);

        // As many as fill the context find it empty.
        engine.Add(new EmbeddingRequest(2, [[.. Enumerable.Repeat(40, context)]]));
        while (engine.HasWork)
        {
            engine.Step();
        }

        Assert.Equal(2u, sent[^1].Embedded?.Request);
    }

    [Fact]
    public void Step_TextLongerThanTheContext_IsRefusedByTheEngineAndTheNextIsServed()
    {
        var sent = new List<Event>();
        using var direct = new Direct(models.Llama);
        using var engine = direct.Engine(256, sent.Add);
        engine.Add(new EmbeddingRequest(1, [[.. Enumerable.Repeat(40, 300)]]));
        engine.Add(new EmbeddingRequest(2, [[40, 41]]));
        while (engine.HasWork)
        {
            engine.Step();
        }

        Assert.Equal(RefusalKind.EngineError, sent[0].Refused?.Kind);
        Assert.Equal(2u, sent[1].Embedded?.Request);
    }

    [Fact]
    public void Cancel_RequestOfMany_IsConfirmed()
    {
        using var worker = WorkerClient.StartHereWith(models.Bert);
        var request = Send(worker, [.. Enumerable.Repeat(Words(500), 3000)]);
        worker.Cancel(request);
        Assert.Equal(FinishKind.Cancelled, worker.Wait(e => e.Finished?.Request == request).Finished.Kind);
        Assert.Single(Reply(worker, Send(worker, "after it")).Embedded.Vectors);
    }

    [Fact]
    public void Step_ShortTexts_AreReadManyAtATime()
    {
        var sent = new List<Event>();
        using var direct = new Direct(models.Bert);
        using var engine = direct.Engine(512, sent.Add);
        engine.Add(Request(direct, 1, Enumerable.Repeat("the end", 64)));
        engine.Add(Request(direct, 2, Enumerable.Repeat("and hello", 64)));
        var steps = 0;
        for (; engine.HasWork; steps++)
        {
            engine.Step();
        }

        Assert.Equal(2, sent.Count);
        Assert.InRange(steps, 2, 4);
    }

    [Fact]
    public void Embed_WeightsThatOverflow_IsAnErrorAndNoVector()
    {
        var path = models.File("bert-infinite.gguf", p => BertModels.Bert().RemoveTensor("token_embd_norm.bias")
            .AddTensor("token_embd_norm.bias", GgmlType.F32, [64], RandomWeights.Constant([64], float.PositiveInfinity)).WriteFile(p));
        using var worker = WorkerClient.StartHereWith(path);
        var refused = Reply(worker, Send(worker, "a")).Refused;
        Assert.Equal(RefusalKind.EngineError, refused.Kind);
        Assert.Contains("not made of numbers", refused.Detail, StringComparison.Ordinal);
    }

    private static GgufWriter Pooled(string kind, uint? pooling)
    {
        var shape = new BertShape { Pooling = pooling };
        var writer = kind switch { "bert" => BertModels.Bert(shape), "nomic-bert" => BertModels.NomicBert(shape), _ => RandomModels.Llama() };
        return kind == "llama" && pooling is { } value ? writer.SetUInt32("llama.pooling_type", value) : writer;
    }

    private static string Words(int count) => string.Join(' ', Enumerable.Repeat("a", count));

    private static EmbeddingRequest Request(Direct direct, ulong id, IEnumerable<string> texts) =>
        new(id, [.. texts.Select(direct.Tokenizer.Whole)]);

    private static ulong Send(WorkerClient worker, params string[] texts)
    {
        var request = worker.NextRequest();
        worker.Send(new Command { Embed = new Embed { Request = request, Inputs = { texts } } });
        return request;
    }

    private static Event Reply(WorkerClient worker, ulong request) =>
        worker.Wait(e => e.Embedded?.Request == request || e.Refused?.Request == request);

    private static void Same(IEnumerable<Vector> expected, IEnumerable<Vector> actual)
    {
        var (wanted, made) = (expected.ToList(), actual.ToList());
        Assert.Equal(wanted.Count, made.Count);
        Assert.All(
            wanted.Zip(made),
            pair => Assert.All(pair.First.Values.Zip(pair.Second.Values), v => Assert.Equal((double)v.First, v.Second, 1e-4)));
    }

    // Products with 4 and 8-bit weights are made of rounded numbers, where the last bit of a sum may become a whole step.
    private string UnroundedGptOss => models.File(
        "gpt-oss-f32.gguf", p => RandomModels.GptOss(new GptOssShape { Weights = GgmlType.F32, Experts3d = GgmlType.F32 }).WriteFile(p));

    private string PathOf(string model) =>
        model switch { "bert" => models.Bert, "nomic" => models.Nomic, "llama" => models.Llama, _ => UnroundedGptOss };
}
