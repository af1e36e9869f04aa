using System.Globalization;

namespace EdgeBox.Daemon.Checks;

/// <summary>Words for problems: never longer than a person or a model wants to read.</summary>
internal static class Words
{
    private const int MostListed = 8;
    private const int MostCharacters = 80;

    /// <summary>Texts in quotes, the first few of many.</summary>
    public static string List(IReadOnlyCollection<string> texts)
    {
        var listed = string.Join(", ", texts.Take(MostListed).Select(text => $"\"{Cut(text)}\""));
        return texts.Count > MostListed
            ? string.Create(CultureInfo.InvariantCulture, $"{listed} and {texts.Count - MostListed} more")
            : listed;
    }

    /// <summary>The beginning of a text; no half of a surrogate pair is left of it.</summary>
    public static string Cut(string text)
    {
        if (text.Length <= MostCharacters)
        {
            return text;
        }

        var end = char.IsHighSurrogate(text[MostCharacters - 1]) ? MostCharacters - 1 : MostCharacters;
        return text[..end] + "…";
    }

    /// <summary>A share as a percentage.</summary>
    public static string Percent(double share) => string.Create(CultureInfo.InvariantCulture, $"{share * 100:0.#} %");
}
