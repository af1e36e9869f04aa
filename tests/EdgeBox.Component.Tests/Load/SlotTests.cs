using EdgeBox.V1;
using Grpc.Core;
using Grpc.Net.Client;

namespace EdgeBox.Component.Tests.Load;

/// <summary>Slots are taken, waited for and given back.</summary>
[Trait("Tier", "component")]
public sealed class SlotTests(SharedModels models)
{
    [Fact]
    public async Task Cancel_WhileDecoding_FreesTheSlot()
    {
        await using var box = await RunningBox.StartAsync();
        await box.LoadAsync(models.Large, "large", slots: 1, context: 2048);
        using var call = box.Inference.Complete(Answers.To("large", "Go on"));
        await call.ReadToFirstTextAsync();
        Assert.Equal(1u, (await box.GetModelAsync("large")).ActiveRequests);

        call.Dispose();

        var (_, took) = await box.WhenActiveAsync("large", 0, TimeSpan.FromSeconds(5));
        TestContext.Current.SendDiagnosticMessage($"A cancelled decode freed its slot after {took.TotalMilliseconds:F0} ms");
    }

    [Fact]
    public async Task Cancel_WhileReadingThePrompt_FreesTheSlot()
    {
        await using var box = await RunningBox.StartAsync();
        await box.LoadAsync(models.Large, "large", slots: 1, context: 2048);
        using var call = box.Inference.Complete(Answers.To("large", Answers.LongPrompt("never mind", 1800)));
        await box.WhenActiveAsync("large", 1);

        call.Dispose();

        var (_, took) = await box.WhenActiveAsync("large", 0, TimeSpan.FromSeconds(10));
        Assert.Equal(1u, (await box.Inference.AnswerAsync("large", "next", maxTokens: 1)).Usage.CompletionTokens);
        TestContext.Current.SendDiagnosticMessage($"A cancelled prefill freed its slot after {took.TotalMilliseconds:F0} ms");
    }

    [Fact]
    public async Task Deadline_OfATenthOfASecond_EndsTheCallAndFreesTheSlot()
    {
        await using var box = await RunningBox.StartAsync();
        await box.LoadAsync(models.Large, "large", slots: 1, context: 2048);

        using var call = box.Inference.Complete(
            Answers.To("large", Answers.LongPrompt("hurry", 1800)), deadline: TimeProvider.System.GetUtcNow().UtcDateTime.AddMilliseconds(100));
        var ended = await Assert.ThrowsAsync<RpcException>(call.ReadAsync);

        Assert.Equal(StatusCode.DeadlineExceeded, ended.StatusCode);
        await box.WhenActiveAsync("large", 0, TimeSpan.FromSeconds(10));
    }

    [Fact]
    public async Task Deadline_OfARequestInTheLine_EndsTheCallAndFreesItsPlace()
    {
        await using var box = await RunningBox.StartAsync();
        await box.LoadAsync(models.Large, "large", slots: 1, context: 2048);
        using var running = box.Inference.Complete(Answers.To("large", "Go on"));
        await running.ReadToFirstTextAsync();

        using var call = box.Inference.Complete(Answers.To("large", "I wait", 1), deadline: TimeProvider.System.GetUtcNow().UtcDateTime.AddMilliseconds(500));
        Assert.True(await call.ResponseStream.MoveNext(CancellationToken.None));
        Assert.Equal(("models/large", 1u), (call.ResponseStream.Current.Waiting.Model, call.ResponseStream.Current.Waiting.Position));
        var ended = await Assert.ThrowsAsync<RpcException>(call.ReadAsync);

        Assert.Equal(StatusCode.DeadlineExceeded, ended.StatusCode);
        await Eventually.TrueAsync("nobody waits", async () => await box.GetModelAsync("large") is { QueuedRequests: 0, ActiveRequests: 1 });
    }

    [Fact]
    public async Task Complete_MoreThanThereAreSlots_WaitTheirTurnAndAllAreAnswered()
    {
        const int Slots = 2, Requests = 12;
        await using var box = await RunningBox.StartAsync();
        await box.LoadAsync(models.Endless, "m", slots: Slots);
        var mostActive = 0u;
        var asking = Task.WhenAll(Enumerable.Range(0, Requests).Select(i => box.Inference.AnswerAsync("m", $"Request {i}", maxTokens: 40)));

        await Eventually.TrueAsync("all are answered", async () =>
        {
            mostActive = Math.Max(mostActive, (await box.GetModelAsync("m")).ActiveRequests);
            return asking.IsCompleted;
        });

        var answers = await asking;
        Assert.All(answers, answer => Assert.Equal(40u, answer.Usage.CompletionTokens));
        Assert.InRange(mostActive, 1u, (uint)Slots);
        Assert.True(answers.Count(answer => answer.Timings.Queue.ToTimeSpan() > TimeSpan.FromMilliseconds(1)) >= Requests / 2);
    }

