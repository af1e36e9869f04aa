using System.Text.Json;

namespace EdgeBox.Benchmarks.Clients;

/// <summary>A llama-server.</summary>
internal sealed class AskedPeer(Target target) : AskedEvents(target)
{
    /// <inheritdoc/>
    protected override string Probe => "/health";

    /// <inheritdoc/>
    protected override string Route => "/completion";

    /// <summary>The same work as the box's: no cached prompt, no end before the last token, no samplers but the one asked for.</summary>
    protected override void Write(Utf8JsonWriter json, Ask ask)
    {
        json.WriteStartArray("prompt");
        foreach (var id in ask.Ids)
        {
            json.WriteNumberValue(id);
        }

        json.WriteEndArray();
        json.WriteNumber("n_predict", ask.Tokens);
        json.WriteBoolean("stream", true);
        json.WriteBoolean("cache_prompt", false);
        json.WriteBoolean("ignore_eos", true);
        json.WriteNumber("n_probs", 0);
        json.WriteNumber("seed", ask.Seed);

        // The quickest way to the likeliest token that the peer has: its temperature of 0 goes over all of them twice more.
        json.WriteNumber("temperature", ask.Temperature == 0 ? 1 : ask.Temperature);
        json.WriteNumber("top_k", ask.Temperature == 0 ? 1 : 0);
        json.WriteStartArray("samplers");
        json.WriteStringValue(ask.Temperature == 0 ? "top_k" : "temperature");
        json.WriteEndArray();
    }

    /// <inheritdoc/>
    protected override void Note(JsonElement said, long now, Answer answer)
    {
        if (!said.GetProperty("stop").GetBoolean())
        {
            answer.Add(now, 1);
            return;
        }

        answer.Ended = now;
        answer.Complete = true;
        answer.Tokens = said.GetProperty("tokens_predicted").GetInt32();
    }
}
