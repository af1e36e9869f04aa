using System.Text.RegularExpressions;
using static EdgeBox.Daemon.Inference.Limit;

namespace EdgeBox.Daemon.Checks;

/// <summary>Whether an answer holds a match of a regular expression.</summary>
internal sealed class RegexJudge : IJudge
{
    public const int MaxCharacters = 4096;

    /// <summary>What is allowed, as a refusal tells it.</summary>
    public const string Allowed = "a regular expression without look-around, back references and atomic groups, and with no repeat of more than 1000";

    /// <summary>An expression is given up after this time. Its engine takes time in proportion to the text, but the share of the expression can be large.</summary>
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(1);

    private readonly string _pattern;
    private readonly Regex _regex;

    private RegexJudge(string pattern, Regex regex) => (_pattern, _regex) = (pattern, regex);

    public string Name => $"matches {Words.Cut(_pattern)}";

    /// <summary>Understands an expression.</summary>
    public static RegexJudge Of(string pattern, string field)
    {
        Length(field, pattern, 1, MaxCharacters);
        return new RegexJudge(pattern, Compile(pattern, field));
    }

    /// <summary>An expression whose matching takes time in proportion to the text and is ended if it takes too long.</summary>
    /// <exception cref="Failures.FailureException">INVALID_ARGUMENT: it cannot be one.</exception>
    public static Regex Compile(string pattern, string field)
    {
        if (RepeatBound.Of(pattern) > RepeatBound.Most)
        {
            throw Refuse(field, "repeats too much", Allowed);
        }

        try
        {
            return new Regex(pattern, RegexOptions.NonBacktracking | RegexOptions.CultureInvariant, s_patience);
        }
        catch (Exception exception) when (exception is ArgumentException or NotSupportedException)
        {
            throw Refuse(field, $"is no regular expression that can be judged ({exception.Message.TrimEnd('.')})", Allowed);
        }
    }

    public string? Judge(string answer, string input)
    {
        try
        {
            return _regex.IsMatch(answer) ? null : $"The answer must hold a match of the regular expression {_pattern}";
        }
        catch (RegexMatchTimeoutException)
        {
            return "The regular expression took too long to match this answer; it could not be judged.";
        }
    }
}
