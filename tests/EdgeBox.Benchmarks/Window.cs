using System.Diagnostics;
using EdgeBox.Benchmarks.Clients;

namespace EdgeBox.Benchmarks;

/// <summary>What a round of streams amounts to.</summary>
internal static class Window
{
    /// <summary>
    /// Tokens per second from the moment at which every stream has its first token to the moment at which the first of them has its
    /// last: every step then has one token of each. And from the start of the round to the end of the last stream.
    /// </summary>
    public static Speed SpeedOf(IReadOnlyList<Answer> answers, int tokens)
    {
        foreach (var answer in answers)
        {
            Check(answer, tokens);
        }

        var from = answers.Max(a => a.At[0]);
        var to = answers.Min(a => a.At[^1]);
        var within = answers.Sum(a => TokensWithin(a, from, to));
        var whole = Stopwatch.GetElapsedTime(answers.Min(a => a.Asked), answers.Max(a => a.At[^1])).TotalSeconds;
        return new Speed(within / Stopwatch.GetElapsedTime(from, to).TotalSeconds, (double)answers.Count * tokens / whole);
    }

    /// <summary>Tokens that came after one moment, up to another.</summary>
    public static int TokensWithin(Answer answer, long from, long to) =>
        answer.At.Zip(answer.Pieces).Where(piece => piece.First > from && piece.First <= to).Sum(piece => piece.Second);

    /// <summary>Seconds between the pieces of an answer.</summary>
    public static IEnumerable<double> Gaps(Answer answer) =>
        answer.At.Skip(1).Zip(answer.At, (later, earlier) => Stopwatch.GetElapsedTime(earlier, later).TotalSeconds);

    /// <summary>Seconds from the request to the first token.</summary>
    public static double ToFirstToken(Answer answer) => Stopwatch.GetElapsedTime(answer.Asked, answer.At[0]).TotalSeconds;

    /// <summary>A request that was refused or cut off makes every figure worthless.</summary>
    public static void CheckEnded(Answer answer)
    {
        if (answer.Problem is not null || !answer.Complete || answer.At.Count == 0)
        {
            throw new InvalidOperationException($"A stream did not come to its end: {answer.Problem ?? "it was cut short or showed nothing"}");
        }
    }

    /// <summary>So does one that made another number of tokens than was asked for.</summary>
    public static void Check(Answer answer, int tokens)
    {
        CheckEnded(answer);
        if (answer.Tokens != tokens)
        {
            throw new ShortStreamException($"A stream ended after {answer.Tokens} tokens, not {tokens}.");
        }

        // A piece may hold several tokens when the client was late. But bytes of unfinished characters show nothing: a text full of
        // them would be counted short where a server does not say how many tokens a piece has.
        if (answer.Pieces.Sum() < tokens * 0.9)
        {
            throw new InvalidOperationException($"Of {tokens} tokens {answer.Pieces.Sum()} were told: choose another seed for the model.");
        }
    }
}

/// <summary>A random model ended an answer by chance: the round is worth nothing and is done again.</summary>
internal sealed class ShortStreamException(string message) : Exception(message);
