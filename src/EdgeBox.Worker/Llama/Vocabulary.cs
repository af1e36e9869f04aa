using System.Globalization;
using System.Runtime.InteropServices;

namespace EdgeBox.Worker.Llama;

/// <summary>The tokens of a model. Its members may be called from any thread.</summary>
internal sealed unsafe class Vocabulary
{
    // What the engine takes when the file does not say.
    private const int WordPieceUnknown = 100;

    private readonly ModelHandle _model;
    private readonly nint _vocabulary;
    private readonly Lazy<PieceTable> _pieces;

    /// <param name="model">The model.</param>
    /// <param name="file">Its file, or the first of its parts.</param>
    public Vocabulary(ModelHandle model, string file)
    {
        _model = model;
        File = file;
        _vocabulary = NativeMethods.llama_model_get_vocab(model);
        Type = (VocabularyType)NativeMethods.llama_vocab_type(_vocabulary);
        Count = NativeMethods.llama_vocab_n_tokens(_vocabulary);
        Bos = NativeMethods.llama_vocab_bos(_vocabulary);
        AddsBos = Type != VocabularyType.None && Bos >= 0 && NativeMethods.llama_vocab_get_add_bos(_vocabulary);
        Separator = NativeMethods.llama_vocab_sep(_vocabulary);
        End = NativeMethods.llama_vocab_eos(_vocabulary) is >= 0 and var end ? end : Separator;
        AddsEnd = End >= 0 && NativeMethods.llama_vocab_get_add_eos(_vocabulary);
        AddsSeparator = Separator >= 0 && NativeMethods.llama_vocab_get_add_sep(_vocabulary);
        Unknown = Type != VocabularyType.WordPiece ? -1
            : int.TryParse(LlamaModel.Metadata(model, "tokenizer.ggml.unknown_token_id"), NumberStyles.None, CultureInfo.InvariantCulture, out var unknown) ? unknown
            : WordPieceUnknown;
        PreTokenizer = Type == VocabularyType.BytePair && LlamaModel.Metadata(model, "tokenizer.ggml.model") == "gpt2"
            ? LlamaModel.Metadata(model, "tokenizer.ggml.pre")
            : null;
        _pieces = new Lazy<PieceTable>(() => new PieceTable(this));
    }

    public VocabularyType Type { get; }

    public int Count { get; }

    /// <summary>The token for the beginning of text; negative if there is none.</summary>
    public int Bos { get; }

    /// <summary>Whether a text begins with <see cref="Bos"/>.</summary>
    public bool AddsBos { get; }

    /// <summary>The token between two texts; negative if there is none.</summary>
    public int Separator { get; }

    /// <summary>The token for the end of a text, or the separator where there is none; negative if there is neither.</summary>
    public int End { get; }

    /// <summary>Whether a text ends with <see cref="End"/>.</summary>
    public bool AddsEnd { get; }

    /// <summary>Whether <see cref="Separator"/> stands between texts.</summary>
    public bool AddsSeparator { get; }

    /// <summary>The token that stands for a word that WordPiece cannot spell; negative in other vocabularies.</summary>
    public int Unknown { get; }

    /// <summary>The name of the rules by which a text is cut into words before bytes are merged; null where bytes are not merged.</summary>
    public string? PreTokenizer { get; }

    /// <summary>Where the file has what the engine does not tell.</summary>
    public string File { get; }

    /// <summary>The bytes that each token shows; made at first use.</summary>
    public PieceTable Pieces => _pieces.Value;

    public bool EndsGeneration(int token) => NativeMethods.llama_vocab_is_eog(_vocabulary, token);

    public TokenAttributes Attributes(int token) => (TokenAttributes)NativeMethods.llama_vocab_get_attr(_vocabulary, token);

    /// <summary>The text of a token as it stands in the file.</summary>
    public string RawText(int token) => Marshal.PtrToStringUTF8((nint)NativeMethods.llama_vocab_get_text(_vocabulary, token)) ?? "";

    /// <summary>The bytes of a token; those of special ones only when asked for.</summary>
    /// <param name="token">The token.</param>
    /// <param name="buffer">Where they are put; replaced by a larger one if it is too small, and not empty.</param>
    /// <param name="special">Whether special tokens have bytes too.</param>
    public ReadOnlySpan<byte> Piece(int token, ref byte[] buffer, bool special)
    {
        int length;
        while ((length = Call(token, buffer, special)) < 0)
        {
            buffer = new byte[-length];
        }

        return buffer.AsSpan(0, length);
    }

    /// <summary>Splits UTF-8 text into tokens.</summary>
    /// <param name="text">UTF-8; need not end in zero.</param>
    /// <param name="addSpecial">Put in the tokens that the model wants at the ends of a text.</param>
    /// <param name="parseSpecial">Make control tokens of their texts: for structure only, never for what a client wrote.</param>
    /// <exception cref="EngineException">The text makes more than 2^31 tokens.</exception>
    public int[] Tokenize(ReadOnlySpan<byte> text, bool addSpecial, bool parseSpecial)
    {
        GC.KeepAlive(_model);
        if (text.IsEmpty && !addSpecial)
        {
            return [];
        }

        // One token a byte and two specials are the most that the common tokenizers make, so one call is enough nearly always.
        var tokens = new int[text.Length + 8];
        var count = Call(text, tokens, addSpecial, parseSpecial);
        if (count < 0 && count != int.MinValue)
        {
            tokens = new int[-count];
            count = Call(text, tokens, addSpecial, parseSpecial);
        }

        return count >= 0 ? tokens[..count] : throw new EngineException("the text makes more tokens than can be counted");
    }

    private int Call(int token, byte[] target, bool special)
    {
        fixed (byte* start = target)
        {
            return NativeMethods.llama_token_to_piece(_vocabulary, token, start, target.Length, 0, special);
        }
    }

    private int Call(ReadOnlySpan<byte> text, int[] tokens, bool addSpecial, bool parseSpecial)
    {
        // An empty span has no address, and the engine wants one.
        var safe = text.IsEmpty ? "\0"u8 : text;
        fixed (byte* start = safe)
        fixed (int* target = tokens)
        {
            return NativeMethods.llama_tokenize(_vocabulary, start, text.Length, target, tokens.Length, addSpecial, parseSpecial);
        }
    }
}
