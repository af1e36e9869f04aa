using EdgeBox.V1;
using Google.Protobuf.Reflection;
using Grpc.Core;

namespace EdgeBox.Component.Tests.BadInput;

/// <summary>Whatever a client sends: a clear reason comes back, and other clients get their answers.</summary>
[Trait("Tier", "component")]
public sealed class RequestTests(BadInputBox fixture) : IClassFixture<BadInputBox>
{
    private const int FiveMillion = 5_000_000;
    private const string Service = "edgebox.v1.InferenceService";

    private readonly RunningBox _box = fixture.Box;

    public static TheoryData<string, string> LongPrompts => new()
    {
        { "prose", string.Concat(Enumerable.Repeat("It rained in the mountains. ", FiveMillion / 28)) },
        { "one word", new string('a', FiveMillion) },
        { "spaces", new string(' ', FiveMillion) },
        { "digits", new string('7', FiveMillion) },
        { "punctuation", new string('!', FiveMillion) },
        { "line feeds", new string('\n', FiveMillion) },
        { "Tibetan", string.Concat(Enumerable.Repeat("བོད་ཡིག་", FiveMillion / 24)) },
    };

    [Theory]
    [MemberData(nameof(LongPrompts), DisableDiscoveryEnumeration = true)]
    public async Task Chat_PromptOfFiveMegabytes_IsToldItsTokensAndTheLimit(string what, string prompt)
    {
        var limit = (await _box.GetModelAsync(BadInputBox.Model)).ContextTokens;

        var refusal = await Refusal.OfAsync(() => _box.Inference.ChatAsync(BadInputBox.Model, prompt));

        Assert.True(refusal.Reason == ErrorReason.PromptTooLong, $"{what}: {refusal}");
        Assert.True(Number(refusal, "prompt_tokens") > FiveMillion / 24, refusal.ToString());
        Assert.InRange(Number(refusal, "limit_tokens"), 1, limit);
        Assert.Contains(refusal.Facts["prompt_tokens"], refusal.Message, StringComparison.Ordinal);
        Assert.Contains(refusal.Facts["limit_tokens"], refusal.Message, StringComparison.Ordinal);
        await fixture.AssertUnharmedAsync();
    }

    [Fact]
    public async Task Complete_PromptOfExactlyTooManyTokens_IsRefusedAndOneLessIsAnswered()
    {
        var request = new CompleteRequest { Model = BadInputBox.Model, Prompt = string.Concat(Enumerable.Repeat("a ", 3000)), Stop = new StopOptions { MaxTokens = 1 } };
        var refusal = await Refusal.OfAsync(() => CompleteAsync(request));
        var (tokens, limit) = (Number(refusal, "prompt_tokens"), Number(refusal, "limit_tokens"));
        Assert.Equal(ErrorReason.PromptTooLong, refusal.Reason);

        // Cut to what the refusal itself says that fits, it is answered: the figures are true.
        var fits = (int)(request.Prompt.Length * limit / tokens);
        request.Prompt = request.Prompt[..fits];
        while (await _box.Inference.TokenizeAsync(BadInputBox.Model, request.Prompt) > limit)
        {
            request.Prompt = request.Prompt[..^1];
        }

        var finished = await CompleteAsync(request);
        Assert.Equal(1u, finished.Usage.CompletionTokens);
        Assert.InRange(finished.Usage.PromptTokens, (uint)limit - 2, (uint)limit);
    }

    [Theory]
    [InlineData("Chat")]
    [InlineData("Complete")]
    [InlineData("Tokenize")]
    [InlineData("Embed")]
    public async Task Call_TextThatIsNotUtf8_IsAMalformedMessage(string method)
    {
        // Fields written by hand, as no client library would: C3 28 is no UTF-8, ED A0 80 is half a surrogate pair.
        byte[] text = [(byte)'h', 0xC3, 0x28, 0xED, 0xA0, 0x80];
        var model = Field(1, Encoding.UTF8.GetBytes(BadInputBox.Model));
        byte[] message = [.. model, .. method == "Chat" ? Field(2, [0x08, 0x02, .. Field(2, Field(1, text))]) : Field(2, text)];

        var refusal = await Refusal.OfAsync(() => RawCall.SendAsync(_box.Channel, Service, method, method is "Chat" or "Complete", message));

        Assert.Equal(ErrorReason.MalformedMessage, refusal.Reason);
        await fixture.AssertUnharmedAsync();
    }

    [Theory]
    [InlineData(float.NaN)]
    [InlineData(float.PositiveInfinity)]
    [InlineData(float.NegativeInfinity)]
    [InlineData(-0.1f)]
    [InlineData(2.1f)]
    public async Task Chat_TemperatureThatIsNone_IsAnInvalidArgument(float temperature)
    {
        var request = BoxExtensions.Question(BadInputBox.Model, "hello");
        request.Sampling.Temperature = temperature;

        await AssertInvalidAsync("sampling.temperature", request);
    }

