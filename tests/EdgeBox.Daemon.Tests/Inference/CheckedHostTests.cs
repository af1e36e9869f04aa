using EdgeBox.Daemon.Checks;
using EdgeBox.Daemon.Inference;
using EdgeBox.V1;
using Wire = EdgeBox.Worker.V1;

namespace EdgeBox.Daemon.Tests.Inference;

/// <summary>Attempts through a real host, whose worker the test plays.</summary>
public sealed class CheckedHostTests : ModelHostFixture
{
    private static readonly ChatRequest s_request = new()
    {
        Messages = { new ChatMessage { Role = ChatRole.User, Parts = { new ContentPart { Text = "red?" } } } },
        Checks = { new V1.Check { Contains = new TextList { Texts = { "red" } } } },
    };

    [Fact]
    public async Task Read_SecondAttempt_IsAnotherRequestWithAnotherSeed()
    {
        var worker = await ReadyWorkerAsync();
        var told = CollectAsync(Cancellation);
        foreach (var (said, seed, turns) in new[] { ("blue", 7u, 1), ("red", 8u, 3) })
        {
            var asked = (await worker.HearAsync()).Generate;
            Assert.Equal((seed, turns), (asked.Sampling.Seed, asked.Conversation.Turns.Count));
            await worker.SayAsync(Started(asked.Request));
            await worker.SayAsync(Delta(asked.Request, said));
            await worker.SayAsync(Finished(asked.Request));
        }

        var answers = await told;
        Assert.True(answers[^1].Finished!.Verification.Verified);
        Assert.Equal("red", Assert.Single(answers, answer => answer.Delta is not null).Delta!.Text);
    }

    [Fact]
    public async Task Read_CancelledInTheSecondAttempt_FreesTheSlot()
    {
        var worker = await ReadyWorkerAsync();
        using var client = CancellationTokenSource.CreateLinkedTokenSource(Cancellation);
        var told = CollectAsync(client.Token);
        var first = (await worker.HearAsync()).Generate.Request;
        await worker.SayAsync(Started(first));
        await worker.SayAsync(Finished(first));
        var second = (await worker.HearAsync()).Generate.Request;
        await worker.SayAsync(Started(second));
        await worker.SayAsync(Delta(second, "r"));

        await client.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => told);
        Assert.Equal(second, (await worker.HearAsync()).Cancel.Request);
        await worker.SayAsync(new Wire.Event { Finished = new Wire.Finished { Request = second, Kind = Wire.FinishKind.Cancelled } });
        await CountsAsync(running: 0, waiting: 0, paused: 0);
    }

    [Fact]
    public async Task Read_SecondAttemptIsRefusedAsTooLong_EndsWithTheFirst()
    {
        var worker = await ReadyWorkerAsync();
        var told = CollectAsync(Cancellation);
        var first = (await worker.HearAsync()).Generate.Request;
        await worker.SayAsync(Started(first));
        await worker.SayAsync(Delta(first, "blue"));
        await worker.SayAsync(Finished(first));
        var second = (await worker.HearAsync()).Generate.Request;
        await worker.SayAsync(new Wire.Event { Refused = new Wire.Refused { Request = second, Kind = Wire.RefusalKind.PromptTooLong } });

        var finished = (await told)[^1].Finished!;
        Assert.Equal((false, 1u), (finished.Verification.Verified, finished.Verification.Attempts));
    }

    private async Task<List<AnswerReader.Answer>> CollectAsync(CancellationToken client)
    {
        var told = new List<AnswerReader.Answer>();
        var claim = new Claim("uid:0");
        var checks = CheckSet.Prepare(s_request.Checks, "red?");
        await foreach (var answer in new CheckedAnswers(Read, checks).ReadAsync(s_request, client))
        {
            told.Add(answer);
        }

        return told;

        IAsyncEnumerable<AnswerReader.Answer> Read(ChatRequest conversation, uint added)
        {
            var generate = CommandBuilder.Generate(conversation, claim);
            generate.Sampling.Seed = 7 + added;
            return AnswerReader.ReadAsync(Host, "models/m", generate, claim, client);
        }
    }
}
