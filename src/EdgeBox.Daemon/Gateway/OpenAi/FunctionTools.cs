using EdgeBox.Daemon.Gateway.Bodies;
using EdgeBox.Daemon.Inference;
using Mode = EdgeBox.V1.ToolChoice.Types.Mode;

namespace EdgeBox.Daemon.Gateway.OpenAi;

/// <summary>Reads tools and the choice among them. In one endpoint what makes a function lies in an object of its own, in another beside its type.</summary>
internal static class FunctionTools
{
    /// <summary>Adds the tools to a conversation.</summary>
    /// <param name="tools">The list.</param>
    /// <param name="conversation">Where they are added.</param>
    /// <param name="inner">The member that a function lies in; null: none.</param>
    public static void Read(JsonField tools, Conversation conversation, string? inner)
    {
        conversation.Names.Note("tools", tools.Path);
        foreach (var tool in tools.Items(ConversationLimits.MaxTools))
        {
            tool.Object()["type"].WordOr(0, ("function", 0));
            var function = inner is null ? tool : tool[inner].Object();
            conversation.AddTool(function["name"], function["description"], function["parameters"], tool.Path);
        }
    }

    /// <summary>Reads how free the model is.</summary>
    /// <param name="choice">A word, or an object that names tools.</param>
    /// <param name="conversation">What it is said of; its tools are read.</param>
    /// <param name="inner">The member that a function lies in; null: none.</param>
    /// <param name="allowed">The member that a choice among several lies in; null: none.</param>
    public static void ReadChoice(JsonField choice, Conversation conversation, string? inner, string? allowed)
    {
        if (!choice.IsSet)
        {
            return;
        }

        if (!choice.IsObject)
        {
            conversation.Choose(ModeOf(choice), choice);
            return;
        }

        if (!choice["type"].IsSet || choice["type"].WordOr(false, ("function", false), ("allowed_tools", true)) is false)
        {
            conversation.Choose(Mode.Required, choice, inner is null ? choice["name"] : choice[inner]["name"]);
            return;
        }

        var among = allowed is null ? choice : choice[allowed].Object();
        var names = among["tools"].Items(ConversationLimits.MaxTools)
            .Select(tool => (inner is null ? tool["name"] : tool[inner]["name"]).Text()).ToHashSet(StringComparer.Ordinal);
        conversation.Keep(names, among["tools"]);
        conversation.Choose(ModeOf(among["mode"]), among["mode"]);
    }

    private static Mode ModeOf(JsonField field) =>
        field.WordOr(Mode.Auto, ("auto", Mode.Auto), ("none", Mode.None), ("required", Mode.Required));
}
