using EdgeBox.V1;
using static EdgeBox.Daemon.Inference.Limit;

namespace EdgeBox.Daemon.Checks;

/// <summary>Whether the letters of an answer are of a script.</summary>
internal sealed class ScriptJudge : IJudge
{
    /// <summary>The share that is asked for if none is given.</summary>
    public const float UsualShare = 0.9f;

    private readonly string _code;
    private readonly float _share;

    private ScriptJudge(string code, float share) => (_code, _share) = (code, share);

    public string Name => $"script {_code} ({Words.Percent(_share)} of the letters)";

    /// <summary>Understands a script.</summary>
    public static ScriptJudge Of(ScriptCheck check, string field)
    {
        if (!ScriptTable.Knows(check.Code))
        {
            throw Refuse($"{field}.code", $"is {Words.List([check.Code])}, which is no script that the box knows", string.Join(", ", ScriptTable.Codes));
        }

        Range($"{field}.share", check.HasShare, check.Share, float.Epsilon, 1);
        return new ScriptJudge(check.Code, check.HasShare ? check.Share : UsualShare);
    }

    public string? Judge(string answer, string input) => Problem(answer, _code, _share);

    /// <summary>What is wrong with the script of a text; null: nothing.</summary>
    public static string? Problem(string answer, string code, float share)
    {
        var (all, ofScript) = Letters.Count(answer, code);
        return all == 0 ? $"The answer has no letters; it must be written in {NameOf(code)}."
            : ofScript < Share.Of(share, all)
                ? $"Only {Words.Percent((double)ofScript / all)} of the letters of the answer are {NameOf(code)}; at least {Words.Percent(share)} must be. Write it in {NameOf(code)}."
            : ProblemOfVariant(answer, code, share);
    }

    /// <summary>Which of the two ways to write Chinese, as far as that shows.</summary>
    private static string? ProblemOfVariant(string answer, string code, float share)
    {
        if (code is not ("Hans" or "Hant"))
        {
            return null;
        }

        long simplified = 0, traditional = 0;
        foreach (var letter in Letters.Of(answer))
        {
            simplified += HanVariants.Simplified.Contains(letter) ? 1 : 0;
            traditional += HanVariants.Traditional.Contains(letter) ? 1 : 0;
        }

        var (right, wrong, name) = code == "Hans" ? (simplified, traditional, "simplified") : (traditional, simplified, "traditional");
        return right >= Share.Of(share, right + wrong) ? null
            : $"Of the characters that tell, {wrong} are not {name} Chinese and {right} are. Write the answer in {name} Chinese characters.";
    }

    /// <summary>The script in words that a model knows.</summary>
    public static string NameOf(string code) => code switch
    {
        "Latn" => "Latin letters",
        "Cyrl" => "Cyrillic letters",
        "Grek" => "Greek letters",
        "Arab" => "Arabic script",
        "Hebr" => "Hebrew letters",
        "Deva" => "Devanagari",
        "Mymr" => "Burmese script",
        "Tibt" => "Tibetan script",
        "Khmr" => "Khmer script",
        "Thai" => "Thai script",
        "Hang" or "Kore" => "Korean letters",
        "Hani" => "Chinese characters",
        "Hans" => "simplified Chinese characters",
        "Hant" => "traditional Chinese characters",
        "Jpan" => "Japanese script",
        _ => $"the script {code}",
    };
}
