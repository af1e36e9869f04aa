namespace EdgeBox.Worker.Harmony;

/// <summary>A message as harmony has it: a header and a text.</summary>
/// <param name="Role">Who speaks, where it is not a tool; structure.</param>
/// <param name="Text">What is said.</param>
internal sealed record HarmonyMessage(string Role, string Text)
{
    /// <summary>What the names of tools begin with in headers.</summary>
    public const string Functions = "functions.";

    public const string Analysis = "analysis";
    public const string Commentary = "commentary";
    public const string Final = "final";

    /// <summary>The tool that speaks.</summary>
    public string? Author { get; init; }

    /// <summary>Whether what a tool says is addressed to the model.</summary>
    public bool IsForAssistant { get; init; } = true;

    /// <summary>The tool that is called.</summary>
    public string? Recipient { get; init; }

    /// <summary>Whether the recipient stands before the channel and not behind it: the format has both.</summary>
    public bool RecipientFirst { get; init; }

    public string? Channel { get; init; }

    /// <summary>Something that the model says.</summary>
    public static HarmonyMessage Said(string channel, string text) => new("assistant", text) { Channel = channel };

    /// <summary>A call, with its header as models write it.</summary>
    public static HarmonyMessage Called(string tool, string arguments) => Said(Commentary, arguments) with { Recipient = tool };

    /// <summary>What a tool answered.</summary>
    public static HarmonyMessage Answered(string tool, string text) => new("", text) { Author = tool, Channel = Commentary };
}
