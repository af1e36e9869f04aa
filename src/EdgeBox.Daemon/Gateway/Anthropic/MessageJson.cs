using System.Text.Json;
using EdgeBox.Daemon.Gateway.Answers;
using EdgeBox.V1;

namespace EdgeBox.Daemon.Gateway.Anthropic;

/// <summary>Writes what whole answers and streams of /v1/messages have in common.</summary>
internal static class MessageJson
{
    /// <summary>What names of answers begin with.</summary>
    public const string IdKind = "msg_";

    // Clients send a thought back only if it is signed; nothing depends on what is in it.
    private const string Signature = "edgebox";

    /// <summary>The name, the kind and the model.</summary>
    public static void Head(Utf8JsonWriter json, AnswerHead head, Pieces answer)
    {
        json.WriteString("id", head.Id);
        json.WriteString("type", "message");
        json.WriteString("role", "assistant");
        json.WriteString("model", AnswerHead.ModelOf(answer.Started?.Model));
    }

    /// <summary>Why an answer ended.</summary>
    public static void Reason(Utf8JsonWriter json, GenerationFinished? finished, MessagesCall call)
    {
        var most = call.Request.Stop?.MaxTokens ?? 0;
        json.WriteString("stop_reason", finished?.Reason switch
        {
            null => null,
            FinishReason.Length => most > 0 && finished.Usage.CompletionTokens >= most ? "max_tokens" : "model_context_window_exceeded",
            FinishReason.StopSequence => "stop_sequence",
            FinishReason.ToolCalls => "tool_use",
            _ => "end_turn",
        });
        json.WriteString("stop_sequence", finished?.Reason == FinishReason.StopSequence ? finished.StopSequence : null);
    }

    /// <summary>What it cost. What was still known of the question is not counted with it here.</summary>
    public static void Usage(Utf8JsonWriter json, Pieces answer)
    {
        var cost = AnswerCost.Of(answer);
        json.WriteStartObject("usage");
        json.WriteNumber("input_tokens", cost.Prompt - cost.Cached);
        json.WriteNumber("cache_creation_input_tokens", 0);
        json.WriteNumber("cache_read_input_tokens", cost.Cached);
        json.WriteNumber("output_tokens", cost.Made);
        json.WriteEndObject();
    }

    /// <summary>What a thought is signed with.</summary>
    public static string SignatureOf(string thought, ThinkingView view) => view == ThinkingView.Kept ? SealedThought.Seal(thought) : Signature;
}
