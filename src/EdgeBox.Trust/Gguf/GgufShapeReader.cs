namespace EdgeBox.Trust.Gguf;

/// <summary>Reads the numbers of a model and refuses those that the engine would abort on or divide by.</summary>
internal static class GgufShapeReader
{
    // The engine's arrays have these lengths: LLAMA_MAX_LAYERS and LLAMA_MAX_EXPERTS of llama.cpp v0.5.0.
    private const int MaxLayers = 512;
    private const int MaxExperts = 1024;

    // Far above every known model, and small enough that products of two fit 63 bits.
    private const int MaxEmbedding = 1 << 17;
    private const int MaxFeedForward = 1 << 20;
    private const int MaxHeads = 4096;
    private const int MaxHeadSize = 8192;
    private const int MaxContext = 1 << 24;
    private const int MaxWindow = 1 << 22;
    private const int MaxClasses = 4096;
    private const int MaxTokenTypes = 4096;

    private static readonly string[] s_scalings = ["none", "linear", "yarn", "longrope"];

    /// <summary>The model's extents, or null when the keys hold a fault.</summary>
    public static GgufShape? Read(GgufKeys keys, GgufArchitecture architecture, int vocabulary)
    {
        var layers = keys.Number(keys.Full("block_count"), 1, MaxLayers, required: true) ?? 1;
        var embedding = keys.Number(keys.Full("embedding_length"), 1, MaxEmbedding, required: true) ?? 1;
        var context = keys.Number(keys.Full("context_length"), 1, MaxContext, required: true) ?? 1;
        var (heads, kvHeads, headSize) = ReadHeads(keys, architecture, embedding, layers);
        var rotary = ReadRope(keys, architecture, headSize);
        var (experts, used) = ReadExperts(keys, architecture, layers);
        var (forward, expertForward) = ReadFeedForward(keys, architecture, layers, experts, used);
        var (window, windowed) = ReadWindow(keys, architecture, layers);
        var classes = keys.ArrayOf(keys.Full("classifier.output_labels"), false, GgufValueType.String)?.Count ?? 1;
        var tokenTypes = keys.Number(
            "tokenizer.ggml.token_type_count", architecture.IsEncoder ? 1 : 0, MaxTokenTypes, required: architecture.IsEncoder) ?? 0;
        ReadRest(keys, architecture, embedding, classes);
        return keys.Fault is not null ? null : new GgufShape
        {
            Architecture = architecture,
            Layers = layers,
            Embedding = embedding,
            Context = context,
            Heads = heads,
            KvHeads = kvHeads,
            HeadSize = headSize,
            Rotary = rotary,
            FeedForward = forward,
            Experts = experts,
            ExpertsUsed = used,
            ExpertFeedForward = expertForward,
            Window = window,
            WindowedLayers = windowed,
            IsLongRope = keys.Text(keys.Full("rope.scaling.type")) == "longrope",
            Classes = classes,
            TokenTypes = tokenTypes,
            Vocabulary = vocabulary,
        };
    }

    private static (int Heads, int KvHeads, int HeadSize) ReadHeads(GgufKeys keys, GgufArchitecture architecture, int embedding, int layers)
    {
        var headKey = keys.Full("attention.head_count");
        var kvKey = keys.Full("attention.head_count_kv");
        var keyKey = keys.Full("attention.key_length");
        var valueKey = keys.Full("attention.value_length");
        var heads = keys.Uniform(headKey, 1, MaxHeads, layers, required: true) ?? 1;
        var kvHeads = keys.Uniform(kvKey, 1, MaxHeads, layers) ?? heads;
        if (heads % kvHeads != 0)
        {
            keys.Refuse(GgufProblem.ImpossibleHeads, kvKey, $"{kvKey} is {kvHeads}, which does not divide {headKey}, {heads}.");
        }

        // Without the two keys the engine divides.
        var divided = embedding / heads;
        var keyLength = keys.Number(keyKey, 1, MaxHeadSize) ?? divided;
        var valueLength = keys.Number(valueKey, 1, MaxHeadSize) ?? divided;
        if (keyLength == 0)
        {
            keys.Refuse(GgufProblem.ImpossibleHeads, headKey, $"{headKey} is {heads}, more than {embedding}, the embedding length.");
        }

        if (keyLength != valueLength)
        {
            var wrong = keys.Has(keyKey) ? valueKey : keyKey;
            keys.Refuse(
                GgufProblem.ImpossibleHeads, wrong, $"Keys have {keyLength} numbers and values {valueLength}; {wrong} must make them equal.");
        }

        if (architecture.IsSquare && (long)heads * keyLength != embedding)
        {
            keys.Refuse(
                GgufProblem.ImpossibleHeads, headKey, $"{heads} heads of {keyLength} numbers do not make {embedding}, the embedding length.");
        }

        Same(keys, "attention.key_length_swa", keyLength);
        Same(keys, "attention.value_length_swa", valueLength);
        return (heads, kvHeads, keyLength);
    }

