namespace EdgeBox.Trust.Gguf;

/// <summary>Checks the tokenizer of a model: what the engine asserts when it loads or uses it.</summary>
internal static class GgufVocabulary
{
    public const string ModelKey = "tokenizer.ggml.model";
    public const string PreKey = "tokenizer.ggml.pre";

    private const string BeginKey = "tokenizer.ggml.bos_token_id";
    private const string EndKey = "tokenizer.ggml.eos_token_id";
    private const string UnknownKey = "tokenizer.ggml.unknown_token_id";

    // The engine's own spelling.
    private const string SeparatorKey = "tokenizer.ggml.seperator_token_id";

    private static readonly string[] s_specials =
    [
        BeginKey, EndKey, UnknownKey, SeparatorKey,
        "tokenizer.ggml.eot_token_id", "tokenizer.ggml.eom_token_id", "tokenizer.ggml.padding_token_id", "tokenizer.ggml.mask_token_id",
        "tokenizer.ggml.cls_token_id", "tokenizer.ggml.fim_pre_token_id", "tokenizer.ggml.fim_suf_token_id", "tokenizer.ggml.fim_mid_token_id",
        "tokenizer.ggml.fim_pad_token_id", "tokenizer.ggml.fim_rep_token_id", "tokenizer.ggml.fim_sep_token_id",
        "tokenizer.ggml.prefix_token_id", "tokenizer.ggml.suffix_token_id", "tokenizer.ggml.middle_token_id",
    ];

    private static readonly string[] s_flags =
    [
        "tokenizer.ggml.add_sep_token", "tokenizer.ggml.add_space_prefix", "tokenizer.ggml.remove_extra_whitespaces",
        "tokenizer.ggml.normalizer.lowercase", "tokenizer.ggml.normalizer.strip_accents",
    ];

    /// <summary>Word splitters of the byte-level tokenizers; those that put a beginning-of-text token first have true.</summary>
    private static readonly Dictionary<string, bool> s_splitters = new()
    {
        ["default"] = false, ["gpt-2"] = false, ["gpt-4o"] = false, ["llama4"] = false,
        ["llama-bpe"] = true, ["llama3"] = true, ["llama-v3"] = true, ["falcon3"] = true, ["pixtral"] = true, ["tekken"] = true,
        ["qwen2"] = false, ["qwen35"] = false, ["deepseek-r1-qwen"] = false, ["smollm"] = false, ["command-r"] = false,
        ["deepseek-llm"] = false, ["deepseek-coder"] = false, ["deepseek-v3"] = false, ["dbrx"] = false, ["smaug-bpe"] = false,
        ["starcoder"] = false, ["refact"] = false, ["stablelm2"] = false, ["olmo"] = false, ["falcon"] = false, ["mpt"] = false,
        ["phi-2"] = false, ["poro-chat"] = false, ["viking"] = false, ["exaone4"] = false, ["gigachat"] = false, ["mellum"] = false,
    };

    /// <summary>Checks the tokenizer's keys and gives the number of tokens.</summary>
    public static int Check(GgufKeys keys, GgufTokens tokens)
    {
        var model = keys.Text(ModelKey, required: true);
        if (keys.Fault is null && model is not ("gpt2" or "llama" or "bert"))
        {
            keys.Refuse(GgufProblem.UnsupportedTokenizer, ModelKey, $"{ModelKey} is {model ?? "too long"}; gpt2, llama and bert are served.");
        }

        var count = keys.ArrayOf(GgufTokens.TokensKey, required: true, GgufValueType.String)?.Count ?? 0;
        if (count == 0)
        {
            keys.Refuse(GgufProblem.VocabularySize, GgufTokens.TokensKey, "The vocabulary has no tokens.");
        }

        if (keys.Fault is not null)
        {
            return count;
        }

        CheckTables(keys, tokens, count);
        CheckBytes(keys, tokens, model!);
        CheckSpecials(keys, model!, count);
        CheckPhi3(keys, tokens);
        if (tokens.HasDuplicate())
        {
            keys.Refuse(GgufProblem.DuplicateToken, GgufTokens.TokensKey, "Two tokens of the vocabulary have the same text.");
        }

        return count;
    }

