namespace EdgeBox.Worker.BytePair;

/// <summary>Where an English contraction ('s, 're) goes.</summary>
internal enum Contractions
{
    /// <summary>It is cut like any other text.</summary>
    None,

    /// <summary>It is a word, wherever it stands.</summary>
    Apart,

    /// <summary>It belongs to the word before it.</summary>
    Attached,
}

/// <summary>How a vocabulary cuts a text into words, whose bytes are then merged each for itself.</summary>
/// <remarks>
/// The engine has an expression for each name (src/llama-vocab.cpp of v0.5.0) and, for some, a function in its place (src/unicode.cpp).
/// What is here is what these do, which is not always what the vocabulary's makers wrote: outside ASCII the engine knows no cases.
/// </remarks>
internal sealed record WordRules
{
    public required Contractions Contractions { get; init; }

    /// <summary>Digits of one word.</summary>
    public required int Digits { get; init; }

    /// <summary>Whether combining marks are letters.</summary>
    public bool MarksAreLetters { get; init; }

    /// <summary>Whether a word ends before a capital letter, and slashes stand among the newlines behind punctuation.</summary>
    public bool SplitsCases { get; init; }

    /// <summary>Whether a word that is a token is that token, whatever the merges make of it.</summary>
    public bool TakesWholeWords { get; init; }

    /// <summary>The rules of a name (tokenizer.ggml.pre); null if they are not known here.</summary>
    public static WordRules? Of(string? name) => name switch
    {
        "gpt-4o" or "llama4" or "kanana2" or "talkie" or "minimax-m2" => new WordRules { Contractions = Contractions.Attached, Digits = 3, SplitsCases = true },
        "tekken" => new WordRules { Contractions = Contractions.None, Digits = 1, SplitsCases = true, TakesWholeWords = true },
        "llama3" or "llama-v3" or "llama-bpe" or "falcon3" or "pixtral" or "lfm2" => new WordRules { Contractions = Contractions.Apart, Digits = 3, TakesWholeWords = true },
        "glm4" or "chatglm-bpe" or "dbrx" or "smaug-bpe" => new WordRules { Contractions = Contractions.Apart, Digits = 3 },
        "qwen2" or "deepseek-r1-qwen" or "megrez" or "hunyuan" or "stablelm2" => new WordRules { Contractions = Contractions.Apart, Digits = 1 },
        "qwen35" => new WordRules { Contractions = Contractions.Apart, Digits = 1, MarksAreLetters = true },
        _ => null,
    };
}
