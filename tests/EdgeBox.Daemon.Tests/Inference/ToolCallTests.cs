using EdgeBox.Daemon.Inference;
using EdgeBox.V1;
using Wire = EdgeBox.Worker.V1;

namespace EdgeBox.Daemon.Tests.Inference;

/// <summary>Calls as a worker says them and a client is told them, and what no honest worker says of them.</summary>
public sealed class ToolCallTests : ModelHostFixture
{
    public static TheoryData<string, Wire.Event[]> Dishonest => new()
    {
        { "a call that does not begin with a name", [Called("", 0)] },
        { "a tool that was not offered", [Called("steal", 0)] },
        { "the second call first", [Called("look_up", 1)] },
        { "a name in the middle", [Called("look_up", 0), Called("look_up", 0)] },
        { "a call that was left", [Called("look_up", 0), Called("say", 1), Called("", 0)] },
        { "a call beyond the last", [Called("look_up", 0), Called("look_up", uint.MaxValue)] },
        { "an endless piece", [Called("look_up", 0, new string('x', 20_000))] },
        { "the end of calls that there were not", [Ended(Wire.FinishKind.Calls)] },
        { "more calls than may be", [.. Enumerable.Range(0, 65).Select(i => Called("look_up", (uint)i))] },
    };

    [Theory]
    [MemberData(nameof(Dishonest))]
    public async Task Hear_CallThatCannotBe_EndsTheWorker(string what, Wire.Event[] events)
    {
        var worker = await ReadyWorkerAsync();
        var job = await AskAsync();
        await worker.HearAsync();
        foreach (var said in events)
        {
            await worker.SayAsync(Of(said, job.Id));
        }

        await worker.Exited.WaitAsync(TimeSpan.FromSeconds(30), Cancellation);
        Assert.True(worker.Killed, what);
    }

    [Fact]
    public async Task Read_Calls_HaveIdsOfTheBoxAndTheirPiecesAreJoined()
    {
        var worker = await ReadyWorkerAsync();
        await using var answers = AnswerReader.ReadAsync(Host, "models/m", Asked(), new Claim("uid:0"), Cancellation).GetAsyncEnumerator(Cancellation);
        var first = answers.MoveNextAsync();
        var id = (await worker.HearAsync()).Generate.Request;
        await worker.SayAsync(Started(id));
        Assert.True(await first);

        var other = await SubmitAsync("other");
        await worker.HearAsync();
        var preamble = Delta(id, "I look it up.");
        preamble.Delta.Preamble = true;
        await worker.SayAsync(preamble);
        await worker.SayAsync(Delta(id, "Then: "));
        await worker.SayAsync(Of(Called("look_up", 0, "{\"x\""), id));
        await worker.SayAsync(Of(Called("", 0, ":1}"), id));
        await worker.SayAsync(Of(Called("say", 1, "{}"), id));
        await worker.SayAsync(Of(Ended(Wire.FinishKind.Calls, ("unknown_channel", 2), ("", 1), ("bad\nname", 1)), id));
        await worker.SayAsync(Finished(other.Id));
        await NextAsync(other);

        var told = new List<AnswerReader.Answer>();
        while (await answers.MoveNextAsync())
        {
            told.Add(answers.Current);
        }

        Assert.Equal((V1.Channel.Preamble, V1.Channel.Answer), (told[0].Delta!.Channel, told[1].Delta!.Channel));
        Assert.Equal((0u, "look_up", "{\"x\":1}", 2u), (told[2].Call!.Index, told[2].Call!.Name, told[2].Call!.Arguments, told[2].Call!.Tokens));
        Assert.Equal((1u, "say", "{}"), (told[3].Call!.Index, told[3].Call!.Name, told[3].Call!.Arguments));
        Assert.All([told[2].Call!.Id, told[3].Call!.Id], id => Assert.Matches("^[a-zA-Z0-9]{9}$", id));
        Assert.NotEqual(told[2].Call!.Id, told[3].Call!.Id);
        var finished = told[4].Finished!;
        Assert.Equal(FinishReason.ToolCalls, finished.Reason);
        Assert.Equal(KeyValuePair.Create("unknown_channel", 2u), Assert.Single(finished.Oddities));
    }

    private static Wire.Generate Asked() => new()
    {
        Conversation = new Wire.Conversation
        {
            Turns = { new Wire.Turn { Role = "user", Text = "x" } },
            Tools = { new Wire.ToolSpec { Name = "look_up" }, new Wire.ToolSpec { Name = "say" } },
        },
        Sampling = new Wire.Sampling(),
    };

    private static Wire.Event Called(string name, uint index, string arguments = "") =>
        new() { CallDelta = new Wire.CallDelta { Name = name, Index = index, Arguments = arguments, Tokens = 1 } };

    private static Wire.Event Ended(Wire.FinishKind kind, params (string Name, uint Count)[] oddities) =>
        new() { Finished = new Wire.Finished { Kind = kind, Oddities = { oddities.ToDictionary(oddity => oddity.Name, oddity => oddity.Count) } } };

    private static Wire.Event Of(Wire.Event said, ulong id)
    {
        var copy = said.Clone();
        if (copy.CallDelta is { } call)
        {
            call.Request = id;
        }
        else
        {
            copy.Finished.Request = id;
        }

        return copy;
    }

    private Task<Job> AskAsync() => Host.SubmitAsync(
        id =>
        {
            var generate = Asked();
            generate.Request = id;
            return new Wire.Command { Generate = generate };
        },
        new Claim("uid:0"), Cancellation);
}
