using System.Globalization;

namespace EdgeBox.Testing.Models;

/// <summary>The scripted models that `make run` and the tests serve.</summary>
public static class ReadyModels
{
    /// <summary>What the introducing model thinks.</summary>
    public const string Reasoning = "Somebody wrote to me. I know a single answer by heart, so there is nothing more to think about.";

    /// <summary>What the counting model says before it counts.</summary>
    public const string CountingStart = "I count until I am stopped:";

    /// <summary>What the counting model says over and over.</summary>
    public const string CountingRound = " one two three four five six seven eight nine ten.";

    private const string Reply =
        "Hello! မင်္ဂလာပါ။ བཀྲ་ཤིས་བདེ་ལེགས། ئەسسالامۇ ئەلەيكۇم! "
        + "This is the scripted model of EdgeBox: {0} kB of weights that hold these few sentences and know no others. "
        + "If you can read them, your message went from the client through the daemon into the engine and its tokens came all the way back. "
        + "For real conversations start EdgeBox with your own file: make run MODEL=/path/to.gguf";

    /// <summary>What the introducing model answers; it names the size of its own file.</summary>
    public static string AnswerOf(string path) => Answer(new FileInfo(path).Length);

    /// <summary>What a version of a model answers: which one it is, at the beginning and at the end.</summary>
    public static string VersionAnswer(string version) =>
        $"This is version {version}: alfa bravo charlie delta echo foxtrot golf hotel india juliett kilo lima mike november oscar papa quebec romeo "
        + $"sierra tango uniform victor whiskey xray yankee zulu, and here {version} ends.";

    /// <summary>A version of a model: by its answer one can tell which it is, and whether it is whole.</summary>
    public static Gguf.GgufWriter Version(string version) => ScriptedModel.Build($"EdgeBox version {version}",
    [
        new Script(Script.EndOfConversation, Script.Split("<|channel|>final<|message|>" + VersionAnswer(version) + "<|return|>")),
    ]);

    /// <summary>Writes a model that introduces itself, whatever it is asked.</summary>
    public static void WriteIntroduction(string path)
    {
        // The size depends on the text by a few bytes only: the second time it is right.
        var size = Introduction(0).ToArray().LongLength;
        Introduction(size).WriteFile(path);
    }

    /// <summary>Writes a model that counts until it is stopped.</summary>
    public static void WriteCounting(string path)
    {
        var start = Script.Split("<|channel|>final<|message|>" + CountingStart);
        List<ScriptToken> tokens = [.. start, .. Script.Split(CountingRound)];
        ScriptedModel.Build("EdgeBox counting model", [new Script(Script.EndOfConversation, tokens, start.Count)]).WriteFile(path);
    }

    private static Gguf.GgufWriter Introduction(long size)
    {
        var answer = Answer(size);
        return ScriptedModel.Build("EdgeBox scripted model", [
            new Script(
                Script.EndOfConversation,
                Script.Split($"<|channel|>analysis<|message|>{Reasoning}<|end|><|start|>assistant<|channel|>final<|message|>{answer}<|return|>")),
            new Script(Script.EndOfAnything, Script.Split(answer + "<|return|>")),
        ]);
    }

    private static string Answer(long bytes) =>
        Reply.Replace("{0}", ((bytes + 500) / 1000).ToString("N0", CultureInfo.InvariantCulture), StringComparison.Ordinal);
}
