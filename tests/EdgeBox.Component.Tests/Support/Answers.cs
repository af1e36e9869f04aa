using EdgeBox.V1;
using Grpc.Core;

namespace EdgeBox.Component.Tests.Support;

/// <summary>Asks for answers that tests then watch, cut short or lose.</summary>
internal static class Answers
{
    /// <summary>A greedy completion.</summary>
    /// <param name="model">Its name.</param>
    /// <param name="prompt">What to continue.</param>
    /// <param name="maxTokens">When to end; 0: with the context.</param>
    public static CompleteRequest To(string model, string prompt, uint maxTokens = 0) => new()
    {
        Model = model, Prompt = prompt, Sampling = new SamplingOptions { Temperature = 0 }, Stop = new StopOptions { MaxTokens = maxTokens },
    };

    /// <summary>A prompt of so many tokens, more or less, in a model whose tokens are bytes.</summary>
    public static string LongPrompt(string beginning, int tokens) =>
        beginning + string.Concat(Enumerable.Range(0, tokens / 4).Select(i => $" {(char)('a' + (i % 26))}{(char)('a' + (i / 26 % 26))}."));

    /// <summary>Reads up to the first text of an answer.</summary>
    public static async Task ReadToFirstTextAsync(this AsyncServerStreamingCall<CompleteResponse> call)
    {
        while (await call.ResponseStream.MoveNext(CancellationToken.None))
        {
            if (call.ResponseStream.Current.Delta is not null)
            {
                return;
            }
        }

        throw new InvalidOperationException("The answer ended without a text.");
    }

    /// <summary>Reads an answer to its end.</summary>
    /// <exception cref="RpcException">It did not end well.</exception>
    public static async Task<List<CompleteResponse>> ReadAsync(this AsyncServerStreamingCall<CompleteResponse> call)
    {
        var said = new List<CompleteResponse>();
        await foreach (var response in call.ResponseStream.ReadAllAsync())
        {
            said.Add(response);
        }

        return said;
    }

    /// <summary>Asks, and reads the answer to its end.</summary>
    public static async Task<GenerationFinished> AnswerAsync(this InferenceService.InferenceServiceClient client, string model, string prompt, uint maxTokens)
    {
        using var call = client.Complete(To(model, prompt, maxTokens), deadline: BoxExtensions.Deadline);
        var said = await call.ReadAsync();
        Assert.NotNull(said.First(response => response.Waiting is null).Started);
        Assert.NotNull(said[^1].Finished);
        return said[^1].Finished;
    }

    /// <summary>Returns when the model works on so many requests.</summary>
    /// <returns>The model then, and how long that took.</returns>
    public static Task<(Model Model, TimeSpan Took)> WhenActiveAsync(this RunningBox box, string model, uint active, TimeSpan? patience = null) =>
        Eventually.GetAsync($"{model} works on {active} requests", async () =>
        {
            var now = await box.GetModelAsync(model);
            return now.ActiveRequests == active ? now : null;
        }, patience);

    /// <summary>Returns when the model is served by another process than before.</summary>
    public static async Task<Model> WhenReplacedAsync(this RunningBox box, string model, int before) =>
        (await Eventually.GetAsync($"{model} has another worker than {before}", async () =>
        {
            var now = await box.GetModelAsync(model);
            return now is { State: ModelState.Ready, Worker.Pid: > 0 } && now.Worker.Pid != before ? now : null; // Between two workers there is none: 0 would be everybody.
        })).Answer;
}
