using System.Text.Json;
using EdgeBox.V1;
using Google.Protobuf;

namespace EdgeBox.Daemon.Gateway.Answers;

/// <summary>Writes the member "edgebox" of an answer: what the box knows of it and the other formats have no word for, in protobuf's JSON mapping.</summary>
internal static class BoxNote
{
    /// <summary>Its name.</summary>
    public const string Name = "edgebox";

    private static readonly JsonFormatter s_formatter = new(JsonFormatter.Settings.Default.WithPreserveProtoFieldNames(true));

    /// <summary>Writes how an answer ended: seed, timings, oddities, and what its checks came to.</summary>
    public static void Write(Utf8JsonWriter json, Pieces answer, IReadOnlyList<AttemptJudged>? attempts = null)
    {
        if (answer.Finished is not { } finished)
        {
            return;
        }

        json.WriteStartObject(Name);
        json.WriteNumber("seed", answer.Started?.Seed ?? 0);
        Member(json, "timings", finished.Timings);
        Member(json, "verification", finished.Verification);
        if (finished.Oddities.Count > 0)
        {
            json.WriteStartObject("oddities");
            foreach (var (name, count) in finished.Oddities)
            {
                json.WriteNumber(name, count);
            }

            json.WriteEndObject();
        }

        if (attempts is { Count: > 0 })
        {
            json.WriteStartArray("attempts");
            foreach (var attempt in attempts)
            {
                json.WriteRawValue(s_formatter.Format(attempt), skipInputValidation: true);
            }

            json.WriteEndArray();
        }

        json.WriteEndObject();
    }

    /// <summary>Writes that an attempt did not pass the checks.</summary>
    public static void Write(Utf8JsonWriter json, AttemptJudged attempt)
    {
        json.WriteStartObject(Name);
        Member(json, "attempt", attempt);
        json.WriteEndObject();
    }

    private static void Member(Utf8JsonWriter json, string name, IMessage? value)
    {
        if (value is not null)
        {
            json.WritePropertyName(name);
            json.WriteRawValue(s_formatter.Format(value), skipInputValidation: true);
        }
    }
}
