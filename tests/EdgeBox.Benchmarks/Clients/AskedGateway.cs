using System.Net.Http.Headers;
using System.Text.Json;

namespace EdgeBox.Benchmarks.Clients;

/// <summary>A box, asked at its gateway.</summary>
internal sealed class AskedGateway(Target target) : AskedEvents(target)
{
    /// <inheritdoc/>
    protected override string Probe => "/v1/models";

    /// <inheritdoc/>
    protected override string Route => "/v1/completions";

    /// <inheritdoc/>
    protected override void Sign(HttpRequestHeaders headers) => headers.Authorization = new AuthenticationHeaderValue("Bearer", Target.Key);

    /// <summary>The same work as over gRPC.</summary>
    protected override void Write(Utf8JsonWriter json, Ask ask)
    {
        json.WriteString("model", Target.Model);
        json.WriteString("prompt", ask.Prompt);
        json.WriteNumber("max_tokens", ask.Tokens);
        json.WriteNumber("temperature", ask.Temperature);
        json.WriteNumber("seed", ask.Seed);
        if (ask.Temperature > 0)
        {
            json.WriteNumber("top_k", 0);
            json.WriteNumber("top_p", 1);
            json.WriteNumber("min_p", 0);
        }

        json.WriteBoolean("stream", true);
        json.WriteStartObject("stream_options");
        json.WriteBoolean("include_usage", true);
        json.WriteEndObject();
        json.WriteStartObject("edgebox");
        json.WriteString("drafting", "DRAFTING_OFF");
        json.WriteEndObject();
    }

    /// <inheritdoc/>
    protected override void Note(JsonElement said, long now, Answer answer)
    {
        foreach (var choice in said.GetProperty("choices").EnumerateArray())
        {
            if (choice.GetProperty("text").GetString() is { Length: > 0 })
            {
                answer.Add(now, 1);
            }
        }

        if (said.TryGetProperty("usage", out var usage) && usage.ValueKind == JsonValueKind.Object)
        {
            answer.Ended = now;
            answer.Complete = true;
            answer.Tokens = usage.GetProperty("completion_tokens").GetInt32();
            ShareOut(answer.Pieces, answer.Tokens);
        }
    }

    /// <summary>A piece may hold several tokens, and nobody says which: all are shared out evenly.</summary>
    private static void ShareOut(List<int> pieces, int tokens)
    {
        for (var i = 0; i < pieces.Count; i++)
        {
            pieces[i] = ((i + 1) * tokens / pieces.Count) - (i * tokens / pieces.Count);
        }
    }
}
