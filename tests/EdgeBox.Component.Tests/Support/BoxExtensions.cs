using EdgeBox.V1;
using Grpc.Core;

namespace EdgeBox.Component.Tests.Support;

/// <summary>What tests ask a box again and again.</summary>
internal static class BoxExtensions
{
    /// <summary>The whole answer of a chat, without the thinking.</summary>
    public static async Task<string> ChatAsync(this InferenceService.InferenceServiceClient client, string model, string prompt, uint maxTokens = 0)
    {
        var answer = new StringBuilder();
        using var call = client.Chat(Question(model, prompt, maxTokens), deadline: Deadline);
        await foreach (var said in call.ResponseStream.ReadAllAsync())
        {
            answer.Append(said.Delta is { Channel: V1.Channel.Answer } delta ? delta.Text : "");
        }

        return answer.ToString();
    }

    /// <summary>A chat with one message of the user, greedy.</summary>
    public static ChatRequest Question(string model, string prompt, uint maxTokens = 0) => new()
    {
        Model = model,
        Messages = { new ChatMessage { Role = ChatRole.User, Parts = { new ContentPart { Text = prompt } } } },
        Sampling = new SamplingOptions { Temperature = 0 },
        Stop = new StopOptions { MaxTokens = maxTokens },
    };

    /// <summary>How many tokens a text has: the cheapest call that needs a living worker.</summary>
    public static async Task<int> TokenizeAsync(this InferenceService.InferenceServiceClient client, string model, string text = "hello") =>
        (await client.TokenizeAsync(new TokenizeRequest { Model = model, Text = text }, deadline: Deadline)).Tokens.Count;

    /// <summary>Loads a file and waits for the end of that, good or bad.</summary>
    public static async Task<Operation> TryLoadAsync(this RunningBox box, LoadModelRequest request)
    {
        var operation = await box.Models.LoadModelAsync(request, deadline: Deadline);
        return await box.Operations.WaitOperationAsync(new WaitOperationRequest { Name = operation.Name }, deadline: Deadline);
    }

    /// <inheritdoc cref="TryLoadAsync(RunningBox, LoadModelRequest)" />
    public static Task<Operation> TryLoadAsync(this RunningBox box, string path, string name) => box.TryLoadAsync(new LoadModelRequest
    {
        Path = path, Name = name, Options = new LoadOptions { ContextTokens = 512, Slots = 2, Threads = 1 },
    });

    /// <summary>All audit records of an event, newest first; of every event if it is empty.</summary>
    public static async Task<IReadOnlyList<AuditRecord>> RecordsAsync(this RunningBox box, string @event = "")
    {
        var records = new List<AuditRecord>();
        var page = new ListRecordsResponse();
        do
        {
            page = await box.Audit.ListRecordsAsync(new ListRecordsRequest { Event = @event, PageSize = 1000, PageToken = page.NextPageToken }, deadline: Deadline);
            records.AddRange(page.Records);
        }
        while (page.NextPageToken.Length > 0);

        return records;
    }

    /// <summary>The newest audit record that fits, which may be written a moment after what it tells of.</summary>
    public static async Task<AuditRecord> RecordAsync(this RunningBox box, string @event, Func<AuditRecord, bool> fits)
    {
        try
        {
            return (await Eventually.GetAsync(@event, async () => (await box.RecordsAsync(@event)).FirstOrDefault(fits), TimeSpan.FromSeconds(5))).Answer;
        }
        catch (TimeoutException)
        {
            throw new InvalidOperationException($"No {@event} that fits is in the audit log:\n{string.Join('\n', await box.RecordsAsync())}");
        }
    }

    /// <summary>Fails unless the audit chain verifies.</summary>
    public static async Task AssertAuditIntactAsync(this RunningBox box)
    {
        var verdict = await box.Audit.VerifyChainAsync(new VerifyChainRequest(), deadline: Deadline);
        Assert.True(verdict.Intact, $"record {verdict.BrokenSequence}: {verdict.Problem}");
        Assert.True(verdict.Records > 0);
    }

    /// <summary>Half a minute from now: nothing here takes as long.</summary>
    public static DateTime Deadline => TimeProvider.System.GetUtcNow().UtcDateTime.AddSeconds(30);
}