    private static int ReadRope(GgufKeys keys, GgufArchitecture architecture, int headSize)
    {
        var key = keys.Full("rope.dimension_count");
        var rotary = keys.Number(key, 1, MaxHeadSize) ?? headSize;
        Same(keys, "rope.dimension_count_swa", rotary);
        if (architecture.Rope == GgufRope.WholeHead && rotary != headSize)
        {
            keys.Refuse(GgufProblem.ImpossibleRope, key, $"{key} is {rotary}; it must be {headSize}, the size of a head.");
        }

        if (architecture.Rope != GgufRope.None && (rotary % 2 != 0 || rotary > headSize))
        {
            keys.Refuse(GgufProblem.ImpossibleRope, key, $"{rotary} numbers of a head are rotated; it must be an even number up to {headSize}.");
        }

        var scaling = keys.Full("rope.scaling.type");
        if (keys.Has(scaling) && (keys.Text(scaling) is not { } type || !s_scalings.Contains(type)))
        {
            keys.Refuse(GgufProblem.ImpossibleRope, scaling, $"{scaling} must be one of {string.Join(", ", s_scalings)}.");
        }

        keys.Real(keys.Full("rope.freq_base"), 1);
        keys.Real(keys.Full("rope.freq_base_swa"), 1);
        keys.Real(keys.Full("rope.scaling.factor"), 0);
        keys.Real(keys.Full("rope.scale_linear"), 0);
        keys.Real(keys.Full("rope.scaling.attn_factor"), float.MinValue);
        keys.Real(keys.Full("rope.scaling.alpha"), float.MinValue);
        keys.Number(keys.Full("rope.scaling.original_context_length"), 0, MaxContext);
        keys.Boolean(keys.Full("rope.scaling.finetuned"), false);
        return rotary;
    }

    private static (int Experts, int Used) ReadExperts(GgufKeys keys, GgufArchitecture architecture, int layers)
    {
        var countKey = keys.Full("expert_count");
        var usedKey = keys.Full("expert_used_count");
        var always = architecture.Experts == GgufPresence.Always;
        var experts = keys.Number(countKey, always ? 1 : 0, MaxExperts, required: always) ?? 0;
        var used = keys.Uniform(usedKey, 0, MaxExperts, layers, required: always) ?? 0;
        if (architecture.Experts == GgufPresence.Never && experts > 0)
        {
            keys.Refuse(GgufProblem.ImpossibleExperts, countKey, $"{countKey} is {experts}, but {architecture.Name} has no experts.");
        }

        if (used > experts || (experts > 0 && used == 0))
        {
            keys.Refuse(
                GgufProblem.ImpossibleExperts, usedKey, $"{usedKey} is {used}; of {experts} experts it must be from {Math.Min(1, experts)} to {experts}.");
        }

        foreach (var name in (string[])["expert_group_count", "expert_group_used_count", "nextn_predict_layers"])
        {
            var key = keys.Full(name);
            if (keys.Number(key, 0, int.MaxValue) > 0)
            {
                keys.Refuse(GgufProblem.UnsupportedFeature, key, $"{key} is not 0, which this release does not serve.");
            }
        }

        return (experts, used);
    }