    [Fact]
    public async Task Chat_EveryOtherNumberThatIsNone_IsAnInvalidArgument()
    {
        foreach (var (field, set) in new (string, Action<SamplingOptions>)[]
        {
            ("sampling.top_p", sampling => sampling.TopP = float.NaN),
            ("sampling.top_p", sampling => sampling.TopP = 0),
            ("sampling.min_p", sampling => sampling.MinP = float.NaN),
            ("sampling.top_k", sampling => sampling.TopK = uint.MaxValue),
            ("sampling.repetition_penalty", sampling => sampling.RepetitionPenalty = 0),
            ("sampling.presence_penalty", sampling => sampling.PresencePenalty = float.NaN),
            ("sampling.frequency_penalty", sampling => sampling.FrequencyPenalty = 1e30f),
            ("sampling.penalty_window", sampling => sampling.PenaltyWindow = uint.MaxValue),
        })
        {
            var request = BoxExtensions.Question(BadInputBox.Model, "hello");
            set(request.Sampling);
            await AssertInvalidAsync(field, request);
        }
    }

    [Fact]
    public async Task Chat_TenThousandStopStrings_IsAnInvalidArgument()
    {
        var request = BoxExtensions.Question(BadInputBox.Model, "hello");
        request.Stop.Sequences.AddRange(Enumerable.Range(0, 10_000).Select(i => i.ToString(CultureInfo.InvariantCulture)));

        await AssertInvalidAsync("stop.sequences", request);
    }

    [Theory]
    [InlineData("")]
    [InlineData(257)]
    public async Task Chat_StopStringOfAnImpossibleLength_IsAnInvalidArgument(object length)
    {
        var request = BoxExtensions.Question(BadInputBox.Model, "hello");
        request.Stop.Sequences.Add(length is int count ? new string('x', count) : "");

        await AssertInvalidAsync("stop.sequences[0]", request);
    }

    [Fact]
    public async Task Chat_NoMessagesOrNobodysMessage_IsAnInvalidArgument()
    {
        await AssertInvalidAsync("messages", new ChatRequest { Model = BadInputBox.Model });
        await AssertInvalidAsync("messages[0].role", new ChatRequest { Model = BadInputBox.Model, Messages = { new ChatMessage() } });
        await AssertInvalidAsync("messages[0].parts", new ChatRequest { Model = BadInputBox.Model, Messages = { new ChatMessage { Role = ChatRole.User } } });
        await AssertInvalidAsync("messages[0].role", new ChatRequest { Model = BadInputBox.Model, Messages = { new ChatMessage { Role = (ChatRole)99 } } });
    }

    [Theory]
    [InlineData("nope", ErrorReason.ModelNotFound)]
    [InlineData("models/nope", ErrorReason.ModelNotFound)]
    [InlineData("../../etc/passwd", ErrorReason.InvalidArgument)]
    [InlineData("models/", ErrorReason.InvalidArgument)]
    public async Task Chat_AModelThatIsNot_IsRefused(string model, ErrorReason reason)
    {
        var refusal = await Refusal.OfAsync(() => _box.Inference.ChatAsync(model, "hello"));

        Assert.Equal(reason, refusal.Reason);
        Assert.True(refusal.Reason != ErrorReason.ModelNotFound || refusal.Facts["model"] == "models/nope", refusal.ToString());
    }

    [Fact]
    public async Task Call_MessageOverSixteenMebibytes_IsToldTheLimit()
    {
        var refusal = await Refusal.OfAsync(() => _box.Inference.ChatAsync(BadInputBox.Model, new string('x', (16 << 20) + 1)));

        Assert.Equal((ErrorReason.MessageTooLarge, (16 << 20).ToString(CultureInfo.InvariantCulture)), (refusal.Reason, refusal.Facts["limit_bytes"]));
        await fixture.AssertUnharmedAsync();
    }

    [Theory]
    [InlineData("edgebox.v1.InferenceService", "Think")]
    [InlineData("edgebox.v9.NoService", "Chat")]
    [InlineData("x", "y")]
    public async Task Call_AnRpcThatIsNot_IsNotSupported(string service, string method)
    {
        var refusal = await Refusal.OfAsync(() => RawCall.SendAsync(_box.Channel, service, method, streams: false, []));

        Assert.Equal((ErrorReason.NotSupported, $"/{service}/{method}"), (refusal.Reason, refusal.Facts["method"]));
    }

