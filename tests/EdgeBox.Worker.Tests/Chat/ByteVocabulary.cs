using EdgeBox.Testing.Gguf;

namespace EdgeBox.Worker.Tests.Chat;

/// <summary>A byte-level vocabulary of 400 tokens, the last of which are signs; what is odd about it is changed before it is written.</summary>
internal sealed class ByteVocabulary
{
    public const int Size = 400;
    public const int Begin = Size - 4;
    public const int End = Size - 3;
    public const int Sign = Size - 2;

    /// <summary>A sign whose text begins with that of another.</summary>
    public const int Longer = Size - 1;

    public const int UserDefined = 4;

    /// <summary>Names of rules to cut words by: those that are our own, and one that only the engine knows.</summary>
    public static readonly string[] Rules = ["llama-bpe", "gpt-2"];

    private ByteVocabulary(ByteLevelTokens tokens) =>
        (Tokens, Types, Merges) = ([.. tokens.Tokens], [.. tokens.Types], [.. tokens.Merges]);

    public string[] Tokens { get; }

    public int[] Types { get; }

    public List<string> Merges { get; }

    public GgufWriter Writer { get; } = new GgufWriter().SetString("general.architecture", "llama");

    public static void Write(string file, string rules, Action<ByteVocabulary>? change = null)
    {
        var tokens = ByteLevelTokens.With(["<s>", "</s>", "<|im|>", "<|im|>+"], Size);
        var vocabulary = new ByteVocabulary(tokens);
        tokens.WriteTo(vocabulary.Writer, rules);
        vocabulary.Writer.SetUInt32("tokenizer.ggml.bos_token_id", Begin).SetUInt32("tokenizer.ggml.eos_token_id", End).SetBool("tokenizer.ggml.add_bos_token", value: false);
        change?.Invoke(vocabulary);
        vocabulary.Writer.SetStringArray("tokenizer.ggml.tokens", vocabulary.Tokens).SetInt32Array("tokenizer.ggml.token_type", vocabulary.Types)
            .SetStringArray("tokenizer.ggml.merges", vocabulary.Merges).WriteFile(file);
    }

    /// <summary>Has its signs take the spaces behind them. The engine reads that from the name, and then wants these tokens.</summary>
    public void StripsSpaces()
    {
        Put(8, "<unk>", type: 3);
        Put(9, "<|endoftext|>", type: 3);
        Writer.SetString("general.name", "phi-3");
    }

    /// <summary>Makes an ordinary word of the filler another token, and returns its number.</summary>
    public int Put(int place, string text, int? type = null)
    {
        var token = 300 + place;
        (Tokens[token], Types[token]) = (text, type ?? Types[token]);
        return token;
    }
}
