namespace EdgeBox.Worker.Harmony;

/// <summary>The message that a harmony conversation begins with: who the model is, the dates, how much it thinks, its channels.</summary>
internal sealed record HarmonySystem
{
    private const string Identity = "You are ChatGPT, a large language model trained by OpenAI.";

    /// <summary>"low", "medium" or "high": models were taught no other.</summary>
    public string Effort { get; init; } = "low";

    /// <summary>Until when the model knows of the world.</summary>
    public string Cutoff { get; init; } = "2024-06";

    /// <summary>The date of today; null: not told.</summary>
    public string? Date { get; init; }

    /// <summary>Tools that models were taught together with the format. EdgeBox has none of them.</summary>
    public IReadOnlyList<HarmonyTools> BuiltIn { get; init; } = [];

    /// <summary>What may be said where.</summary>
    public string Channels { get; init; } = "analysis, commentary, final";

    /// <summary>Whether the developer's message tells of functions.</summary>
    public bool HasFunctions { get; init; }

    /// <summary>Writes it.</summary>
    public void WriteTo(HarmonyPrompt prompt)
    {
        prompt.Structure($"<|start|>system<|message|>{Identity}\nKnowledge cutoff: {Cutoff}");
        if (Date is not null)
        {
            prompt.Structure("\nCurrent date: ").Content(Date);
        }

        prompt.Structure($"\n\nReasoning: {Effort}\n\n");
        if (BuiltIn.Count > 0)
        {
            prompt.Content(HarmonyTools.Section(BuiltIn)).Structure("\n\n");
        }

        prompt.Structure($"# Valid channels: {Channels}. Channel must be included for every message.");
        if (HasFunctions)
        {
            prompt.Structure("\nCalls to these tools must go to the commentary channel: 'functions'.");
        }

        prompt.Structure("<|end|>");
    }
}
