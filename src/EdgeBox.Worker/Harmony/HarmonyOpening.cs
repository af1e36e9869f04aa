using EdgeBox.Worker.Chat;

namespace EdgeBox.Worker.Harmony;

/// <summary>How an answer is begun for the model: not at all, in the final channel, or in the arguments of a call.</summary>
/// <param name="IsFinal">It begins in the text of a final.</param>
/// <param name="Tool">It begins in the arguments of a call of this tool; null: it does not.</param>
internal readonly record struct HarmonyOpening(bool IsFinal, string? Tool)
{
    /// <summary>The opening of the answer to a conversation.</summary>
    public static HarmonyOpening Of(Conversation conversation)
    {
        if (conversation.CallMode == V1.CallMode.Required)
        {
            return new HarmonyOpening(IsFinal: false, conversation.CalledTool);
        }

        // A model that is not to think is begun where it has nothing left to do but answer. Where it may call, it has to be asked.
        var mayCall = conversation.Tools.Count > 0 && conversation.CallMode != V1.CallMode.None;
        return new HarmonyOpening(conversation.Effort == V1.Effort.Off && !mayCall, Tool: null);
    }
}
