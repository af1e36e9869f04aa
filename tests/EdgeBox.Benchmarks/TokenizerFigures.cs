using System.Diagnostics;
using System.Text;
using EdgeBox.Testing.Gguf;
using EdgeBox.Worker.BytePair;
using EdgeBox.Worker.Chat;
using EdgeBox.Worker.Llama;

namespace EdgeBox.Benchmarks;

/// <summary>What making tokens of a long text costs, with the box's own tokenizer and with the engine's.</summary>
internal static class TokenizerFigures
{
    private const int Rounds = 5;
    private const int Tokens = 100_000;

    // The engine goes a level deeper for each character of a word.
    private const int Piece = 16 * 1024;

    /// <summary>The two tokenizers side by side, and what ours takes to make.</summary>
    public static IEnumerable<Figure> Measure(Vocabulary vocabulary)
    {
        var before = GC.GetTotalMemory(forceFullCollection: true);
        var begin = Stopwatch.GetTimestamp();
        var signs = new SpecialTexts(vocabulary);
        var own = BytePairTokenizer.Of(vocabulary, signs.Contains) ?? throw new InvalidOperationException("These rules should be known.");
        var made = Stopwatch.GetElapsedTime(begin);
        var bytes = GC.GetTotalMemory(forceFullCollection: true) - before;
        yield return Figure.Plain("tokenizer: made for a vocabulary", made.TotalMilliseconds, "ms", $"once, when a model is loaded; it keeps {bytes / 1048576.0:0.0} MiB");

        var text = Document();
        var (count, theirs) = (0, 0);
        var ours = new Sample(Repeat(() => count = Own(own, text)).Select(time => time.TotalMicroseconds / count));
        yield return Figure.Plain("tokenizer: a long document, a token", ours.Median, "µs", $"{count:N0} tokens of {Encoding.UTF8.GetByteCount(text):N0} bytes; {ours.Spread("µs")}");
        var engine = new Sample(Repeat(() => theirs = Engine(vocabulary, text)).Select(time => time.TotalMicroseconds / theirs));
        yield return Figure.Plain("tokenizer: the same with the engine's", engine.Median, "µs", $"in pieces of {Piece:N0} characters; {engine.Spread("µs")}");
        GC.KeepAlive(own);
    }

    private static IEnumerable<TimeSpan> Repeat(Action measured)
    {
        for (var round = -1; round < Rounds; round++)
        {
            var begin = Stopwatch.GetTimestamp();
            measured();
            if (round >= 0)
            {
                yield return Stopwatch.GetElapsedTime(begin);
            }
        }
    }

    private static int Own(BytePairTokenizer tokenizer, string text)
    {
        var tokens = new List<int>();
        tokenizer.Tokenize(text, tokens);
        return tokens.Count;
    }

    private static int Engine(Vocabulary vocabulary, string text)
    {
        var count = 0;
        for (var from = 0; from < text.Length; from += Piece)
        {
            count += vocabulary.Tokenize(Encoding.UTF8.GetBytes(text.Substring(from, Math.Min(Piece, text.Length - from))), addSpecial: false, parseSpecial: false).Length;
        }

        return count;
    }

    /// <summary>Words and pieces of words of all languages, the common ones most often.</summary>
    private static string Document()
    {
        var pieces = O200k.Pieces();
        var (text, random) = (new StringBuilder(), new Random(1));
        for (var i = 0; i < Tokens; i++)
        {
            // From among the first three hundred, three thousand, and so on.
            var most = Math.Min(pieces.Length, (int)(300 * Math.Pow(10, random.Next(4))));
            text.Append(Encoding.UTF8.GetString(pieces[random.Next(256, most)]));
        }

        return text.Replace("\uFFFD", "").ToString();
    }
}