    private static (int Dense, int Expert) ReadFeedForward(GgufKeys keys, GgufArchitecture architecture, int layers, int experts, int used)
    {
        var isGptOss = architecture.Name == "gpt-oss";
        var isQwen3Moe = architecture.Name == "qwen3moe";
        var expertKey = keys.Full("expert_feed_forward_length");
        var said = isGptOss || isQwen3Moe ? keys.Uniform(expertKey, 1, MaxFeedForward, layers, required: isGptOss) : null;
        var dense = keys.Uniform(keys.Full("feed_forward_length"), 1, MaxFeedForward, layers, required: said is null) ?? 0;
        var divided = isQwen3Moe && experts > 0 && used > 0 ? dense / used : dense;
        return (dense, said ?? divided);
    }

    private static (int Window, int Layers) ReadWindow(GgufKeys keys, GgufArchitecture architecture, int layers)
    {
        var key = keys.Full("attention.sliding_window");
        if (architecture.Window == GgufPresence.Never)
        {
            // Some files say it of models that the engine does not window.
            keys.Number(key, 0, int.MaxValue);
            return (0, 0);
        }

        // Gemma 2 windows 4,096 positions when the file does not say.
        var always = architecture.Window == GgufPresence.Always;
        var isRequired = architecture.Name == "gpt-oss";
        var window = keys.Number(key, always ? 1 : 0, MaxWindow, isRequired) ?? (always ? 4096 : 0);
        if (window == 0)
        {
            return (0, 0);
        }

        // The engine asserts that what has a window also has a layer that uses it.
        var windowed = WindowedLayers(keys, architecture, layers);
        if (windowed == 0)
        {
            var pattern = keys.Full("attention.sliding_window_pattern");
            keys.Refuse(GgufProblem.ValueOutOfRange, pattern, $"{pattern} leaves no layer that sees only the window of {key}.");
        }

        return (window, windowed);
    }

    private static int WindowedLayers(GgufKeys keys, GgufArchitecture architecture, int layers)
    {
        var key = keys.Full("attention.sliding_window_pattern");
        if (keys.ArrayOrNull(key) is { } array)
        {
            if (keys.ArrayOf(key, true, GgufValueType.Boolean, GgufValueType.UInt32, GgufValueType.Int32) is not null
                && array.Count != layers)
            {
                keys.Refuse(GgufProblem.ValueOutOfRange, key, $"{key} has {array.Count} elements; it must have one for each of {layers} layers.");
            }

            return array.Elements?.Count(e => e != 0) ?? 0;
        }

        var period = keys.Number(key, 0, MaxLayers) ?? architecture.WindowPattern;
        return period == 0 ? layers : Enumerable.Range(0, layers).Count(i => i % period < period - 1);
    }

    private static void ReadRest(GgufKeys keys, GgufArchitecture architecture, int embedding, int classes)
    {
        keys.Real(keys.Full(architecture.EpsilonKey), 0, required: true);
        keys.Number(keys.Full("vocab_size"), 0, int.MaxValue);
        keys.Real(keys.Full("attn_logit_softcapping"), 1e-6f);
        keys.Real(keys.Full("final_logit_softcapping"), 0);
        Same(keys, "embedding_length_out", embedding);
        if (classes is 0 or > MaxClasses)
        {
            var key = keys.Full("classifier.output_labels");
            keys.Refuse(GgufProblem.ValueOutOfRange, key, $"{key} has {classes} elements; 1 to {MaxClasses} are possible.");
        }

        // The engine asserts that such a prompt fits one step, which no limit of the caller's can promise.
        var causal = keys.Full("attention.causal");
        if (!keys.Boolean(causal, absent: true) && !architecture.IsEncoder)
        {
            keys.Refuse(GgufProblem.UnsupportedFeature, causal, $"{causal} is false: a model that makes text must look back only.");
        }
    }

    private static void Same(GgufKeys keys, string name, int expected)
    {
        var key = keys.Full(name);
        if (keys.Number(key, 0, int.MaxValue) is { } value && value != expected)
        {
            keys.Refuse(GgufProblem.UnsupportedFeature, key, $"{key} is {value}; this release serves only {expected} there.");
        }
    }
}