    private static void CheckTables(GgufKeys keys, GgufTokens tokens, int count)
    {
        var types = keys.ArrayOf(GgufTokens.TypesKey, false, GgufValueType.Int32);
        var scores = keys.ArrayOf(GgufTokens.ScoresKey, false, GgufValueType.Float32, GgufValueType.Int32);
        OneEach(keys, GgufTokens.TypesKey, types, count);
        OneEach(keys, GgufTokens.ScoresKey, scores, count);
        if (tokens.BadType is { } type)
        {
            keys.Refuse(GgufProblem.InvalidTokenType, GgufTokens.TypesKey, $"Token {type} has a type that is not from 0 to 6.");
        }

        if (tokens.BadScore is { } score)
        {
            keys.Refuse(GgufProblem.InvalidScore, GgufTokens.ScoresKey, $"The score of token {score} is not a finite number.");
        }

        keys.ArrayOf("tokenizer.ggml.suppress_tokens", false, GgufValueType.Int32);
        foreach (var flag in s_flags)
        {
            keys.Boolean(flag, false);
        }
    }

    private static void OneEach(GgufKeys keys, string key, GgufValue? array, int count)
    {
        if (array is not null && array.Count != count)
        {
            keys.Refuse(GgufProblem.TokenTableLength, key, $"{key} has {array.Count} elements; there are {count} tokens.");
        }
    }

    private static void CheckBytes(GgufKeys keys, GgufTokens tokens, string model)
    {
        if (model == "gpt2")
        {
            keys.ArrayOf(GgufTokens.MergesKey, required: true, GgufValueType.String);
            if (tokens.BadMerge is { } merge)
            {
                keys.Refuse(GgufProblem.InvalidMerge, GgufTokens.MergesKey, $"Merge {merge} is not two parts with a space between.");
            }
        }

        // Without a token for a byte the engine throws out of a C function when a prompt has that byte.
        if (model == "llama" && tokens.MissingByte is { } value)
        {
            keys.Refuse(GgufProblem.MissingByteToken, GgufTokens.TokensKey, $"No token spells the byte {value:X2}; there must be <0x{value:X2}>.");
        }

        var wrong = model == "bert" ? tokens.ByteToken : tokens.MisspeltByteToken;
        if (wrong is { } id)
        {
            keys.Refuse(GgufProblem.InvalidTokenType, GgufTokens.TypesKey, $"Token {id} is marked as a byte, but is not one of the form <0x0A> in a tokenizer that has them.");
        }
    }

    private static void CheckSpecials(GgufKeys keys, string model, int count)
    {
        foreach (var key in s_specials)
        {
            if (keys.Number(key, 0, int.MaxValue) is { } id && id >= count)
            {
                keys.Refuse(GgufProblem.InvalidSpecialToken, key, $"{key} is {id}, but the vocabulary has {count} tokens.");
            }
        }

        var addsBegin = keys.Boolean("tokenizer.ggml.add_bos_token", AddsBegin(keys, model));
        var addsEnd = keys.Boolean("tokenizer.ggml.add_eos_token", false);

        // The numbers are the engine's when the file does not say.
        switch (model)
        {
            case "gpt2":
                Needed(keys, addsBegin, BeginKey, 11, count);
                Needed(keys, addsEnd, EndKey, 11, count);
                break;
            case "llama":
                Needed(keys, addsBegin, BeginKey, 1, count);
                Needed(keys, addsEnd, EndKey, 2, count);
                break;
            default:
                Needed(keys, true, BeginKey, 101, count);
                Needed(keys, true, SeparatorKey, 102, count);
                Needed(keys, true, UnknownKey, 100, count);
                break;
        }
    }

    private static bool AddsBegin(GgufKeys keys, string model)
    {
        if (model != "gpt2")
        {
            return true;
        }

        if (!keys.Has(PreKey))
        {
            return false;
        }

        if (keys.Text(PreKey) is { } pre && s_splitters.TryGetValue(pre, out var adds))
        {
            return adds;
        }

        keys.Refuse(GgufProblem.UnsupportedTokenizer, PreKey, $"{PreKey} names a way to split words that this release does not serve.");
        return false;
    }

    private static void Needed(GgufKeys keys, bool isNeeded, string key, int otherwise, int count)
    {
        if (isNeeded && !keys.Has(key) && otherwise >= count)
        {
            keys.Refuse(GgufProblem.InvalidSpecialToken, key, $"{key} is missing, and {otherwise}, what it then is, is not in the vocabulary.");
        }
    }

    /// <summary>The engine changes four tokens of every model that is called so, and fails where one is missing.</summary>
    private static void CheckPhi3(GgufKeys keys, GgufTokens tokens)
    {
        var name = keys.Text(GgufSummaries.NameKey) ?? "";
        var isPhi3 = name.Contains("phi-3", StringComparison.OrdinalIgnoreCase) || name.Contains("phi3", StringComparison.OrdinalIgnoreCase);
        if (isPhi3 && tokens.MissingPhi3 is { } missing)
        {
            keys.Refuse(
                GgufProblem.InvalidSpecialToken, GgufTokens.TokensKey, $"The model is called {name}, for which the vocabulary must have {missing}.");
        }
    }
}
