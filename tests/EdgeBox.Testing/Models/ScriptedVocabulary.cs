using EdgeBox.Testing.Gguf;

namespace EdgeBox.Testing.Models;

/// <summary>The tokens of a scripted model: the 256 bytes, the pieces of its script, the signs. Without merges a prompt is read byte by byte.</summary>
internal sealed class ScriptedVocabulary
{
    private const int Normal = 1;
    private const int Control = 3;

    private readonly Dictionary<ScriptToken, int> _ids = [];
    private readonly List<string> _tokens = [];
    private readonly List<int> _types = [];

    public ScriptedVocabulary(IEnumerable<ScriptToken> script, IReadOnlyList<string> signs)
    {
        for (var b = 0; b < 256; b++)
        {
            Add(ScriptToken.OfByte((char)b), ByteLevelTokens.ByteText((byte)b), Normal);
        }

        foreach (var token in script.Where(t => !t.IsSign && !_ids.ContainsKey(t)))
        {
            Add(token, string.Concat(token.Text.Select(c => ByteLevelTokens.ByteText((byte)c))), Normal);
        }

        foreach (var sign in signs)
        {
            Add(new ScriptToken(sign, IsSign: true), sign, Control);
        }
    }

    public IReadOnlyList<string> Tokens => _tokens;

    /// <summary>The script's token with each number.</summary>
    public IEnumerable<(ScriptToken Token, int Id)> All => _ids.Select(p => (p.Key, p.Value));

    public int Id(ScriptToken token) => _ids[token];

    /// <summary>Writes the tokenizer keys.</summary>
    /// <param name="writer">Of the model.</param>
    /// <param name="wholeWords">The engine takes a whole word of the vocabulary for one token, as it does for the tokenizer of Llama 3.</param>
    public void WriteTo(GgufWriter writer, bool wholeWords)
    {
        uint Sign(string text) => (uint)_ids[new ScriptToken(text, IsSign: true)];
        writer
            .SetString("tokenizer.ggml.model", "gpt2")
            .SetString("tokenizer.ggml.pre", wholeWords ? "llama-bpe" : "gpt-4o")
            .SetStringArray("tokenizer.ggml.tokens", _tokens)
            .SetInt32Array("tokenizer.ggml.token_type", _types)
            .SetStringArray("tokenizer.ggml.merges", [])
            .SetUInt32("tokenizer.ggml.bos_token_id", Sign("<|startoftext|>"))
            .SetUInt32("tokenizer.ggml.eos_token_id", Sign("<|return|>"))
            .SetUInt32("tokenizer.ggml.padding_token_id", Sign("<|endoftext|>"))
            .SetBool("tokenizer.ggml.add_bos_token", false);
    }

    private void Add(ScriptToken token, string text, int type)
    {
        _ids.Add(token, _tokens.Count);
        _tokens.Add(text);
        _types.Add(type);
    }
}
