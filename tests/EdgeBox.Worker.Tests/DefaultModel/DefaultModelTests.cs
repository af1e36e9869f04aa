using System.Text.Json;
using EdgeBox.Worker.Llama;
using EdgeBox.Worker.Tests.Sessions;

namespace EdgeBox.Worker.Tests.DefaultModel;

/// <summary>The engine makes of the default model what the framework made of it that it was trained in.</summary>
[Collection(EngineCollection.Name)]
public sealed class DefaultModelTests
{
    // The file holds 8 bits of each weight and the engine as many of what it multiplies them with; the framework had 16. Now and then that sends a
    // token to another expert. A file with all bits of the weights (gguf.py --type f32) differs by 0.016 at most and 0.0008 in the mean.
    private const float MostDifference = 3f;
    private const float MostMean = 0.15f;
    private static readonly string s_folder = Path.Combine(WorkerClient.RepositoryRoot(), "models", "edgebox-mini");

    [Fact]
    public void Tokens_OfReferencePrompts_AreThoseOfTheTraining()
    {
        using var direct = new Direct(Path.Combine(s_folder, "edgebox-mini.gguf"));
        foreach (var (text, tokens, _) in References())
        {
            Assert.Equal(tokens, direct.Tokenizer.Template([new(text, IsContent: false)]));
            Assert.Equal(tokens, direct.Model.Vocabulary.Tokenize(System.Text.Encoding.UTF8.GetBytes(text), addSpecial: false, parseSpecial: true));
        }
    }

    [Fact]
    public void Logits_OfReferencePrompts_AreThoseOfTheTraining()
    {
        using var direct = new Direct(Path.Combine(s_folder, "edgebox-mini.gguf"));
        using var context = new LlamaContext(
            direct.Model, new ContextShape { Cells = 1024, Sequences = 1, BatchTokens = 1024, Outputs = 8, Threads = 1 },
            RuntimePack.Open(WorkerClient.PackDirectory, TimeProvider.System).Log);
        var differences = new List<float>();
        foreach (var (_, tokens, top) in References())
        {
            var batch = new TokenBatch(1024);
            for (var i = 0; i < tokens.Length; i++)
            {
                batch.Add(tokens[i], i, 0, output: i == tokens.Length - 1);
            }

            context.Remove(0, 0);
            Assert.Equal(0, context.Decode(batch));
            var logits = context.Logits(tokens.Length - 1);
            foreach (var (token, expected) in top)
            {
                differences.Add(Math.Abs(logits[token] - expected));
            }
        }

        TestContext.Current.TestOutputHelper?.WriteLine($"largest difference {differences.Max():F3}, mean {differences.Average():F4}");
        Assert.InRange(differences.Max(), 0, MostDifference);
        Assert.InRange(differences.Average(), 0, MostMean);
    }

    private static IEnumerable<(string Text, int[] Tokens, (int Token, float Logit)[] Top)> References()
    {
        using var file = JsonDocument.Parse(File.ReadAllText(Path.Combine(s_folder, "reference.json")));
        foreach (var item in file.RootElement.EnumerateArray().ToList())
        {
            yield return (
                item.GetProperty("text").GetString()!,
                [.. item.GetProperty("tokens").EnumerateArray().Select(t => t.GetInt32())],
                [.. item.GetProperty("top").EnumerateArray().Select(t => (t[0].GetInt32(), t[1].GetSingle()))]);
        }
    }
}
