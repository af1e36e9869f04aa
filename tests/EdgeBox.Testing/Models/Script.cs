using System.Text;
using System.Text.RegularExpressions;

namespace EdgeBox.Testing.Models;

/// <summary>A token of a script: a sign of harmony, or bytes that need not be whole characters.</summary>
/// <param name="Text">The sign, or the bytes as Latin-1 characters, so that tokens compare as strings do.</param>
/// <param name="IsSign">Whether it is a sign such as &lt;|end|&gt;.</param>
public readonly record struct ScriptToken(string Text, bool IsSign)
{
    /// <summary>Stands for every token that no script mentions.</summary>
    public static ScriptToken Other { get; } = new("", IsSign: true);

    public static ScriptToken OfByte(char c) => new(c.ToString(), IsSign: false);
}

/// <summary>What a scripted model says: the tokens that come before, those that it chooses, and where it goes on after the last.</summary>
/// <param name="Before">The two tokens that stand at the end of a prompt.</param>
/// <param name="Tokens">What is said.</param>
/// <param name="LoopTo">Index of the token that follows the last one; negative: none, the last one ends the answer.</param>
/// <param name="AfterCall">Whether it is said once the conversation holds a call, where it parts from a script that is said before.</param>
public sealed partial record Script(IReadOnlyList<ScriptToken> Before, IReadOnlyList<ScriptToken> Tokens, int LoopTo = -1, bool AfterCall = false)
{
    /// <summary>The sign that ends a call.</summary>
    public static ScriptToken EndOfCall { get; } = new("<|call|>", IsSign: true);

    /// <summary>The end of every harmony prompt, "&lt;|start|&gt;assistant", in a vocabulary without merges.</summary>
    public static IReadOnlyList<ScriptToken> EndOfConversation { get; } = [ScriptToken.OfByte('n'), ScriptToken.OfByte('t')];

    /// <summary>The end of a plain prompt of which nothing is known.</summary>
    public static IReadOnlyList<ScriptToken> EndOfAnything { get; } = [ScriptToken.Other, ScriptToken.Other];

    /// <summary>Splits a text: signs, ASCII words with the space before them, and four bytes at a time elsewhere, across characters.</summary>
    public static IReadOnlyList<ScriptToken> Split(string text)
    {
        var tokens = new List<ScriptToken>();
        foreach (Match match in Pieces().Matches(text))
        {
            if (match.Groups["sign"].Success)
            {
                tokens.Add(new ScriptToken(match.Value, IsSign: true));
                continue;
            }

            var bytes = Encoding.Latin1.GetString(Encoding.UTF8.GetBytes(match.Value));
            if (bytes.Length == match.Value.Length)
            {
                tokens.Add(new ScriptToken(bytes, IsSign: false));
                continue;
            }

            for (var at = 0; at < bytes.Length; at += 4)
            {
                tokens.Add(new ScriptToken(bytes.Substring(at, Math.Min(4, bytes.Length - at)), IsSign: false));
            }
        }

        return tokens;
    }

    /// <summary>Every token with the two before it.</summary>
    internal IEnumerable<(ScriptToken Second, ScriptToken First, ScriptToken Next)> Steps()
    {
        List<ScriptToken> all = [.. Before, .. Tokens];
        if (LoopTo >= 0)
        {
            // Round once more, so that the steps across the seam are there.
            all.AddRange(Tokens.Skip(LoopTo).Take(2));
        }

        for (var i = 2; i < all.Count; i++)
        {
            yield return (all[i - 2], all[i - 1], all[i]);
        }
    }

    [GeneratedRegex(@"(?<sign><\|[a-z]+\|>)|\s?[^\s<]+|\s+|<", RegexOptions.ExplicitCapture)]
    private static partial Regex Pieces();
}
