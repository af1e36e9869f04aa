using System.Text;

namespace EdgeBox.Benchmarks;

/// <summary>Prompts of which no two begin alike, so that none is known from an earlier one.</summary>
internal sealed class Prompts
{
    // No two of these letters are joined by the tokenizers of the random models: a character is a token.
    private const string Letters = "ABCDFGKLMPQRSUVW";

    private uint _made;

    /// <summary>A new prompt of so many tokens, without those that the model adds itself.</summary>
    public string Next(int tokens)
    {
        var state = unchecked(++_made * 2654435761u);
        var text = new StringBuilder(tokens);
        while (text.Length < tokens)
        {
            text.Append(text.Length % 8 == 7 ? ' ' : Letters[(int)(state >> 28)]);
            state = unchecked((state * 1664525) + 1013904223);
        }

        return text.ToString();
    }
}
