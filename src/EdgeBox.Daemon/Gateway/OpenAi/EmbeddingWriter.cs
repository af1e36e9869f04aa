using System.Buffers.Binary;
using System.Text.Json;
using EdgeBox.Daemon.Gateway.Answers;
using EdgeBox.V1;

namespace EdgeBox.Daemon.Gateway.OpenAi;

/// <summary>Writes answers of /v1/embeddings.</summary>
internal static class EmbeddingWriter
{
    /// <summary>Writes the vectors of all texts.</summary>
    public static void Write(Utf8JsonWriter json, IReadOnlyList<EmbedResponse> responses, bool base64)
    {
        json.WriteStartObject();
        json.WriteString("object", "list");
        json.WriteStartArray("data");
        var index = 0;
        foreach (var vector in responses.SelectMany(response => response.Embeddings))
        {
            json.WriteStartObject();
            json.WriteString("object", "embedding");
            json.WriteNumber("index", index++);
            Values(json, vector, base64);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteString("model", AnswerHead.ModelOf(responses[0].Model));
        var tokens = responses.Sum(response => (long)(response.Usage?.PromptTokens ?? 0));
        json.WriteStartObject("usage");
        json.WriteNumber("prompt_tokens", tokens);
        json.WriteNumber("total_tokens", tokens);
        json.WriteEndObject();
        json.WriteEndObject();
    }

    private static void Values(Utf8JsonWriter json, Embedding vector, bool base64)
    {
        if (base64)
        {
            var bytes = new byte[sizeof(float) * vector.Values.Count];
            for (var i = 0; i < vector.Values.Count; i++)
            {
                BinaryPrimitives.WriteSingleLittleEndian(bytes.AsSpan(sizeof(float) * i), vector.Values[i]);
            }

            json.WriteBase64String("embedding", bytes);
            return;
        }

        json.WriteStartArray("embedding");
        foreach (var value in vector.Values)
        {
            json.WriteNumberValue(value);
        }

        json.WriteEndArray();
    }
}
