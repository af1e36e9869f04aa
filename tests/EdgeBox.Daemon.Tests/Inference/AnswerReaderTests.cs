using EdgeBox.Daemon.Inference;
using Google.Protobuf;
using Wire = EdgeBox.Worker.V1;

namespace EdgeBox.Daemon.Tests.Inference;

/// <summary>What a worker says of a request, as a client is told it.</summary>
public sealed class AnswerReaderTests : ModelHostFixture
{
    [Fact]
    public async Task Read_DeltasThatWaitTogether_AreOneWithTheProbabilitiesOfAll()
    {
        var worker = await ReadyWorkerAsync();
        await using var answers = AnswerReader.ReadAsync(Host, "models/m", new Wire.Generate { Prompt = "x", Sampling = new(), Logprobs = true }, new Claim("uid:0"), Cancellation)
            .GetAsyncEnumerator(Cancellation);
        var started = answers.MoveNextAsync();
        var id = (await worker.HearAsync()).Generate.Request;
        await worker.SayAsync(Started(id));
        Assert.True(await started);

        // The end of the second request says that all before it has arrived.
        var other = await SubmitAsync("other");
        await worker.HearAsync();
        await worker.SayAsync(Told(id, "a", 1));
        await worker.SayAsync(Told(id, "b", 2));
        await worker.SayAsync(Told(id, "", 3));
        await worker.SayAsync(Finished(id));
        await worker.SayAsync(Finished(other.Id));
        await NextAsync(other);

        Assert.True(await answers.MoveNextAsync());
        var delta = answers.Current.Delta!;
        Assert.Equal(("ab", 3u), (delta.Text, delta.Tokens));
        Assert.Equal([1u, 2u, 3u], delta.Logprobs.Select(told => told.Token.Id));
        Assert.Equal([-1f, -2f, -3f], delta.Logprobs.Select(told => told.Logprob));
        var likely = Assert.Single(delta.Logprobs[1].Top);
        Assert.Equal((102u, "top", -0.5f), (likely.Token.Id, likely.Token.Piece.ToStringUtf8(), likely.Logprob));
        Assert.Equal("piece 3", delta.Logprobs[2].Token.Piece.ToStringUtf8());
        Assert.True(await answers.MoveNextAsync());
        Assert.NotNull(answers.Current.Finished);
    }

    private static Wire.Event Told(ulong id, string text, uint token)
    {
        var said = Delta(id, text);
        said.Delta.Logprobs.Add(new Wire.TokenLogprob
        {
            Id = token, Piece = ByteString.CopyFromUtf8($"piece {token}"), Logprob = -(float)token,
            Top = { new Wire.TokenLogprob { Id = 100 + token, Piece = ByteString.CopyFromUtf8("top"), Logprob = -0.5f } },
        });
        return said;
    }
}
