using EdgeBox.Testing.Gguf;
using EdgeBox.Worker.Harmony;
using EdgeBox.Worker.Llama;
using EdgeBox.Worker.Tests.Chat.Families;

namespace EdgeBox.Worker.Tests.Harmony;

/// <summary>Which vocabularies speak harmony.</summary>
[Collection(Sessions.EngineCollection.Name)]
public sealed class HarmonyTokensTests(References references, Sessions.ModelFiles models) : IClassFixture<References>
{
    private const int Size = 300;
    private const int Control = 3;
    private const int UserDefined = 4;

    private static readonly string[] s_signs = ["<|start|>", "<|channel|>", "<|message|>", "<|end|>", "<|return|>", "<|call|>", "<|constrain|>"];

    [Theory]
    [InlineData(Control)]
    [InlineData(UserDefined)]
    public void Find_VocabularyWithAllSigns_HasTheirNumbers(int type)
    {
        // The signs are the last of its tokens.
        const int First = Size - 7;
        Assert.Equal(
            new HarmonyTokens(Start: First, Channel: First + 1, Message: First + 2, End: First + 3, Return: First + 4, Call: First + 5, Constrain: First + 6),
            HarmonyTokens.Find(With(type, s_signs)));
    }

    [Theory]
    [InlineData("<|start|>", false)]
    [InlineData("<|channel|>", false)]
    [InlineData("<|message|>", false)]
    [InlineData("<|end|>", false)]
    [InlineData("<|return|>", false)]
    [InlineData("<|call|>", true)]
    [InlineData("<|constrain|>", true)]
    public void Find_VocabularyWithoutASign_IsHarmonyIfItCanDoWithoutIt(string sign, bool found)
    {
        var tokens = HarmonyTokens.Find(With(Control, [.. s_signs.Except([sign])]));
        Assert.Equal(found, tokens is not null);
        Assert.Equal(found ? [-1] : [], new[] { tokens?.Call, tokens?.Constrain }.Where(token => token < 0).Select(token => token!.Value));
    }

    private Vocabulary With(int type, string[] signs)
    {
        var name = $"signs-{type}-{string.Concat(signs.Select(s => s[2..5]))}.gguf";
        return references.Open(models.File(name, file =>
        {
            var writer = new GgufWriter().SetString("general.architecture", "llama");
            var tokens = ByteLevelTokens.With(signs, Size);
            tokens.WriteTo(writer, "llama-bpe");
            writer.SetInt32Array("tokenizer.ggml.token_type", [.. tokens.Types.Select(t => t == Control ? type : t)]);
            writer.SetUInt32("tokenizer.ggml.bos_token_id", 0).SetUInt32("tokenizer.ggml.eos_token_id", 0);
            writer.WriteFile(file);
        }));
    }
}
