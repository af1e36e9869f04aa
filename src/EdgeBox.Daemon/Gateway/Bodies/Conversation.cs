using System.Globalization;
using EdgeBox.Daemon.Inference;
using EdgeBox.V1;

namespace EdgeBox.Daemon.Gateway.Bodies;

/// <summary>A conversation that is put together from another format; it knows what the client calls each part of it.</summary>
internal sealed class Conversation
{
    /// <summary>What is asked of the box.</summary>
    public ChatRequest Request { get; } = new();

    /// <summary>What its fields are called.</summary>
    public WireNames Names { get; } = new();

    /// <summary>The last message; null if there is none.</summary>
    public ChatMessage? Last => Request.Messages.Count > 0 ? Request.Messages[^1] : null;

    /// <summary>Adds a message.</summary>
    /// <param name="role">Who said it.</param>
    /// <param name="text">What was said; null: nothing.</param>
    /// <param name="path">What the client calls it.</param>
    /// <param name="parts">What the client calls what was said.</param>
    public ChatMessage Add(ChatRole role, string? text, string path, string parts)
    {
        if (Request.Messages.Count == ConversationLimits.MaxMessages)
        {
            throw Limit.Refuse(path, "is one message too many", string.Create(CultureInfo.InvariantCulture, $"{ConversationLimits.MaxMessages} messages"));
        }

        var message = new ChatMessage { Role = role };
        if (text is not null)
        {
            message.Parts.Add(new ContentPart { Text = text });
        }

        var box = Box(Request.Messages.Count);
        Names.Note(box, path);
        Names.Note($"{box}.parts", parts);
        Request.Messages.Add(message);
        return message;
    }

    /// <summary>Adds a call to the last message.</summary>
    /// <param name="id">Names it.</param>
    /// <param name="name">The tool.</param>
    /// <param name="arguments">A JSON object; no text: no arguments.</param>
    /// <param name="path">What the client calls the call.</param>
    public void AddCall(JsonField id, JsonField name, JsonField arguments, string path)
    {
        var message = Last!;
        var box = string.Create(CultureInfo.InvariantCulture, $"{Box(Request.Messages.Count - 1)}.tool_calls[{message.ToolCalls.Count}]");
        Names.Note(box, path);
        Names.Note($"{box}.id", id.Path);
        Names.Note($"{box}.name", name.Path);
        Names.Note($"{box}.arguments", arguments.Path);
        var text = arguments.IsObject ? arguments.RawObject() : arguments.TextOr("");
        message.ToolCalls.Add(new ToolCall { Id = id.Text(), Name = name.Text(), Arguments = string.IsNullOrWhiteSpace(text) ? "{}" : text });
    }

    /// <summary>Adds what a tool answered to a call.</summary>
    public void AddResult(JsonField call, string text, string path, string parts)
    {
        Names.Note($"{Box(Request.Messages.Count)}.tool_call_id", call.Path);
        Add(ChatRole.Tool, text, path, parts).ToolCallId = call.Text();
    }

    /// <summary>Adds a tool.</summary>
    public void AddTool(JsonField name, JsonField description, JsonField parameters, string path)
    {
        var box = string.Create(CultureInfo.InvariantCulture, $"tools[{Request.Tools.Count}]");
        Names.Note(box, path);
        Names.Note($"{box}.name", name.Path);
        Names.Note($"{box}.description", description.Path);
        Names.Note($"{box}.parameters", parameters.Path);
        Request.Tools.Add(new Tool
        {
            Name = name.Text(), Description = description.TextOr(""), Parameters = parameters.IsSet ? parameters.RawObject() : "",
        });
    }

    /// <summary>Says how free the model is.</summary>
    /// <param name="mode">How free.</param>
    /// <param name="field">What the client calls it.</param>
    /// <param name="tool">The tool that is called; null: any.</param>
    public void Choose(ToolChoice.Types.Mode mode, JsonField field, JsonField? tool = null)
    {
        Names.Note("tool_choice", field.Path);
        Names.Note("tool_choice.mode", field.Path);
        Names.Note("tool_choice.tool", tool?.Path ?? field.Path);
        Request.ToolChoice = new ToolChoice { Mode = mode, Tool = tool?.Text() ?? "" };
    }

    /// <summary>Leaves only some of the tools.</summary>
    /// <param name="allowed">A list of the names that stay.</param>
    /// <param name="field">What the client calls the list.</param>
    public void Keep(IReadOnlySet<string> allowed, JsonField field)
    {
        if (allowed.FirstOrDefault(name => Request.Tools.All(tool => tool.Name != name)) is not null)
        {
            throw field.Refuse("names a tool that is none of the tools", "names of tools of this request");
        }

        for (var i = Request.Tools.Count - 1; i >= 0; i--)
        {
            if (!allowed.Contains(Request.Tools[i].Name))
            {
                Request.Tools.RemoveAt(i);
            }
        }
    }

    /// <summary>Holds the answer to a schema.</summary>
    public void Constrain(string schema, JsonField field, JsonField name, JsonField description)
    {
        Names.Note("constraint", field.Path);
        Names.Note("constraint.json_schema", field.Path);
        Names.Note("constraint.json_schema.schema", field.Path);
        Names.Note("constraint.json_schema.name", name.Path);
        Names.Note("constraint.json_schema.description", description.Path);
        Request.Constraint = new OutputConstraint
        {
            JsonSchema = new JsonSchema { Schema = schema, Name = name.TextOr(""), Description = description.TextOr("") },
        };
    }

    private static string Box(int index) => string.Create(CultureInfo.InvariantCulture, $"messages[{index}]");
}
