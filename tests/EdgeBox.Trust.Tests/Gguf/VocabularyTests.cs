using EdgeBox.Testing.Gguf;
using EdgeBox.Trust.Gguf;
using Xunit;

namespace EdgeBox.Trust.Tests.Gguf;

public sealed class VocabularyTests
{
    private const string Tokens = "tokenizer.ggml.tokens";
    private const string Types = "tokenizer.ggml.token_type";

    public static TheoryData<string> Specials { get; } =
    [
        "bos", "eos", "eot", "eom", "unknown", "seperator", "padding", "mask", "cls", "fim_pre", "fim_suf", "fim_mid", "fim_pad", "fim_rep", "fim_sep",
        "prefix", "suffix", "middle",
    ];

    /// <summary>Word splitters, and whether the engine puts a beginning-of-text token first; the names are those of llama.cpp v0.5.0.</summary>
    public static TheoryData<string, bool> Splitters { get; } = new()
    {
        { "default", false }, { "gpt-2", false }, { "gpt-4o", false }, { "llama4", false }, { "llama-bpe", true }, { "llama3", true },
        { "llama-v3", true }, { "falcon3", true }, { "pixtral", true }, { "tekken", true }, { "qwen2", false }, { "qwen35", false },
        { "deepseek-r1-qwen", false }, { "smollm", false }, { "command-r", false }, { "deepseek-llm", false }, { "deepseek-coder", false },
        { "deepseek-v3", false }, { "dbrx", false }, { "smaug-bpe", false }, { "starcoder", false }, { "refact", false }, { "stablelm2", false },
        { "olmo", false }, { "falcon", false }, { "mpt", false }, { "phi-2", false }, { "poro-chat", false }, { "viking", false },
        { "exaone4", false }, { "gigachat", false }, { "mellum", false },
    };

    [Theory]
    [MemberData(nameof(Specials))]
    public void Validate_SpecialToken_MustBeInTheVocabulary(string name)
    {
        var key = $"tokenizer.ggml.{name}_token_id";

        Assert.IsType<GgufAccepted>(Validate(TinyModels.Of("llama").SetUInt32(key, 23)));
        Refused(GgufProblem.InvalidSpecialToken, key, TinyModels.Of("llama").SetUInt32(key, 24));
    }

    [Theory]
    [MemberData(nameof(Splitters))]
    public void Validate_Splitter_DecidesWhetherABeginningTokenIsNeeded(string name, bool adds)
    {
        // Without the key it is token 11, which a vocabulary of 11 does not have.
        var model = TinyModels.Of("llama", new TinyShape { Vocabulary = 11 }).SetString("tokenizer.ggml.pre", name).RemoveKey("tokenizer.ggml.bos_token_id");
        var larger = TinyModels.Of("llama", new TinyShape { Vocabulary = 12 }).SetString("tokenizer.ggml.pre", name).RemoveKey("tokenizer.ggml.bos_token_id");

        Assert.Equal(adds ? GgufProblem.InvalidSpecialToken : null, (Validate(model) as GgufRejected)?.Problem);
        Assert.IsType<GgufAccepted>(Validate(larger));
        Refused(GgufProblem.InvalidSpecialToken, "tokenizer.ggml.bos_token_id", model.SetBool("tokenizer.ggml.add_bos_token", true));
        Assert.IsType<GgufAccepted>(Validate(model.SetBool("tokenizer.ggml.add_bos_token", false)));
    }

    [Fact]
    public void Validate_NoSplitter_NeedsNoBeginningToken()
    {
        var model = TinyModels.Of("llama", new TinyShape { Vocabulary = 11 }).RemoveKey("tokenizer.ggml.pre").RemoveKey("tokenizer.ggml.bos_token_id");

        Assert.IsType<GgufAccepted>(Validate(model));
    }

    [Theory]
    [InlineData(11, false)]
    [InlineData(12, true)]
    public void Validate_EndTokenThatIsAdded_MustBeThere(int vocabulary, bool isGood)
    {
        var model = TinyModels.Of("llama", new TinyShape { Vocabulary = vocabulary }).RemoveKey("tokenizer.ggml.eos_token_id");

        Assert.IsType<GgufAccepted>(Validate(model));
        var verdict = Validate(model.SetBool("tokenizer.ggml.add_eos_token", true));
        Assert.Equal(isGood ? null : "tokenizer.ggml.eos_token_id", (verdict as GgufRejected)?.Key);
    }