    [Fact]
    public async Task Call_EmptyMessageToEveryRpc_IsAnsweredOrRefusedWithAReason()
    {
        // A watch without a name goes on for as long as its client does.
        foreach (var method in RawCall.Contract.Where(method => method.Name != "WatchModels"))
        {
            await AssertNoDefectAsync(method, []);
        }

        await fixture.AssertUnharmedAsync();
    }

    [Fact]
    public async Task Call_BytesThatAreNoMessage_AreMalformedForEveryRpc()
    {
        foreach (var method in RawCall.Contract)
        {
            // A field of 127 bytes of which one is there.
            var refusal = await Refusal.OfAsync(() => RawCall.SendAsync(_box.Channel, method, [0x0A, 0x7F, 0x00]));
            Assert.True(refusal.Reason == ErrorReason.MalformedMessage, $"{method.FullName}: {refusal}");
        }

        await fixture.AssertUnharmedAsync();
    }

    [Fact]
    public async Task Call_MessageNestedTenThousandDeep_IsMalformed()
    {
        // Field 15 is unknown to every message: a group in a group in a group.
        byte[] message = [.. Enumerable.Repeat((byte)0x7B, 10_000), .. Enumerable.Repeat((byte)0x7C, 10_000)];
        var refusal = await Refusal.OfAsync(() => RawCall.SendAsync(_box.Channel, Service, "Tokenize", streams: false, message));

        Assert.Equal(ErrorReason.MalformedMessage, refusal.Reason);
        await fixture.AssertUnharmedAsync();
    }

    [Fact]
    public async Task Embed_TooManyOrEmptyTexts_IsAnInvalidArgument()
    {
        foreach (var (field, inputs) in new (string, string[])[] { ("inputs", []), ("inputs", [.. Enumerable.Repeat("x", 257)]), ("inputs[1]", ["x", ""]) })
        {
            var refusal = await Refusal.OfAsync(async () => await _box.Inference.EmbedAsync(new EmbedRequest { Model = BadInputBox.Model, Inputs = { inputs } }));
            Assert.Equal((ErrorReason.InvalidArgument, field), (refusal.Reason, refusal.Facts["field"]));
        }
    }

    [Theory]
    [InlineData("not-a-token")]
    [InlineData("'; DROP TABLE audit; --")]
    public async Task List_APageTokenThatIsNone_IsRefused(string token)
    {
        var audit = await Refusal.OfAsync(async () => await _box.Audit.ListRecordsAsync(new ListRecordsRequest { PageToken = token }));
        var operations = await Refusal.OfAsync(async () => await _box.Operations.ListOperationsAsync(new ListOperationsRequest { PageToken = token }));

        Assert.Equal((ErrorReason.InvalidArgument, "page_token"), (audit.Reason, audit.Facts["field"]));
        Assert.Equal((ErrorReason.InvalidArgument, "page_token"), (operations.Reason, operations.Facts["field"]));
        await fixture.AssertUnharmedAsync();
    }

    private static byte[] Field(int number, byte[] content) => [(byte)((number << 3) | 2), checked((byte)content.Length), .. content];

    private static long Number(Refusal refusal, string fact) => long.Parse(refusal.Facts[fact], CultureInfo.InvariantCulture);

    private async Task<GenerationFinished> CompleteAsync(CompleteRequest request)
    {
        using var call = _box.Inference.Complete(request, deadline: BoxExtensions.Deadline);
        return (await call.ResponseStream.ReadAllAsync().LastAsync()).Finished;
    }

    private async Task AssertInvalidAsync(string field, ChatRequest request)
    {
        var refusal = await Refusal.OfAsync(async () =>
        {
            using var call = _box.Inference.Chat(request, deadline: BoxExtensions.Deadline);
            await call.ResponseStream.MoveNext(CancellationToken.None);
        });

        Assert.Equal((ErrorReason.InvalidArgument, field), (refusal.Reason, refusal.Facts["field"]));
        Assert.NotEmpty(refusal.Facts["limit"]);
        Assert.StartsWith(field, refusal.Message, StringComparison.Ordinal);
        await fixture.AssertUnharmedAsync();
    }

    private async Task AssertNoDefectAsync(MethodDescriptor method, byte[] message)
    {
        try
        {
            var answers = await RawCall.SendAsync(_box.Channel, method, message);
            Assert.All(answers, answer => Assert.NotNull(method.OutputType.Parser.ParseFrom(answer)));
        }
        catch (RpcException refused)
        {
            var refusal = Refusal.Of(refused);
            Assert.True(refusal.Reason is not (ErrorReason.Internal or ErrorReason.Unspecified), $"{method.FullName}: {refusal}");
            Assert.NotEmpty(refusal.Message);
        }
    }
}
