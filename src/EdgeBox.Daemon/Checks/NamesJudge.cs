using System.Collections.Frozen;
using EdgeBox.V1;
using static EdgeBox.Daemon.Inference.Limit;

namespace EdgeBox.Daemon.Checks;

/// <summary>Whether the names of the input are in the answer.</summary>
internal sealed class NamesJudge(IReadOnlyList<string> names) : IJudge
{
    public const int MaxNames = 256;
    public const int MaxNameCharacters = 256;

    /// <summary>More names are not looked for in an input.</summary>
    private const int MaxFound = 1024;

    // Written large and yet no names.
    private static readonly FrozenSet<string> s_noNames = new[]
    {
        "I", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday", "January", "February", "March", "April", "May", "June",
        "July", "August", "September", "October", "November", "December", "OK",
        "Dr", "Mr", "Mrs", "Ms", "Prof",
    }.ToFrozenSet(StringComparer.Ordinal);

    public string Name => names.Count > 0 ? "keeps the names " + Words.List(names) : "keeps the names of the input (words in Latin letters with a capital)";

    /// <summary>Understands names.</summary>
    public static NamesJudge Of(NamesCheck check, string field)
    {
        Count($"{field}.names", check.Names.Count, 0, MaxNames);
        for (var i = 0; i < check.Names.Count; i++)
        {
            Length(string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{field}.names[{i}]"), check.Names[i], 1, MaxNameCharacters);
        }

        return new NamesJudge([.. check.Names]);
    }

    public string? Judge(string answer, string input)
    {
        var wanted = names.Count > 0 ? names.Where(name => input.Contains(name, StringComparison.OrdinalIgnoreCase)) : Find(input);
        var words = names.Count > 0 ? null : WordsOf(answer);
        var missing = wanted.Where(name => words is null ? !answer.Contains(name, StringComparison.OrdinalIgnoreCase) : !words.Contains(name)).ToList();
        return missing.Count == 0 ? null : $"The answer lacks names of the input: {Words.List(missing)}. Keep every name as it is written.";
    }

    /// <summary>Names by their shape: words in Latin letters with a capital that begin no sentence, and words with capitals inside.</summary>
    /// <remarks>In a language that writes every noun large, and in a text that is written in capitals, nothing can be told by shape.</remarks>
    public static IReadOnlyList<string> Find(string text)
    {
        var found = new HashSet<string>(StringComparer.Ordinal);
        var begins = true;
        foreach (var (start, end) in Runs(text))
        {
            begins |= BeginsSentence(text, start);
            var word = text[start..end];
            if (word.Length > 1 && !s_noNames.Contains(word) && IsName(word, begins) && found.Count < MaxFound)
            {
                found.Add(word);
            }

            begins = false;
        }

        return found.Count(word => word.All(char.IsUpper)) > found.Count / 2 && found.Count > 4 ? [] : [.. found];
    }

    private static bool IsName(string word, bool begins)
    {
        var inside = word.Skip(1).Any(char.IsUpper);
        return inside || (char.IsUpper(word[0]) && !begins);
    }

    private static HashSet<string> WordsOf(string text) =>
        Runs(text).Select(run => text[run.Start..run.End]).ToHashSet(StringComparer.OrdinalIgnoreCase);

    /// <summary>Runs of Latin letters and digits that begin with a letter.</summary>
    private static IEnumerable<(int Start, int End)> Runs(string text)
    {
        for (var i = 0; i < text.Length; i++)
        {
            if (!IsLatin(text[i]))
            {
                continue;
            }

            var start = i;
            while (i < text.Length && (IsLatin(text[i]) || char.IsAsciiDigit(text[i])))
            {
                i++;
            }

            yield return (start, i);
        }
    }

    private static bool IsLatin(char c) => char.IsAsciiLetter(c) || (c >= 0xC0 && char.IsLetter(c) && ScriptTable.Holds("Latn", c));

    /// <summary>Whether what stands before a place ends a sentence: a full stop, or a new line, with nothing but quotes and spaces after it.</summary>
    private static bool BeginsSentence(string text, int place)
    {
        for (var i = place - 1; i >= 0 && place - i < 16; i--)
        {
            switch (text[i])
            {
                case '.' or '!' or '?' or ':' or ';' or '\n' or '。' or '။' or '؟' or '\u0F0D' or '•' or '-' or '*' or '#':
                    return true;
                case ' ' or '\t' or '"' or '\'' or '(' or '“' or '‘' or '«' or '\r':
                    continue;
                default:
                    return false;
            }
        }

        return false;
    }
}
