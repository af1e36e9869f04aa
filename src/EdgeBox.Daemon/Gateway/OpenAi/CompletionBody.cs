using EdgeBox.Daemon.Gateway.Bodies;
using EdgeBox.Daemon.Inference;
using EdgeBox.V1;

namespace EdgeBox.Daemon.Gateway.OpenAi;

/// <summary>Reads the body of /v1/completions. docs/compatibility.md has every field.</summary>
internal static class CompletionBody
{
    // OpenAI's: clients that say nothing expect a line, not a page.
    private const uint UsualTokens = 16;

    /// <summary>What it asks for.</summary>
    /// <exception cref="Failures.FailureException">INVALID_ARGUMENT: the field is named.</exception>
    public static CompletionCall Read(JsonField body)
    {
        body["suffix"].Forbid("a prompt alone");
        var names = new WireNames();
        names.Note("prompt", "prompt");
        names.Note("logprobs.top", "logprobs");
        var choices = body["n"].Count(1, ChatCompletionCall.MaxChoices) ?? 1;
        if (body["best_of"].Whole() is { } best && best != choices)
        {
            throw body["best_of"].Refuse("is not n", "n answers, of which none is left out");
        }

        var request = new CompleteRequest
        {
            Model = ModelField.Read(body),
            Sampling = SamplingFields.Read(body, names),
            Stop = SamplingFields.ReadStop(body["max_tokens"], body["stop"], names),
            Schedule = OpenAiFields.Schedule(body),
            Logprobs = body["logprobs"].Count(0, RequestLimits.MaxTopLogprobs) is { } top ? new LogprobOptions { Top = top } : null,
        };
        if (!body["max_tokens"].IsSet)
        {
            request.Stop.MaxTokens = UsualTokens;
        }

        BoxField.Read(body, request, names);
        var echoes = body["echo"].FlagOr(false);
        if (echoes && request.Logprobs is not null)
        {
            throw body["echo"].Refuse("is true, and so are logprobs asked for", "one of them: the box does not judge tokens of prompts");
        }

        return new CompletionCall(Spread(request, Prompts(body["prompt"], choices), choices), names)
        {
            Streams = body["stream"].FlagOr(false),
            TellsUsage = body["stream_options"]["include_usage"].FlagOr(false),
            Echoes = echoes,
        };
    }

    private static List<string> Prompts(JsonField field, uint choices)
    {
        if (!field.IsList)
        {
            return [field.TextOr("")];
        }

        var prompts = field.Items((int)(ChatCompletionCall.MaxChoices / choices)).Select(prompt =>
            prompt.IsText ? prompt.Text() : throw prompt.Wrong("a text; numbers of tokens are those of another vocabulary")).ToList();
        return prompts.Count > 0 ? prompts : throw field.Refuse("is an empty list", "a text or a list of texts");
    }

    private static List<CompleteRequest> Spread(CompleteRequest request, List<string> prompts, uint choices)
    {
        var requests = new List<CompleteRequest>();
        foreach (var prompt in prompts)
        {
            for (var i = 0u; i < choices; i++)
            {
                var one = request.Clone();
                one.Prompt = prompt;
                requests.Add(one);
                Seeds.Shift(one.Sampling, i);
            }
        }

        return requests;
    }
}
