using EdgeBox.Daemon.Gateway.Bodies;
using EdgeBox.Daemon.Inference;
using EdgeBox.V1;

namespace EdgeBox.Daemon.Gateway.OpenAi;

/// <summary>Reads the body of /v1/responses. docs/compatibility.md has every field.</summary>
internal static class ResponseBody
{
    private const int MaxIncluded = 16;

    // What OpenAI's answers say where the request says nothing.
    private static readonly (string Name, string Json)[] s_told =
    [
        ("instructions", "null"), ("max_output_tokens", "null"), ("metadata", "{}"), ("parallel_tool_calls", "true"), ("temperature", "null"),
        ("text", """{"format":{"type":"text"}}"""), ("tool_choice", "\"auto\""), ("tools", "[]"), ("top_p", "null"), ("top_logprobs", "0"),
        ("reasoning", """{"effort":null,"summary":null}"""), ("user", "null"), ("service_tier", "\"default\""),
    ];

    /// <summary>What it asks for.</summary>
    /// <exception cref="Failures.FailureException">INVALID_ARGUMENT: the field is named.</exception>
    public static ResponseCall Read(JsonField body)
    {
        RefuseForeign(body);
        var conversation = new Conversation();
        var (request, names) = (conversation.Request, conversation.Names);
        request.Model = ModelField.Read(body);
        if (body["instructions"].IsSet)
        {
            conversation.Add(ChatRole.System, body["instructions"].Text(), "instructions", "instructions");
        }

        ResponseItems.Read(body["input"], conversation);
        FunctionTools.Read(body["tools"], conversation, inner: null);
        FunctionTools.ReadChoice(body["tool_choice"], conversation, inner: null, allowed: null);
        request.Sampling = SamplingFields.Read(body, names);
        request.Stop = SamplingFields.ReadStop(body["max_output_tokens"], null, names);
        request.Effort = SamplingFields.ReadEffort(body["reasoning"]["effort"], names);
        request.Schedule = OpenAiFields.Schedule(body);
        AnswerForm.Read(body["text"]["format"], conversation, inner: null);
        OpenAiFields.ReadVerbosity(body["text"]["verbosity"]);
        var (isSealed, logprobs) = Included(body["include"]);
        var top = body["top_logprobs"].Count(0, RequestLimits.MaxTopLogprobs);
        request.Logprobs = logprobs || top > 0 ? new LogprobOptions { Top = top ?? 0 } : null;
        BoxField.Read(body, request, names);
        return new ResponseCall(request, names, [.. s_told.Select(told => (told.Name, Told(body[told.Name]) ?? told.Json))])
        {
            Streams = body["stream"].FlagOr(false),
            OneCall = !body["parallel_tool_calls"].FlagOr(true),
            Summarises = Summarises(body["reasoning"]),
            Sealed = isSealed,
        };
    }

    /// <summary>A field as it was written, on one line, as events need it: no text in JSON holds the end of a line.</summary>
    private static string? Told(JsonField field) => field.IsSet ? field.Element.GetRawText().ReplaceLineEndings(" ") : null;

    private static void RefuseForeign(JsonField body)
    {
        const string All = "the whole conversation in input: the box keeps none";
        body["previous_response_id"].Forbid(All);
        body["conversation"].Forbid(All);
        body["prompt"].Forbid("instructions and input");
        body["moderation"].Forbid("no moderation");
        OpenAiFields.RefuseStoring(body);
        if (body["background"].FlagOr(false))
        {
            throw body["background"].Refuse("is true", "false: the answer comes on the connection that asked");
        }

        body["truncation"].WordOr(0, ("disabled", 0)); // A prompt that is too long is refused, never cut.
    }

    private static (bool Sealed, bool Logprobs) Included(JsonField include)
    {
        var (isSealed, logprobs) = (false, false);
        foreach (var item in include.Items(MaxIncluded))
        {
            var wanted = item.WordOr('?', ("reasoning.encrypted_content", 'r'), ("message.output_text.logprobs", 'l'));
            isSealed |= wanted == 'r';
            logprobs |= wanted == 'l';
        }

        return (isSealed, logprobs);
    }

    private static bool Summarises(JsonField reasoning)
    {
        (string, bool)[] words = [("auto", true), ("concise", true), ("detailed", true)];
        return reasoning["summary"].WordOr(false, words) || reasoning["generate_summary"].WordOr(false, words);
    }
}
