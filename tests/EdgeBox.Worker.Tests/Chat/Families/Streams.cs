using System.Text;
using System.Text.RegularExpressions;
using EdgeBox.Worker.Chat;

namespace EdgeBox.Worker.Tests.Chat.Families;

/// <summary>Answers as tokens.</summary>
internal static partial class Streams
{
    private static readonly string[] s_byLength = [.. SampleSigns.All.OrderByDescending(s => s.Length)];

    /// <summary>A text as tokens: its signs, and words of text between them.</summary>
    /// <param name="text">The text.</param>
    /// <param name="spelt">Signs that the vocabulary does not have.</param>
    /// <param name="shown">Whether signs show their text, as user-defined tokens do.</param>
    public static List<(int Token, byte[] Piece)> Tokens(string text, IReadOnlyCollection<string>? spelt = null, bool shown = true)
    {
        var tokens = new List<(int, byte[])>();
        for (var at = 0; at < text.Length;)
        {
            if (s_byLength.FirstOrDefault(s => text.AsSpan(at).StartsWith(s, StringComparison.Ordinal) && spelt?.Contains(s) is not true) is { } sign)
            {
                tokens.Add((SampleSigns.Id(sign), shown ? Encoding.UTF8.GetBytes(sign) : []));
                at += sign.Length;
                continue;
            }

            var word = Word().Match(text, at).Value;
            tokens.Add((0, Encoding.UTF8.GetBytes(word)));
            at += word.Length;
        }

        return tokens;
    }

    public static Heard Read(IAnswerReader reader, IEnumerable<(int Token, byte[] Piece)> tokens)
    {
        var heard = new Heard();
        foreach (var (token, piece) in tokens)
        {
            reader.Read(token, piece, heard);
            _ = (reader.Place, reader.Tool, reader.MayFollow(token, piece));
        }

        reader.Finish(heard);
        return heard;
    }

    // A sign begins a word, so that no word reaches over one.
    [GeneratedRegex(@"\G(?:·\w+·|\w+|\s+|[<\[]/?|.)", RegexOptions.Singleline)]
    private static partial Regex Word();
}
