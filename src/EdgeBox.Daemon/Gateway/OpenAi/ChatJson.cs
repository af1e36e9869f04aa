using System.Text.Json;
using EdgeBox.Daemon.Gateway.Answers;
using EdgeBox.V1;

namespace EdgeBox.Daemon.Gateway.OpenAi;

/// <summary>Writes what whole answers and streams of OpenAI's endpoints have in common.</summary>
internal static class ChatJson
{
    // JSON has no word for it; others say so too.
    private const float Never = -9999;

    /// <summary>The name, the kind and the model.</summary>
    public static void Head(Utf8JsonWriter json, AnswerHead head, string kind, Pieces answer)
    {
        json.WriteStartObject();
        json.WriteString("id", head.Id);
        json.WriteString("object", kind);
        json.WriteNumber("created", head.Created);
        json.WriteString("model", AnswerHead.ModelOf(answer.Started?.Model));
    }

    /// <summary>Why an answer ended.</summary>
    public static string Reason(GenerationFinished? finished) => finished?.Reason switch
    {
        FinishReason.Length => "length",
        FinishReason.ToolCalls => "tool_calls",
        _ => "stop",
    };

    /// <summary>What it cost.</summary>
    public static void Usage(Utf8JsonWriter json, AnswerCost cost)
    {
        json.WriteStartObject("usage");
        json.WriteNumber("prompt_tokens", cost.Prompt);
        json.WriteNumber("completion_tokens", cost.Made);
        json.WriteNumber("total_tokens", cost.Prompt + cost.Made);
        json.WriteStartObject("prompt_tokens_details");
        json.WriteNumber("cached_tokens", cost.Cached);
        json.WriteEndObject();
        json.WriteStartObject("completion_tokens_details");
        json.WriteNumber("reasoning_tokens", cost.Reasoning);
        json.WriteEndObject();
        json.WriteEndObject();
    }

    /// <summary>How likely tokens were.</summary>
    public static void Tokens(Utf8JsonWriter json, string name, IReadOnlyList<TokenLogprob> tokens)
    {
        json.WriteStartArray(name);
        foreach (var token in tokens)
        {
            json.WriteStartObject();
            Token(json, token.Token, token.Logprob);
            json.WriteStartArray("top_logprobs");
            foreach (var likely in token.Top)
            {
                json.WriteStartObject();
                Token(json, likely.Token, likely.Logprob);
                json.WriteEndObject();
            }

            json.WriteEndArray();
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    /// <summary>A logarithm that JSON can hold.</summary>
    public static float Finite(float logprob) => float.IsFinite(logprob) ? logprob : Never;

    /// <summary>The bytes of a token as text; those of half a character are replaced.</summary>
    public static string Text(Token token) => token.Piece.ToStringUtf8();

    private static void Token(Utf8JsonWriter json, Token token, float logprob)
    {
        json.WriteString("token", Text(token));
        json.WriteNumber("logprob", Finite(logprob));
        json.WriteStartArray("bytes");
        foreach (var one in token.Piece.Span)
        {
            json.WriteNumberValue(one);
        }

        json.WriteEndArray();
    }
}