    [Theory]
    [InlineData("tokenizer.ggml.add_sep_token")]
    [InlineData("tokenizer.ggml.add_eos_token")]
    [InlineData("tokenizer.ggml.add_space_prefix")]
    [InlineData("tokenizer.ggml.remove_extra_whitespaces")]
    [InlineData("tokenizer.ggml.normalizer.lowercase")]
    [InlineData("tokenizer.ggml.normalizer.strip_accents")]
    public void Validate_Flag_MustBeBoolean(string key)
    {
        Refused(GgufProblem.WrongValueType, key, TinyModels.Of("llama").SetUInt32(key, 1));
        Assert.IsType<GgufAccepted>(Validate(TinyModels.Of("llama").SetBool(key, true)));
    }

    [Theory]
    [InlineData("tokenizer.ggml.bos_token_id", 101)]
    [InlineData("tokenizer.ggml.seperator_token_id", 102)]
    [InlineData("tokenizer.ggml.unknown_token_id", 100)]
    public void Validate_WordPiece_NeedsThreeTokens(string key, int otherwise)
    {
        Refused(GgufProblem.InvalidSpecialToken, key, Bert(otherwise).RemoveKey(key));
        Refused(GgufProblem.WrongShape, null, Bert(otherwise + 1).RemoveKey(key));
    }

    [Fact]
    public void Validate_SentencePieceWithoutBeginningToken_TakesTheFirst()
    {
        Assert.IsType<GgufAccepted>(Validate(TinyModels.Of("llama-spm").SetBool("tokenizer.ggml.add_eos_token", true)));
    }

