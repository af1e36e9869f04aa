using EdgeBox.Testing.Gguf;
using EdgeBox.Worker.Chat;
using EdgeBox.Worker.Tests.Sessions;

namespace EdgeBox.Worker.Tests.Chat;

/// <summary>A query and a document as one prompt, as what the file says has it.</summary>
[Collection(EngineCollection.Name)]
public sealed class PairFormatTests(ModelFiles models)
{
    private const string Template = "tokenizer.chat_template.rerank";

    // Of the small SentencePiece vocabulary.
    private const int Begin = 1;
    private const int End = 2;
    private const int Space = 259;
    private const int A = 260;
    private const int SpaceA = 261;
    private const int B = 3 + 'b';

    [Fact]
    public void Of_ModelWithNothingBetweenTexts_IsNone() => Assert.Empty(Render("none", w => w));

    [Theory]
    [InlineData("{query}")]
    [InlineData("{document}</s>")]
    [InlineData("<s></s>")]
    public void Of_TemplateThatLacksAPlace_IsNone(string template) => Assert.Empty(Render("lacks-" + template.Length, w => w.SetString(Template, template)));

    [Theory]
    [InlineData("{query}</s>{document}", new[] { SpaceA, End, B })]
    [InlineData("{document}</s>{query}", new[] { Space, B, End, A })]
    [InlineData("<s>{query}<s>{query}</s>{document}</s>", new[] { Begin, A, Begin, A, End, B, End })]
    public void Render_Template_HasItsPlacesWhereTheyStand(string template, int[] tokens) =>
        Assert.Equal(tokens, Render("template-" + template.Length + template[1], w => w.SetString(Template, template)));

    [Theory]
    [InlineData(true, false, new[] { Begin, SpaceA, End, Space, B, End })]
    [InlineData(false, false, new[] { SpaceA, End, Space, B, End })]
    [InlineData(true, true, new[] { Begin, SpaceA, End, Begin, Space, B, End })]
    public void Render_ModelThatWantsAnEnd_HasItBehindBothTexts(bool begins, bool separates, int[] tokens) =>
        Assert.Equal(
            tokens,
            Render(
                $"end-{begins}-{separates}",
                w => w.SetBool("tokenizer.ggml.add_bos_token", begins).SetBool("tokenizer.ggml.add_eos_token", true)
                    .SetBool("tokenizer.ggml.add_sep_token", separates).SetUInt32("tokenizer.ggml.seperator_token_id", Begin)));

    private int[] Render(string name, Func<GgufWriter, GgufWriter> with)
    {
        using var direct = new Direct(models.File($"pair-{name}.gguf", p => with(TinyModels.Of("llama-spm")).WriteFile(p)));
        return PairFormat.Of(direct.Model, direct.Tokenizer)?.Render("a", ["b"]).Single() ?? [];
    }
}
