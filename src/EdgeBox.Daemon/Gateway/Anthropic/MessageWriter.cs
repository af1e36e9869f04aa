using System.Text.Json;
using EdgeBox.Daemon.Gateway.Answers;
using EdgeBox.Daemon.Inference;

namespace EdgeBox.Daemon.Gateway.Anthropic;

/// <summary>Writes whole answers of /v1/messages.</summary>
internal static class MessageWriter
{
    /// <summary>Writes an answer.</summary>
    public static void Write(Utf8JsonWriter json, AnswerHead head, MessagesCall call, WholeAnswer answer)
    {
        json.WriteStartObject();
        MessageJson.Head(json, head, answer.Events);
        json.WriteStartArray("content");
        foreach (var part in answer.Parts)
        {
            Block(json, part, call);
        }

        json.WriteEndArray();
        MessageJson.Reason(json, answer.Events.Finished, call);
        MessageJson.Usage(json, answer.Events);
        BoxNote.Write(json, answer.Events, answer.Attempts);
        json.WriteEndObject();
    }

    private static void Block(Utf8JsonWriter json, WholePart part, MessagesCall call)
    {
        if (part.Kind == PieceKind.Reasoning && call.Thinking == ThinkingView.None)
        {
            return;
        }

        var text = part.Text.ToString();
        json.WriteStartObject();
        switch (part.Kind)
        {
            case PieceKind.Reasoning:
                json.WriteString("type", "thinking");
                json.WriteString("thinking", call.Thinking == ThinkingView.Shown ? text : "");
                json.WriteString("signature", MessageJson.SignatureOf(text, call.Thinking));
                break;
            case PieceKind.Call:
                json.WriteString("type", "tool_use");
                json.WriteString("id", part.CallId);
                json.WriteString("name", part.Tool);
                json.WritePropertyName("input");
                Input(json, text);
                break;
            default:
                json.WriteString("type", "text");
                json.WriteString("text", text);
                break;
        }

        json.WriteEndObject();
    }

    /// <summary>The arguments as an object; an answer that was cut short may have none that is one.</summary>
    private static void Input(Utf8JsonWriter json, string text)
    {
        if (Limit.TryParse(text, out var document))
        {
            using (document)
            {
                if (document.RootElement.ValueKind == JsonValueKind.Object)
                {
                    json.WriteRawValue(text, skipInputValidation: true);
                    return;
                }
            }
        }

        json.WriteStartObject();
        json.WriteEndObject();
    }
}