    [Theory]
    [InlineData(0x00, "<0x00>")]
    [InlineData(0x0A, "<0x0A>")]
    [InlineData(0x9F, "<0x9F>")]
    [InlineData(0xFF, "<0xFF>")]
    public void Validate_SentencePieceWithoutAByte_IsRefused(int value, string name)
    {
        foreach (var other in (string[])["xx", "<0xg0>", "<0x0G>", "<0x@0>", "<0x0a0>", "(0x0A>", "<0x0A)", "<0x:0>", "<0x`0>", "<0x/0>"])
        {
            var model = Spm(tokens => tokens[tokens.IndexOf(name)] = other).SetInt32Array(Types, [.. Enumerable.Repeat(1, 262)]);
            var rejected = Refused(GgufProblem.MissingByteToken, Tokens, model);
            Assert.Contains($"{value:X2}", rejected.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Validate_SentencePieceThatSpellsAByteAsItself_IsAccepted()
    {
        var model = Spm(tokens => tokens[tokens.IndexOf("<0x42>")] = "B").SetInt32Array(Types, [.. Enumerable.Repeat(1, 262)]);

        Assert.IsType<GgufAccepted>(Validate(model));
    }

    [Fact]
    public void Validate_ByteTokenThatIsNotSpeltSo_IsRefused()
    {
        int[] types = [.. Enumerable.Repeat(1, 261), 6];

        Refused(GgufProblem.InvalidTokenType, Types, Spm(_ => { }).SetInt32Array(Types, types));
        Assert.IsType<GgufAccepted>(Validate(Spm(tokens => (tokens[261], tokens[5]) = (tokens[5], "▁a")).SetInt32Array(Types, types)));
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(7)]
    public void Validate_TokenTypeOutOfRange_IsRefused(int type) =>
        Refused(GgufProblem.InvalidTokenType, Types, TinyModels.Of("llama").SetInt32Array(Types, [.. Enumerable.Repeat(1, 23), type]));

    [Fact]
    public void Validate_EveryOtherTokenType_IsAccepted() =>
        Assert.IsType<GgufAccepted>(Validate(TinyModels.Of("llama").SetInt32Array(Types, [0, 1, 2, 3, 4, 5, .. Enumerable.Repeat(1, 18)])));

    [Theory]
    [InlineData("a b", true)]
    [InlineData("  b", true)]
    [InlineData("Ġt he", true)]
    [InlineData("ab", false)]
    [InlineData(" b", false)]
    [InlineData("a ", false)]
    [InlineData(" ab", false)]
    [InlineData("ab ", false)]
    public void Validate_Merge_HasTwoParts(string merge, bool isGood)
    {
        var verdict = Validate(TinyModels.Of("llama").SetStringArray("tokenizer.ggml.merges", ["h e", merge, "x"[..0] + "y z"]));

        Assert.Equal(isGood ? null : GgufProblem.InvalidMerge, (verdict as GgufRejected)?.Problem);
    }

    [Theory]
    [InlineData(1f, true)]
    [InlineData(float.NegativeInfinity, false)]
    [InlineData(float.NaN, false)]
    public void Validate_Score_IsFinite(float score, bool isGood)
    {
        var verdict = Validate(TinyModels.Of("llama").SetFloat32Array("tokenizer.ggml.scores", [.. new float[23], score]));

        Assert.Equal(isGood ? null : GgufProblem.InvalidScore, (verdict as GgufRejected)?.Problem);
    }

    [Fact]
    public void Validate_WholeNumberScores_AreAccepted() =>
        Assert.IsType<GgufAccepted>(Validate(TinyModels.Of("llama").SetInt32Array("tokenizer.ggml.scores", new int[24])));

    [Fact]
    public void Validate_SuppressedTokens_MustBeNumbers()
    {
        const string key = "tokenizer.ggml.suppress_tokens";

        Refused(GgufProblem.WrongValueType, key, TinyModels.Of("llama").SetStringArray(key, ["a"]));
        Assert.IsType<GgufAccepted>(Validate(TinyModels.Of("llama").SetInt32Array(key, [1])));
    }

    [Theory]
    [InlineData("</s>")]
    [InlineData("<unk>")]
    [InlineData("<s>")]
    [InlineData("<|endoftext|>")]
    public void Validate_ModelCalledPhi3_NeedsFourTokens(string missing)
    {
        string[] special = ["</s>", "<unk>", "<s>", "<|endoftext|>"];
        string[] tokens = [.. Enumerable.Range(0, 20).Select(i => $"t{i}"), .. special];
        var whole = TinyModels.Of("llama").SetStringArray(Tokens, tokens);
        foreach (var name in (string[])["Phi-3 mini", "PHI3"])
        {
            Assert.IsType<GgufAccepted>(Validate(whole.SetString("general.name", name)));
            var without = TinyModels.Of("llama").SetString("general.name", name).SetStringArray(Tokens, [.. tokens.Select(t => t == missing ? t + "x" : t)]);
            Assert.Contains(missing, Refused(GgufProblem.InvalidSpecialToken, Tokens, without).Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Validate_EmptyTokens_AreNamedByTheirNumber() =>
        Assert.IsType<GgufAccepted>(Validate(TinyModels.Of("llama").SetStringArray(Tokens, [.. Enumerable.Range(0, 22).Select(i => $"t{i}"), "", ""])));

    [Fact]
    public void Validate_TypesBeforeTokens_AreJudgedAlike()
    {
        var model = TinyModels.Of("llama");
        var types = new int[24];
        types[3] = 6;
        model.RemoveKey(Types).RemoveKey(Tokens).SetInt32Array(Types, types).SetStringArray(Tokens, [.. Enumerable.Range(0, 24).Select(i => i == 3 ? "<0x41>" : $"t{i}")]);

        Assert.IsType<GgufAccepted>(Validate(model));
        types[4] = 6;
        Refused(GgufProblem.InvalidTokenType, Types, model.SetInt32Array(Types, types));
    }

    private static GgufWriter Spm(Action<List<string>> change)
    {
        List<string> tokens = ["<unk>", "<s>", "</s>", .. Enumerable.Range(0, 256).Select(b => $"<0x{b:X2}>"), "▁", "a", "▁a"];
        change(tokens);
        return TinyModels.Of("llama-spm").SetStringArray(Tokens, tokens);
    }

    private static GgufWriter Bert(int vocabulary) => TinyModels.Of("bert").SetStringArray(Tokens, [.. Enumerable.Range(0, vocabulary).Select(i => $"t{i}")]);

    private static GgufVerdict Validate(GgufWriter model) => GgufValidator.Validate(new MemoryStream(model.ToArray()), GgufLimits.Default);

    private static GgufRejected Refused(GgufProblem problem, string? key, GgufWriter model)
    {
        var rejected = Assert.IsType<GgufRejected>(Validate(model));
        Assert.Equal((problem, key), (rejected.Problem, rejected.Key));
        return rejected;
    }
}
