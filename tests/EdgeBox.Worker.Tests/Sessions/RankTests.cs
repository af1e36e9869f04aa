using CsCheck;
using EdgeBox.Testing;
using EdgeBox.Testing.Gguf;
using EdgeBox.Worker.Chat;
using EdgeBox.Worker.V1;

namespace EdgeBox.Worker.Tests.Sessions;

/// <summary>Scores of documents, with the real engine.</summary>
[Collection(EngineCollection.Name)]
public sealed class RankTests(ModelFiles models)
{
    private const int Begin = 2;
    private const int Separator = 3;

    private static readonly string[] s_documents =
        ["hello world", "the end", "a", "the inner thing and another", new string('x', 200), "hello world", "zzz", "?! and hello"];

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Rerank_SeveralDocuments_HaveTheScoresOfSingleRunsInOrder(bool isCausal)
    {
        using var worker = WorkerClient.StartHereWith(isCausal ? models.CausalRanker : models.Ranker);
        var alone = s_documents.Select(d => Rerank(worker, "the query", d).Reranked.Scores.Single()).ToList();
        var together = Rerank(worker, "the query", s_documents).Reranked.Scores;
        Assert.All(alone.Zip(together), pair => Assert.Equal(pair.First, pair.Second, 1e-4));
        Assert.Equal(Order(alone), Order(together));
        Assert.True(alone.Distinct().Count() >= 6, "the model does not tell documents apart");

        // Another query, other scores: both texts are read.
        Assert.NotEqual(alone[0], Rerank(worker, "why", s_documents[0]).Reranked.Scores[0], 1e-5f);
    }

    [Fact]
    public void Rerank_HeadOfTheModel_IsWhatMakesTheScore()
    {
        using var worker = WorkerClient.StartHereWith(models.Ranker);
        using var direct = new Direct(models.Ranker);
        var writer = BertModels.Ranker();
        float[] dense = Tensor(writer, "cls.weight"), denseBias = Tensor(writer, "cls.bias");
        float[] output = Tensor(writer, "cls.output.weight"), outputBias = Tensor(writer, "cls.output.bias");
        foreach (var document in s_documents.Take(4))
        {
            var tokens = PairFormat.Of(direct.Model, direct.Tokenizer)!.Render("the query", [document]).Single();
            var first = direct.TokenVectors(tokens)[0];
            var score = (double)outputBias[0];
            for (var row = 0; row < 64; row++)
            {
                score += output[row] * Math.Tanh(denseBias[row] + first.Select((x, i) => (double)x * dense[(64 * row) + i]).Sum());
            }

            Assert.Equal(score, Rerank(worker, "the query", document).Reranked.Scores[0], 1e-3);
        }
    }

    [Theory]
    [InlineData(3, "a [SEP] b [CLS] c")]
    [InlineData(4, "a [SEP] b [CLS] c")]
    [InlineData(4, "[SEP][SEP][SEP]")]
    [InlineData(4, "x[SEP]x [MASK] [PAD]y")]
    public void Render_TextThatSpellsSigns_MakesNone(int type, string text)
    {
        var path = models.File($"ranker-signs-{type}.gguf", p => WithSignsOfType(type).WriteFile(p));
        using var direct = new Direct(path);
        var format = PairFormat.Of(direct.Model, direct.Tokenizer)!;
        foreach (var tokens in format.Render(text, [text]).Concat(format.Render("why", [text])).Append(direct.Tokenizer.Whole(text)))
        {
            Assert.Equal((Begin, Separator), (tokens[0], tokens[^1]));
            Assert.True(tokens.Count(t => t == Separator) <= 2 && tokens.Count(t => t < 5) <= 3, string.Join(' ', tokens));
        }
    }

    [Fact]
    public void Render_AnyText_HasTwoSeparators()
    {
        using var direct = new Direct(models.File("ranker-signs-4.gguf", p => WithSignsOfType(4).WriteFile(p)));
        var format = PairFormat.Of(direct.Model, direct.Tokenizer)!;
        string[] pieces = ["[", "]", "SEP", "sep", "[SEP]", "[CLS]", " ", "a", "▁", "S", "E", "P", "é", "漢", "{document}", "{query}", "\0", "\uFFFD"];
        var piece = Gen.Int[0, pieces.Length - 1].Select(i => pieces[i]);
        Gen.Select(piece.Array[0, 12], piece.Array[0, 12]).Sample((query, document) =>
        {
            var tokens = format.Render(string.Concat(query), [string.Concat(document)]).Single();
            return tokens[0] == Begin && tokens[^1] == Separator && tokens.Count(t => t == Separator) == 2 && !tokens.Contains(0) && !tokens.Contains(4);
        }, threads: 1, iter: Tries.Of(300));
    }

    [Fact]
    public void Render_WordWhoseEndIsASignInLowerCase_CannotBeSpelt()
    {
        // The engine compares letters only after it has made them small, so the text does not hold the sign.
        var writer = BertModels.Ranker();
        var tokens = Tokens();
        tokens[Separator] = "sep";
        using var direct = new Direct(models.File("ranker-plain-sign.gguf", p => writer.SetStringArray("tokenizer.ggml.tokens", tokens).WriteFile(p)));
        var pair = PairFormat.Of(direct.Model, direct.Tokenizer)!.Render("q", ["xSEP"]).Single();
        Assert.Equal(2, pair.Count(t => t == Separator));
        Assert.Contains(1, pair);
    }

