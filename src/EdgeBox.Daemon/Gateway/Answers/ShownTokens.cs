using System.Text;
using EdgeBox.V1;

namespace EdgeBox.Daemon.Gateway.Answers;

/// <summary>Finds the tokens that a text is made of among all that were made: those of headers and signs are left out, so that what is told adds up to the text.</summary>
internal sealed class ShownTokens
{
    private readonly Queue<TokenLogprob> _waiting = new();
    private byte[] _text = [];

    /// <summary>Takes more of a text, and what was made since the last time.</summary>
    /// <returns>The tokens that the text so far has, but for those that were told before.</returns>
    public IReadOnlyList<TokenLogprob> Take(string text, IReadOnlyList<TokenLogprob> made)
    {
        if (made.Count == 0 && _waiting.Count == 0)
        {
            return [];
        }

        var shown = new List<TokenLogprob>(made.Count);
        byte[] all = [.. _text, .. Encoding.UTF8.GetBytes(text)];
        ReadOnlySpan<byte> rest = all;
        foreach (var token in made)
        {
            _waiting.Enqueue(token);
        }

        while (_waiting.TryPeek(out var token))
        {
            var bytes = token.Token.Piece.Span;
            if (bytes.Length > 0 && rest.StartsWith(bytes))
            {
                shown.Add(token);
                rest = rest[bytes.Length..];
            }
            else if (bytes.Length > rest.Length && bytes.StartsWith(rest))
            {
                break; // The end of its character is still to come.
            }

            _waiting.Dequeue();
        }

        _text = rest.ToArray();
        return shown;
    }
}
