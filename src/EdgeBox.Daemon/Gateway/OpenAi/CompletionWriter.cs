using System.Text.Json;
using EdgeBox.Daemon.Gateway.Answers;
using EdgeBox.V1;

namespace EdgeBox.Daemon.Gateway.OpenAi;

/// <summary>Writes answers of /v1/completions, whole.</summary>
internal static class CompletionWriter
{
    /// <summary>What they are called.</summary>
    public const string Kind = "text_completion";

    /// <summary>Writes the answers.</summary>
    public static void Write(Utf8JsonWriter json, AnswerHead head, CompletionCall call, IReadOnlyList<WholeAnswer> choices)
    {
        ChatJson.Head(json, head, Kind, choices[0].Events);
        json.WriteStartArray("choices");
        for (var i = 0; i < choices.Count; i++)
        {
            var answer = choices[i];
            var text = answer.Joined(PieceKind.Text) ?? "";
            var tokens = call.Requests[i].Logprobs is null ? null : new ShownTokens().Take(text, [.. answer.Parts.SelectMany(part => part.Logprobs)]);
            Choice(json, i, call.Echoes ? call.Requests[i].Prompt + text : text, (tokens, 0), answer.Events);
        }

        json.WriteEndArray();
        ChatJson.Usage(json, Cost(call, [.. choices.Select(choice => choice.Events)]));
        json.WriteEndObject();
    }

    /// <summary>What answers cost together: those to one prompt read it once.</summary>
    public static AnswerCost Cost(CompletionCall call, IReadOnlyList<Pieces> answers) => call.Requests.Zip(answers)
        .GroupBy(pair => pair.First.Prompt, StringComparer.Ordinal)
        .Select(group => AnswerCost.Of(group.Select(pair => pair.Second)))
        .Aggregate(default(AnswerCost), (sum, next) => new(sum.Prompt + next.Prompt, sum.Cached + next.Cached, sum.Made + next.Made, 0));

    /// <summary>Writes one answer, or a piece of one.</summary>
    /// <param name="json">Where.</param>
    /// <param name="index">Which.</param>
    /// <param name="text">The text.</param>
    /// <param name="tokens">Its tokens, if they were asked for, and how many characters came before.</param>
    /// <param name="answer">Whether and how it ended.</param>
    public static void Choice(Utf8JsonWriter json, int index, string text, (IReadOnlyList<TokenLogprob>? Made, int Offset) tokens, Pieces answer)
    {
        json.WriteStartObject();
        json.WriteString("text", text);
        json.WriteNumber("index", index);
        if (tokens.Made is { } made)
        {
            Logprobs(json, made, tokens.Offset);
        }
        else
        {
            json.WriteNull("logprobs");
        }

        json.WriteString("finish_reason", answer.Finished is null ? null : ChatJson.Reason(answer.Finished));
        BoxNote.Write(json, answer);
        json.WriteEndObject();
    }

    private static void Logprobs(Utf8JsonWriter json, IReadOnlyList<TokenLogprob> made, int offset)
    {
        json.WriteStartObject("logprobs");
        json.WriteStartArray("tokens");
        foreach (var token in made)
        {
            json.WriteStringValue(ChatJson.Text(token.Token));
        }

        json.WriteEndArray();
        json.WriteStartArray("token_logprobs");
        foreach (var token in made)
        {
            json.WriteNumberValue(ChatJson.Finite(token.Logprob));
        }

        json.WriteEndArray();
        json.WriteStartArray("top_logprobs");
        foreach (var token in made)
        {
            json.WriteStartObject();
            foreach (var likely in token.Top.DistinctBy(likely => ChatJson.Text(likely.Token)))
            {
                json.WriteNumber(ChatJson.Text(likely.Token), ChatJson.Finite(likely.Logprob));
            }

            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteStartArray("text_offset");
        foreach (var token in made)
        {
            json.WriteNumberValue(offset);
            offset += ChatJson.Text(token.Token).Length;
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }
}