    [Fact]
    public async Task Complete_QueueIsFull_IsRefusedWithTheTimeToComeBack()
    {
        await using var box = await RunningBox.StartAsync(["--max-waiting", "2"]);
        await box.LoadAsync(models.Large, "large", slots: 1, context: 2048);
        using var running = box.Inference.Complete(Answers.To("large", "Go on"));
        await running.ReadToFirstTextAsync();
        using var first = box.Inference.Complete(Answers.To("large", "I wait", 1));
        using var second = box.Inference.Complete(Answers.To("large", "I wait too", 1));
        await Eventually.TrueAsync("two wait", async () => (await box.GetModelAsync("large")).QueuedRequests == 2);

        using var third = box.Inference.Complete(Answers.To("large", "One too many", 1));
        var refused = await Assert.ThrowsAsync<RpcException>(third.ReadAsync);

        Assert.Equal((StatusCode.ResourceExhausted, ErrorReason.QueueFull), (refused.StatusCode, RunningBox.Reason(refused)));
        Assert.InRange(refused.GetRpcStatus()!.GetDetail<Google.Rpc.RetryInfo>().RetryDelay.ToTimeSpan(), TimeSpan.FromSeconds(1), TimeSpan.FromMinutes(1));
        running.Dispose();
        Assert.NotNull((await first.ReadAsync())[^1].Finished);
        Assert.NotNull((await second.ReadAsync())[^1].Finished);
    }

    [Fact]
    public async Task Complete_AThousandInARow_NothingIsLeftBehind()
    {
        const int Clients = 8, Each = 125;
        await using var box = await RunningBox.StartAsync();
        var model = await box.LoadAsync(models.Endless, "m", slots: 4);
        await AskAsync(box, Clients, 25);
        var before = await CountsAsync(box, model.Worker.Pid);

        var began = Stopwatch.GetTimestamp();
        await AskAsync(box, Clients, Each);
        var took = Stopwatch.GetElapsedTime(began);

        (int, int, int, int) after = default;
        await Eventually.TrueAsync("nothing is left", async () =>
        {
            after = await CountsAsync(box, model.Worker.Pid);
            return after.Item1 <= before.Descriptors && after.Item3 <= before.WorkerDescriptors;
        });
        Assert.InRange(after.Item2, 1, before.Threads + 4); // The runtime's pool breathes.
        Assert.InRange(after.Item4, 1, before.WorkerThreads + 4);
        Assert.Equal(0u, (await box.GetModelAsync("m")).Worker.Restarts);
        TestContext.Current.SendDiagnosticMessage($"{Clients * Each} requests in {took.TotalSeconds:F1} s; descriptors and threads before {before}, after {after}");
    }

    private static Task AskAsync(RunningBox box, int clients, int each) => Task.WhenAll(Enumerable.Range(0, clients).Select(async client =>
    {
        using var channel = NewChannel(box);
        var inference = new InferenceService.InferenceServiceClient(channel);
        for (var i = 0; i < each; i++)
        {
            Assert.Equal(1u, (await inference.AnswerAsync("m", $"{client}/{i}", maxTokens: 1)).Usage.CompletionTokens);
        }
    }));

    private static GrpcChannel NewChannel(RunningBox box) => GrpcChannel.ForAddress("http://localhost", new GrpcChannelOptions
    {
        DisposeHttpClient = true,
        HttpHandler = new SocketsHttpHandler
        {
            ConnectCallback = async (_, cancellation) =>
            {
                var socket = new System.Net.Sockets.Socket(
                    System.Net.Sockets.AddressFamily.Unix, System.Net.Sockets.SocketType.Stream, System.Net.Sockets.ProtocolType.Unspecified);
                await socket.ConnectAsync(new System.Net.Sockets.UnixDomainSocketEndPoint(box.SocketPath), cancellation);
                return new System.Net.Sockets.NetworkStream(socket, ownsSocket: true);
            },
        },
    });

    private static async Task<(int Descriptors, int Threads, int WorkerDescriptors, int WorkerThreads)> CountsAsync(RunningBox box, int worker)
    {
        await box.GetModelAsync("m");
        return (ProcFile.Descriptors(box.Pid).Count, ProcFile.Threads(box.Pid), ProcFile.Descriptors(worker).Count, ProcFile.Threads(worker));
    }
}
