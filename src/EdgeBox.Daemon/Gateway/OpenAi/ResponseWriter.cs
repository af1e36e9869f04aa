using System.Globalization;
using System.Text.Json;
using EdgeBox.Daemon.Failures;
using EdgeBox.Daemon.Gateway.Answers;
using EdgeBox.V1;

namespace EdgeBox.Daemon.Gateway.OpenAi;

/// <summary>Writes the answer of /v1/responses as an object, at any time of its life.</summary>
/// <param name="head">What it is called.</param>
/// <param name="call">What was asked.</param>
internal sealed class ResponseWriter(AnswerHead head, ResponseCall call)
{
    /// <summary>What names of answers begin with.</summary>
    public const string IdKind = "resp_";

    /// <summary>Writes the object.</summary>
    /// <param name="json">Where.</param>
    /// <param name="answer">The answer so far.</param>
    /// <param name="failure">Why it failed; null: it did not.</param>
    public void Write(Utf8JsonWriter json, WholeAnswer answer, FailureException? failure = null)
    {
        var finished = answer.Events.Finished;
        var isShort = finished?.Reason == FinishReason.Length;
        json.WriteStartObject();
        json.WriteString("id", head.Id);
        json.WriteString("object", "response");
        json.WriteNumber("created_at", head.Created);
        json.WriteString("status", failure is not null ? "failed" : finished is null ? "in_progress" : isShort ? "incomplete" : "completed");
        WriteEnd(json, isShort, failure);
        json.WriteString("model", AnswerHead.ModelOf(answer.Events.Started?.Model));
        json.WriteStartArray("output");
        for (var i = 0; i < answer.Parts.Count; i++)
        {
            var status = StatusOf(answer, i);
            Item(json, i, answer.Parts[i], failure is not null && status == "in_progress" ? "incomplete" : status);
        }

        json.WriteEndArray();
        foreach (var (name, told) in call.Told)
        {
            json.WritePropertyName(name);
            json.WriteRawValue(told, skipInputValidation: true);
        }

        json.WriteNull("previous_response_id");
        json.WriteBoolean("store", false);
        json.WriteBoolean("background", false);
        json.WriteString("truncation", "disabled");
        Usage(json, answer.Events);
        BoxNote.Write(json, answer.Events, answer.Attempts);
        json.WriteEndObject();
    }

    /// <summary>How far a part is.</summary>
    public static string StatusOf(WholeAnswer answer, int part) => answer.Events.Finished switch
    {
        { Reason: FinishReason.Length } when part == answer.Parts.Count - 1 => "incomplete",
        null when part == answer.Parts.Count - 1 => "in_progress",
        _ => "completed",
    };

    /// <summary>The name of a part.</summary>
    public string IdOf(int part, PieceKind kind)
    {
        var begin = kind switch
        {
            PieceKind.Reasoning => "rs_",
            PieceKind.Call => "fc_",
            _ => "msg_",
        };
        return string.Create(CultureInfo.InvariantCulture, $"{begin}{head.Id[IdKind.Length..]}_{part}");
    }

    /// <summary>Writes a part.</summary>
    /// <param name="json">Where.</param>
    /// <param name="index">Which.</param>
    /// <param name="part">What is in it.</param>
    /// <param name="status">How far it is; nothing is told of one that only begins.</param>
    /// <param name="begins">Whether it only begins.</param>
    public void Item(Utf8JsonWriter json, int index, WholePart part, string status, bool begins = false)
    {
        json.WriteStartObject();
        json.WriteString("id", IdOf(index, part.Kind));
        switch (part.Kind)
        {
            case PieceKind.Reasoning:
                Reasoning(json, part, begins);
                break;
            case PieceKind.Call:
                json.WriteString("type", "function_call");
                json.WriteString("call_id", part.CallId);
                json.WriteString("name", part.Tool);
                json.WriteString("arguments", begins ? "" : part.Text.ToString());
                break;
            default:
                json.WriteString("type", "message");
                json.WriteString("role", "assistant");
                json.WriteStartArray("content");
                if (!begins)
                {
                    OutputText(json, part.Text.ToString(), part.Logprobs);
                }

                json.WriteEndArray();
                break;
        }

        json.WriteString("status", status);
        json.WriteEndObject();
    }

    /// <summary>Writes a text that is shown.</summary>
    public void OutputText(Utf8JsonWriter json, string text, IReadOnlyList<TokenLogprob> made)
    {
        json.WriteStartObject();
        json.WriteString("type", "output_text");
        json.WriteString("text", text);
        json.WriteStartArray("annotations");
        json.WriteEndArray();
        Logprobs(json, new ShownTokens().Take(text, made));
        json.WriteEndObject();
    }

    /// <summary>Writes how likely tokens were, if that was asked for.</summary>
    public void Logprobs(Utf8JsonWriter json, IReadOnlyList<TokenLogprob> shown) =>
        ChatJson.Tokens(json, "logprobs", call.Request.Logprobs is null ? [] : shown);

    private void Reasoning(Utf8JsonWriter json, WholePart part, bool begins)
    {
        json.WriteString("type", "reasoning");
        json.WriteStartArray("summary");
        if (call.Summarises && !begins)
        {
            Text(json, "summary_text", part.Text.ToString());
        }

        json.WriteEndArray();
        if (!call.Summarises)
        {
            json.WriteStartArray("content");
            if (!begins)
            {
                Text(json, "reasoning_text", part.Text.ToString());
            }

            json.WriteEndArray();
        }

        if (call.Sealed)
        {
            json.WriteString("encrypted_content", begins ? "" : SealedThought.Seal(part.Text.ToString()));
        }
    }

    /// <summary>Writes a text with its type.</summary>
    public static void Text(Utf8JsonWriter json, string type, string text)
    {
        json.WriteStartObject();
        json.WriteString("type", type);
        json.WriteString("text", text);
        json.WriteEndObject();
    }

    private static void WriteEnd(Utf8JsonWriter json, bool isShort, FailureException? failure)
    {
        if (failure is null)
        {
            json.WriteNull("error");
        }
        else
        {
            json.WriteStartObject("error");
            json.WriteString("code", FailureTable.RowOf(failure.Reason).OpenAiCode);
            json.WriteString("message", failure.Message);
            json.WriteEndObject();
        }

        if (!isShort)
        {
            json.WriteNull("incomplete_details");
            return;
        }

        json.WriteStartObject("incomplete_details");
        json.WriteString("reason", "max_output_tokens");
        json.WriteEndObject();
    }

    private static void Usage(Utf8JsonWriter json, Pieces answer)
    {
        if (answer.Finished is null)
        {
            json.WriteNull("usage");
            return;
        }

        var cost = AnswerCost.Of(answer);
        json.WriteStartObject("usage");
        json.WriteNumber("input_tokens", cost.Prompt);
        json.WriteStartObject("input_tokens_details");
        json.WriteNumber("cached_tokens", cost.Cached);
        json.WriteEndObject();
        json.WriteNumber("output_tokens", cost.Made);
        json.WriteStartObject("output_tokens_details");
        json.WriteNumber("reasoning_tokens", cost.Reasoning);
        json.WriteEndObject();
        json.WriteNumber("total_tokens", cost.Prompt + cost.Made);
        json.WriteEndObject();
    }
}
