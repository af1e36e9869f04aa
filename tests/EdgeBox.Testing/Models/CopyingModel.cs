using EdgeBox.Testing.Gguf;

namespace EdgeBox.Testing.Models;

/// <summary>A scripted model that cleans one text: its answer stands in the question but for the words that do not belong there.</summary>
/// <remarks>Each word is one token, in the question as in the answer. Layers that add nothing make a step as slow as one likes,
/// and mostly the reading of weights.</remarks>
public static class CopyingModel
{
    /// <summary>Tokens of the answer: each word, and the sign that ends it.</summary>
    public const int Answer = Words + 1;

    private const int Words = 300;
    private const int WordsBetween = 20;
    private const string Stray = " um";
    private const string Before = " please";
    private const string Begin = " clean";

    private static readonly string[] s_words = [.. Enumerable.Range(0, Words).Select(Word)];

    /// <summary>The question: the text with a stray word after every twenty, and what is to be done with it.</summary>
    public static string Prompt { get; } =
        string.Concat(s_words.Select((word, i) => i % WordsBetween == WordsBetween - 1 ? word + Stray : word)) + Before + Begin;

    /// <summary>Writes the model.</summary>
    /// <param name="path">Of the file.</param>
    /// <param name="layers">Layers, 2 or more.</param>
    /// <param name="feedForward">Width of each layer's experts, a multiple of 32.</param>
    public static void Write(string path, int layers, int feedForward)
    {
        static ScriptToken Text(string text) => new(text, IsSign: false);
        var end = new ScriptToken("<|return|>", IsSign: true);
        var begin = new Script([Text(Before), Text(Begin)], [.. s_words.Select(Text), end]);

        // The stray word is in the vocabulary because a script says it, in a place that is never reached.
        var stray = new Script([Text(Stray), Text(Stray)], [end]);
        var size = new ScriptedSize(layers, feedForward, GgmlType.F32, WholeWords: true);
        ScriptedModel.Build("EdgeBox copying model", [begin, stray], size).WriteFile(path);
    }

    /// <summary>A word of letters alone, so that the engine takes it as one piece.</summary>
    private static string Word(int number)
    {
        const string Consonants = "bdfgklmnprstvz";
        const string Vowels = "aeiou";
        string Syllable(int value) => $"{Consonants[value % Consonants.Length]}{Vowels[value / Consonants.Length % Vowels.Length]}";
        return $" {Syllable(number % 70)}{Syllable(number / 70)}s";
    }
}
