using System.Text.Json;
using EdgeBox.Daemon.Gateway.Answers;

namespace EdgeBox.Daemon.Gateway.OpenAi;

/// <summary>Writes whole answers of /v1/chat/completions.</summary>
internal static class ChatCompletionWriter
{
    /// <summary>Writes the answers to one question.</summary>
    /// <param name="json">Where.</param>
    /// <param name="head">What the whole is called.</param>
    /// <param name="choices">The answers.</param>
    /// <param name="logprobs">Whether probabilities were asked for.</param>
    public static void Write(Utf8JsonWriter json, AnswerHead head, IReadOnlyList<WholeAnswer> choices, bool logprobs)
    {
        ChatJson.Head(json, head, "chat.completion", choices[0].Events);
        json.WriteStartArray("choices");
        for (var i = 0; i < choices.Count; i++)
        {
            Choice(json, i, choices[i], logprobs);
        }

        json.WriteEndArray();
        ChatJson.Usage(json, AnswerCost.Of(choices.Select(choice => choice.Events)));
        json.WriteEndObject();
    }

    private static void Choice(Utf8JsonWriter json, int index, WholeAnswer answer, bool logprobs)
    {
        json.WriteStartObject();
        json.WriteNumber("index", index);
        json.WriteStartObject("message");
        json.WriteString("role", "assistant");
        var calls = answer.Parts.Where(part => part.Kind == PieceKind.Call).ToList();
        json.WriteString("content", answer.Joined(PieceKind.Text) ?? (calls.Count > 0 ? null : ""));
        if (answer.Joined(PieceKind.Reasoning) is { } thought)
        {
            json.WriteString("reasoning_content", thought);
        }

        if (calls.Count > 0)
        {
            Calls(json, calls);
        }

        json.WriteNull("refusal");
        json.WriteEndObject();
        if (logprobs)
        {
            json.WriteStartObject("logprobs");
            ChatJson.Tokens(json, "content",
                [.. answer.Parts.Where(part => part.Kind == PieceKind.Text).SelectMany(part => new ShownTokens().Take(part.Text.ToString(), part.Logprobs))]);
            json.WriteNull("refusal");
            json.WriteEndObject();
        }
        else
        {
            json.WriteNull("logprobs");
        }

        json.WriteString("finish_reason", ChatJson.Reason(answer.Events.Finished));
        BoxNote.Write(json, answer.Events, answer.Attempts);
        json.WriteEndObject();
    }

    private static void Calls(Utf8JsonWriter json, List<WholePart> calls)
    {
        json.WriteStartArray("tool_calls");
        foreach (var call in calls)
        {
            json.WriteStartObject();
            json.WriteString("id", call.CallId);
            json.WriteString("type", "function");
            json.WriteStartObject("function");
            json.WriteString("name", call.Tool);
            json.WriteString("arguments", call.Text.ToString());
            json.WriteEndObject();
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }
}
