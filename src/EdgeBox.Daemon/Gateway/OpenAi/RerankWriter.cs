using System.Text.Json;
using EdgeBox.Daemon.Gateway.Answers;
using EdgeBox.V1;

namespace EdgeBox.Daemon.Gateway.OpenAi;

/// <summary>Writes answers of /v1/rerank: what Cohere and Jina have in common, and what each has alone.</summary>
internal static class RerankWriter
{
    /// <summary>Writes the documents in the order of their scores.</summary>
    public static void Write(Utf8JsonWriter json, AnswerHead head, RerankCall call, RerankResponse response)
    {
        json.WriteStartObject();
        json.WriteString("id", head.Id);
        json.WriteString("object", "list");
        json.WriteString("model", AnswerHead.ModelOf(response.Model));
        json.WriteStartArray("results");
        foreach (var document in response.Documents)
        {
            json.WriteStartObject();
            json.WriteNumber("index", document.Index);
            json.WriteNumber("relevance_score", Share(document.Score));
            if (call.TellsDocuments)
            {
                json.WriteStartObject("document");
                json.WriteString("text", call.Request.Documents[(int)document.Index]);
                json.WriteEndObject();
            }

            json.WriteStartObject(BoxNote.Name);
            json.WriteNumber("score", document.Score);
            json.WriteEndObject();
            json.WriteEndObject();
        }

        json.WriteEndArray();
        var tokens = response.Usage?.PromptTokens ?? 0;
        json.WriteStartObject("usage");
        json.WriteNumber("prompt_tokens", tokens);
        json.WriteNumber("total_tokens", tokens);
        json.WriteEndObject();
        json.WriteEndObject();
    }

    /// <summary>A score between 0 and 1, as clients of this format expect: the models' own have no bounds, and mean the logarithm of odds.</summary>
    private static double Share(float score) => 1 / (1 + Math.Exp(-score));
}
