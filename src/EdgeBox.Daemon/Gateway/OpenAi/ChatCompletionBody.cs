using EdgeBox.Daemon.Gateway.Bodies;
using EdgeBox.Daemon.Inference;
using EdgeBox.V1;

namespace EdgeBox.Daemon.Gateway.OpenAi;

/// <summary>Reads the body of /v1/chat/completions. docs/compatibility.md has every field.</summary>
internal static class ChatCompletionBody
{
    /// <summary>What it asks for.</summary>
    /// <exception cref="Failures.FailureException">INVALID_ARGUMENT: the field is named.</exception>
    public static ChatCompletionCall Read(JsonField body)
    {
        RefuseForeign(body);
        var conversation = new Conversation();
        var request = conversation.Request;
        request.Model = ModelField.Read(body);
        ChatMessages.Read(body["messages"], conversation);
        FunctionTools.Read(body["tools"], conversation, inner: "function");
        FunctionTools.ReadChoice(body["tool_choice"], conversation, inner: "function", allowed: "allowed_tools");
        request.Sampling = SamplingFields.Read(body, conversation.Names);
        request.Stop = SamplingFields.ReadStop(Most(body), body["stop"], conversation.Names);
        request.Effort = SamplingFields.ReadEffort(body["reasoning_effort"], conversation.Names);
        request.Logprobs = Logprobs(body, conversation.Names);
        request.Schedule = OpenAiFields.Schedule(body);
        AnswerForm.Read(body["response_format"], conversation, inner: "json_schema");
        BoxField.Read(body, request, conversation.Names);
        return new ChatCompletionCall(request, conversation.Names)
        {
            Choices = body["n"].Count(1, ChatCompletionCall.MaxChoices) ?? 1,
            Streams = body["stream"].FlagOr(false),
            TellsUsage = body["stream_options"]["include_usage"].FlagOr(false),
            OneCall = !body["parallel_tool_calls"].FlagOr(true),
        };
    }

    private static JsonField Most(JsonField body)
    {
        var (recent, old) = (body["max_completion_tokens"], body["max_tokens"]);
        return !recent.IsSet ? old
            : !old.IsSet || old.Whole() == recent.Whole() ? recent
            : throw old.Refuse("is set, and so is max_completion_tokens", "one of them");
    }

    private static LogprobOptions? Logprobs(JsonField body, WireNames names)
    {
        names.Note("logprobs.top", "top_logprobs");
        var top = body["top_logprobs"].Count(0, RequestLimits.MaxTopLogprobs);
        if (body["logprobs"].FlagOr(false))
        {
            return new LogprobOptions { Top = top ?? 0 };
        }

        return top is null or 0 ? null : throw body["top_logprobs"].Refuse("is set", "only with logprobs true");
    }

    private static void RefuseForeign(JsonField body)
    {
        body["functions"].Forbid("tools");
        body["function_call"].Forbid("tool_choice");
        body["audio"].Forbid("text answers alone");
        body["web_search_options"].Forbid("a tool of your own; the box reaches no network");
        body["moderation"].Forbid("no moderation");
        foreach (var modality in body["modalities"].Items(2))
        {
            modality.WordOr(0, ("text", 0));
        }

        OpenAiFields.RefuseStoring(body);
        OpenAiFields.ReadVerbosity(body["verbosity"]);
    }
}
