using EdgeBox.Worker.Llama;

namespace EdgeBox.Worker.Chat.Families;

/// <summary>The tokens of a vocabulary that are signs to the model, by their text.</summary>
internal sealed class SignTable
{
    private readonly Dictionary<string, int> _signs;
    private readonly Func<int, bool> _endsGeneration;

    /// <param name="signs">Control and user-defined tokens.</param>
    /// <param name="endsGeneration">Whether a token ends generation.</param>
    /// <param name="begin">The text of the token that begins a text; empty if there is none.</param>
    public SignTable(IEnumerable<KeyValuePair<string, int>> signs, Func<int, bool> endsGeneration, string begin)
    {
        _signs = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (var (text, token) in signs)
        {
            _signs.TryAdd(text, token);
        }

        (_endsGeneration, Begin) = (endsGeneration, begin);
    }

    /// <summary>The text of the token that begins a text; empty if there is none.</summary>
    public string Begin { get; }

    /// <summary>The token that a text is; -1 if it is none.</summary>
    public int this[string text] => _signs.GetValueOrDefault(text, -1);

    public static SignTable Of(Vocabulary vocabulary)
    {
        var signs = new List<KeyValuePair<string, int>>();
        for (var token = 0; token < vocabulary.Count; token++)
        {
            const TokenAttributes Special = TokenAttributes.Control | TokenAttributes.UserDefined;
            if ((vocabulary.Attributes(token) & Special) != 0)
            {
                signs.Add(new(vocabulary.RawText(token), token));
            }
        }

        return new SignTable(signs, vocabulary.EndsGeneration, vocabulary.Bos >= 0 && vocabulary.Bos < vocabulary.Count ? vocabulary.RawText(vocabulary.Bos) : "");
    }

    public bool EndsGeneration(int token) => _endsGeneration(token);

    /// <summary>A text as this vocabulary has it.</summary>
    public Tag Tag(string text) => new(text, this[text]);
}

/// <summary>A sign of a format in one vocabulary.</summary>
/// <param name="Text">How it is written.</param>
/// <param name="Token">Its token; -1: the vocabulary spells it.</param>
internal sealed record Tag(string Text, int Token)
{
    /// <summary>Its UTF-8, where it is spelt.</summary>
    public byte[] Bytes { get; } = System.Text.Encoding.UTF8.GetBytes(Text);
}
