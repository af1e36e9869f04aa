using System.Collections.Frozen;
using System.Globalization;
using System.Text;
using static EdgeBox.Daemon.Inference.Limit;

namespace EdgeBox.Daemon.Checks;

/// <summary>Whether an answer is in a language, as far as letters tell.</summary>
internal sealed class LanguageJudge : IJudge
{
    private const int MaxTagCharacters = 35;

    /// <summary>A text of fewer letters may lack every letter that is the language's own.</summary>
    private const int LettersThatTell = 40;

    /// <summary>Names and quotes may hold letters of other languages, up to this share.</summary>
    private const double ForeignShare = 0.02;

    private readonly Language _language;
    private readonly string _tag;
    private readonly string _script;
    private readonly FrozenSet<int> _own;
    private readonly FrozenSet<int> _foreign;

    private LanguageJudge(string tag, Language language, string script)
    {
        (_tag, _language, _script) = (tag, language, script);
        var usual = script == language.Script; // Letters of one script say nothing of the language in another.
        _own = Set(usual ? language.Own : "");
        _foreign = Set(usual ? language.Foreign : "");
    }

    public string Name => _own.Count + _foreign.Count > 0
        ? $"language {_tag} ({_language.Name}: by its script, {_script}, and its letters)"
        : $"language {_tag} ({_language.Name}: by its script alone, {_script}; other languages in it are not told apart)";

    /// <summary>Understands a tag: a language, and perhaps a script and a region.</summary>
    public static LanguageJudge Of(string tag, string field)
    {
        Length(field, tag, 1, MaxTagCharacters);
        var parts = tag.Split('-', '_');
        if (LanguageTable.Find(parts[0].ToLowerInvariant()) is not { } language)
        {
            throw Refuse(field, $"is {Words.List([tag])}, which is no language that the box knows", string.Join(", ", LanguageTable.Tags));
        }

        var script = language.Script;
        foreach (var part in parts.Skip(1))
        {
            script = part switch
            {
                { Length: 4 } => ScriptOf(part, field),
                _ when script == "Hani" && part.ToUpperInvariant() is "CN" or "SG" or "MY" => "Hans",
                _ when script == "Hani" && part.ToUpperInvariant() is "TW" or "HK" or "MO" => "Hant",
                _ => script,
            };
        }

        return new LanguageJudge(tag, language, script);
    }

    public string? Judge(string answer, string input)
    {
        if (ScriptJudge.Problem(answer, _script, ScriptJudge.UsualShare) is { } problem)
        {
            return $"{problem} The answer must be in {_language.Name}.";
        }

        long letters = 0, own = 0, foreign = 0;
        foreach (var letter in Letters.AndSignsOf(answer))
        {
            var lower = Rune.ToLowerInvariant(new Rune(letter)).Value;
            letters++;
            own += _own.Contains(lower) ? 1 : 0;
            foreign += _foreign.Contains(lower) ? 1 : 0;
        }

        return foreign > letters * ForeignShare
                ? string.Create(CultureInfo.InvariantCulture, $"The answer has {foreign} letters that {_language.Name} does not use. Write it in {_language.Name}.")
            : own == 0 && _own.Count > 0 && letters >= LettersThatTell
                ? $"The answer has none of the letters that {_language.Name} has and its neighbours lack. Write it in {_language.Name}."
            : null;
    }

    private static string ScriptOf(string part, string field)
    {
        var code = char.ToUpperInvariant(part[0]) + part[1..].ToLowerInvariant();
        return ScriptTable.Knows(code)
            ? code
            : throw Refuse(field, $"names the script {Words.List([part])}, which the box does not know", string.Join(", ", ScriptTable.Codes));
    }

    private static FrozenSet<int> Set(string letters) => letters.EnumerateRunes().Select(rune => rune.Value).ToFrozenSet();
}
