using System.Buffers;
using System.Text;
using System.Text.Json;
using CsCheck;
using EdgeBox.Daemon.Gateway;
using EdgeBox.Daemon.Gateway.Answers;
using EdgeBox.Daemon.Gateway.Bodies;
using EdgeBox.V1;
using static EdgeBox.Daemon.Inference.AnswerReader;

namespace EdgeBox.Daemon.Tests.Gateway.Apis;

/// <summary>Answers that the box might give, and what is written of them.</summary>
internal static class Said
{
    public static readonly AnswerHead Head = new("resp_1", 1_700_000_000);

    /// <summary>Answers of any parts, each part in any pieces.</summary>
    public static readonly Gen<List<Answer>> Answers =
        from parts in Gen.Select(Gen.Int[0, 3], Gen.String[Gen.Char["abc é\n\"ཀ"], 0, 6].Array[1, 3]).List[0, 6]
        from reason in Gen.Int[(int)FinishReason.Stop, (int)FinishReason.Length]
        select Events(parts, (FinishReason)reason);

    /// <summary>The events of an answer.</summary>
    public static List<Answer> Events(IReadOnlyList<(int Kind, string[] Pieces)> parts, FinishReason reason)
    {
        var events = new List<Answer> { Started() };
        var (calls, tokens) = (0u, 0u);
        foreach (var (kind, pieces) in parts)
        {
            for (var i = 0; i < pieces.Length; i++)
            {
                tokens++;
                events.Add(kind == 3
                    ? new Answer(null, null, null, Call: new ToolCallDelta
                    {
                        Index = calls, Id = i == 0 ? $"call{calls}" : "", Name = i == 0 ? "look_up" : "", Arguments = pieces[i], Tokens = 1,
                    })
                    : new Answer(null, new TextDelta { Text = pieces[i], Channel = (Channel)(kind + 1), Tokens = 1 }, null));
            }

            calls += kind == 3 ? 1u : 0;
        }

        events.Add(new Answer(null, null, new GenerationFinished
        {
            Reason = calls > 0 && reason == FinishReason.Stop ? FinishReason.ToolCalls : reason,
            StopSequence = reason == FinishReason.StopSequence ? "halt" : "",
            Usage = new Usage { PromptTokens = 7, CompletionTokens = tokens, CachedPromptTokens = 2 },
        }));
        return events;
    }

    public static Answer Started() => new(new GenerationStarted { Model = "models/m", PromptTokens = 7, Seed = 5 }, null, null);

    public static WholeAnswer Whole(IEnumerable<Answer> events, bool constrained = false)
    {
        var whole = new WholeAnswer(constrained);
        foreach (var said in events)
        {
            whole.Take(said);
        }

        return whole;
    }

    /// <summary>Reads a body as the gateway does.</summary>
    public static T Read<T>(string body, Func<JsonField, T> read)
    {
        using var document = JsonDocument.Parse(body);
        return read(new JsonField(document.RootElement, ""));
    }

    /// <summary>JSON that was written.</summary>
    public static JsonElement Json(Action<Utf8JsonWriter> write)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer, GatewayJson.Options))
        {
            write(json);
        }

        return JsonDocument.Parse(buffer.WrittenMemory).RootElement.Clone();
    }

    /// <summary>The events of a stream that was written: names, and data; the mark of the end has none.</summary>
    public static IReadOnlyList<(string? Name, JsonElement Data)> Stream(Action<SseFrames> write)
    {
        var text = Text(write);
        Assert.EndsWith("\n\n", text, StringComparison.Ordinal);
        return [.. text.Split("\n\n", StringSplitOptions.RemoveEmptyEntries).Select(Event)];
    }

    public static string Text(Action<SseFrames> write)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using var frames = new SseFrames(buffer);
        write(frames);
        return Encoding.UTF8.GetString(buffer.WrittenSpan);
    }

    private static (string? Name, JsonElement Data) Event(string frame)
    {
        var lines = frame.Split('\n');
        var name = lines[0].StartsWith("event: ", StringComparison.Ordinal) ? lines[0]["event: ".Length..] : null;
        var data = Assert.Single(lines, line => line.StartsWith("data: ", StringComparison.Ordinal))["data: ".Length..];
        return (name, data == "[DONE]" ? default : JsonDocument.Parse(data).RootElement.Clone());
    }
}