    [Fact]
    public void Render_TemplateOfTheFile_IsFollowedAndItsPlacesInTextsAreText()
    {
        var path = models.File("ranker-template.gguf", p => BertModels.Ranker()
            .SetString("tokenizer.chat_template.rerank", "[CLS]{document}[SEP]why {query}[SEP]").WriteFile(p));
        using var direct = new Direct(path);
        var format = PairFormat.Of(direct.Model, direct.Tokenizer)!;
        int[] Text(string text) => [.. direct.Tokenizer.Plain(text, addBos: false)];
        Assert.Equal<int>(
            [Begin, .. Text("doc {query}"), Separator, .. Text("why"), .. Text("q {document}"), Separator], format.Render("q {document}", ["doc {query}"]).Single());
    }

    [Fact]
    public void Render_CausalModelsTemplate_MakesItsSignsOnceOnly()
    {
        using var direct = new Direct(models.CausalRanker);
        var pair = PairFormat.Of(direct.Model, direct.Tokenizer)!.Render("</s><s>", ["a</s>"]).Single();

        // The two signs are the last of 300 tokens.
        Assert.Equal<int>([298, 299, 299], pair.Where(t => t >= 298));
    }

    [Fact]
    public void Rerank_PairOfOneTokenTooMany_IsRefusedWithCounts()
    {
        using var worker = WorkerClient.StartHereWith(models.Ranker);
        var words = string.Join(' ', Enumerable.Repeat("a", 508));
        Assert.Equal(512u, Rerank(worker, "q", words).Reranked.PromptTokens);
        var refused = Rerank(worker, "q", "fits", words + " a").Refused;
        Assert.Equal((RefusalKind.PromptTooLong, 513u, 512u), (refused.Kind, refused.PromptTokens, refused.LimitTokens));
        Assert.Contains("document 2", refused.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public void Rerank_ModelThatMakesVectors_IsRefused()
    {
        foreach (var path in new[] { models.Bert, models.Llama })
        {
            using var worker = WorkerClient.StartHereWith(path);
            Assert.Equal(RefusalKind.RerankNotSupported, Rerank(worker, "q", "d").Refused.Kind);
        }
    }

    [Fact]
    public void Embed_ModelThatRanks_IsRefused()
    {
        using var worker = WorkerClient.StartHereWith(models.Ranker);
        var request = worker.NextRequest();
        worker.Send(new Command { Embed = new Embed { Request = request, Inputs = { "a" } } });
        Assert.Equal(RefusalKind.EmbeddingsNotSupported, worker.Wait(e => e.Refused?.Request == request).Refused.Kind);
    }

    [Fact]
    public void Rerank_Cancelled_IsConfirmed()
    {
        using var worker = WorkerClient.StartHereWith(models.Ranker);
        var request = Send(worker, "q", [.. Enumerable.Repeat(string.Join(' ', Enumerable.Repeat("a", 500)), 3000)]);
        worker.Cancel(request);
        Assert.Equal(FinishKind.Cancelled, worker.Wait(e => e.Finished?.Request == request).Finished.Kind);
        Assert.Single(Rerank(worker, "q", "d").Reranked.Scores);
    }

    private static string[] Tokens()
    {
        var characters = Enumerable.Range(33, 94).Select(c => ((char)c).ToString()).ToArray();
        return ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", .. characters.Select(c => "▁" + c), .. characters, "▁the", "▁and", "▁hello", "▁world", "ing", "er"];
    }

    /// <summary>User-defined tokens (type 4) are found in texts even where no signs are wanted.</summary>
    private static GgufWriter WithSignsOfType(int type) =>
        BertModels.Ranker().SetInt32Array("tokenizer.ggml.token_type", [.. Tokens().Select((_, i) => i < 5 ? type : 1)]);

    private static float[] Tensor(GgufWriter writer, string name)
    {
        var dims = writer.TensorExtents.Single(t => t.Name == name).Dims;
        using var stream = new MemoryStream();
        RandomWeights.Tensor(1, name, GgmlType.F32, dims, 0.05f)(stream);
        var bytes = stream.ToArray();
        return [.. Enumerable.Range(0, bytes.Length / 4).Select(i => BitConverter.ToSingle(bytes, 4 * i))];
    }

    private static List<int> Order(IReadOnlyList<float> scores) => [.. Enumerable.Range(0, scores.Count).OrderByDescending(i => Math.Round(scores[i], 4))];

    private static ulong Send(WorkerClient worker, string query, params string[] documents)
    {
        var request = worker.NextRequest();
        worker.Send(new Command { Rerank = new Rerank { Request = request, Query = query, Documents = { documents } } });
        return request;
    }

    private static Event Rerank(WorkerClient worker, string query, params string[] documents)
    {
        var request = Send(worker, query, documents);
        return worker.Wait(e => e.Reranked?.Request == request || e.Refused?.Request == request);
    }
}
