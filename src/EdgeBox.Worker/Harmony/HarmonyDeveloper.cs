using EdgeBox.Worker.Chat;

namespace EdgeBox.Worker.Harmony;

/// <summary>The message that tells the model what it is to do: instructions, tools, the form of the answer.</summary>
/// <param name="Texts">Instructions, in order.</param>
/// <param name="Tools">What may be called.</param>
/// <param name="Answer">What the answer has to be; null: free.</param>
internal sealed record HarmonyDeveloper(IReadOnlyList<string> Texts, IReadOnlyList<Tool> Tools, AnswerSchema? Answer)
{
    /// <summary>The line above instructions.</summary>
    public const string Instructions = "# Instructions\n\n";

    private const string Between = "\n\n";

    /// <summary>Writes it, unless there is nothing in it.</summary>
    public void WriteTo(HarmonyPrompt prompt)
    {
        var before = "<|start|>developer<|message|>";
        var texts = Texts.Where(text => text.Length > 0).ToList();
        if (texts.Count > 0)
        {
            prompt.Structure(before + Instructions).Content(string.Join(Between, texts));
            before = Between;
        }

        if (Tools.Count > 0)
        {
            prompt.Structure(before).Content(HarmonyTools.Section([new HarmonyTools("functions", "", Tools)]));
            before = Between;
        }

        if (Answer is not null)
        {
            prompt.Structure(before + "# Response Formats\n\n## ").Content(Answer.Name.Length > 0 ? Answer.Name : "answer")
                .Structure(Between).Content(HarmonyTools.Comment(Answer.Description) + Answer.Schema);
            before = Between;
        }

        prompt.Structure(before == Between ? "<|end|>" : "");
    }
}
