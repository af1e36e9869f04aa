using EdgeBox.Daemon.Failures;
using EdgeBox.Daemon.Inference;
using EdgeBox.V1;
using Wire = EdgeBox.Worker.V1;

namespace EdgeBox.Daemon.Tests.Inference;

/// <summary>Requests that are refused before a worker sees them, each with the field and the limit.</summary>
public sealed class RequestLimitsTests
{
    public static TheoryData<string, SamplingOptions> BadSampling => new()
    {
        { "sampling.temperature", new SamplingOptions { Temperature = float.NaN } },
        { "sampling.temperature", new SamplingOptions { Temperature = float.PositiveInfinity } },
        { "sampling.temperature", new SamplingOptions { Temperature = -0.1f } },
        { "sampling.temperature", new SamplingOptions { Temperature = 2.1f } },
        { "sampling.top_p", new SamplingOptions { TopP = 0 } },
        { "sampling.top_p", new SamplingOptions { TopP = 1.1f } },
        { "sampling.top_p", new SamplingOptions { TopP = float.NaN } },
        { "sampling.min_p", new SamplingOptions { MinP = -1 } },
        { "sampling.min_p", new SamplingOptions { MinP = 2 } },
        { "sampling.repetition_penalty", new SamplingOptions { RepetitionPenalty = 0 } },
        { "sampling.presence_penalty", new SamplingOptions { PresencePenalty = 3 } },
        { "sampling.frequency_penalty", new SamplingOptions { FrequencyPenalty = float.NegativeInfinity } },
        { "sampling.top_k", new SamplingOptions { TopK = 2_000_000 } },
        { "sampling.penalty_window", new SamplingOptions { PenaltyWindow = 5000 } },
        { "sampling.typical_p", new SamplingOptions { TypicalP = 0 } },
        { "sampling.typical_p", new SamplingOptions { TypicalP = 1.5f } },
        { "sampling.dry_multiplier", new SamplingOptions { DryMultiplier = 11 } },
        { "sampling.dry_multiplier", new SamplingOptions { DryMultiplier = -1 } },
        { "sampling.dry_base", new SamplingOptions { DryBase = 0.9f } },
        { "sampling.dry_base", new SamplingOptions { DryBase = 4.1f } },
        { "sampling.dry_allowed_length", new SamplingOptions { DryAllowedLength = 0 } },
        { "sampling.dry_allowed_length", new SamplingOptions { DryAllowedLength = 257 } },
        { "sampling.dry_window", new SamplingOptions { DryWindow = 65_537 } },
        { "sampling.dry_breakers", new SamplingOptions { DryBreakers = { Enumerable.Repeat("x", 17) } } },
        { "sampling.dry_breakers[1]", new SamplingOptions { DryBreakers = { "x", "" } } },
        { "sampling.dry_breakers[0]", new SamplingOptions { DryBreakers = { new string('x', 17) } } },
        { "sampling.logit_bias", new SamplingOptions { LogitBias = { Enumerable.Range(0, 1025).ToDictionary(i => (uint)i, _ => 1f) } } },
        { "sampling.logit_bias[7]", new SamplingOptions { LogitBias = { [7] = 100.5f } } },
        { "sampling.logit_bias[8]", new SamplingOptions { LogitBias = { [8] = float.NaN } } },
    };

    [Theory]
    [MemberData(nameof(BadSampling))]
    public void Check_SamplingOutsideItsRange_NamesFieldAndLimit(string field, SamplingOptions sampling)
    {
        var failure = Assert.Throws<FailureException>(() => RequestLimits.Check(sampling));
        Assert.Equal(ErrorReason.InvalidArgument, failure.Reason);
        Assert.Contains(failure.Facts, fact => fact == ("field", field));
        Assert.StartsWith(field, failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Check_SamplingAtTheBorders_Passes()
    {
        RequestLimits.Check(new SamplingOptions
        {
            Temperature = 2, TopP = 1, MinP = 1, RepetitionPenalty = 10, PresencePenalty = -2, FrequencyPenalty = 2,
            TopK = 1_000_000, PenaltyWindow = 4096, TypicalP = 1, DryMultiplier = 10, DryBase = 4, DryAllowedLength = 256, DryWindow = 65_536,
            DryBreakers = { Enumerable.Repeat(new string('x', 16), 16) },
            LogitBias = { Enumerable.Range(0, 1024).ToDictionary(i => (uint)i, i => i % 2 == 0 ? -100f : 100f) },
        });
        RequestLimits.Check(new LogprobOptions { Top = 20 });
        var defaults = CommandBuilder.Generate(new CompleteRequest { Prompt = "x" }, new Claim("uid:0")).Sampling;
        Assert.Equal((0.7f, 40u, 0.95f, 0.05f, 1f, 64u),
            (defaults.Temperature, defaults.TopK, defaults.TopP, defaults.MinP, defaults.RepetitionPenalty, defaults.PenaltyWindow));
    }

    [Fact]
    public void Generate_NothingSaidOfPhrases_HasTheDefaultsOfTheContract()
    {
        var generate = CommandBuilder.Generate(new CompleteRequest { Prompt = "x" }, new Claim("uid:0"));
        var sampling = generate.Sampling;
        Assert.Equal((1f, 0f, 1.75f, 2u, 4096u),
            (sampling.TypicalP, sampling.DryMultiplier, sampling.DryBase, sampling.DryAllowedLength, sampling.DryWindow));
        Assert.Equal(["\n", ":", "\"", "*"], sampling.DryBreakers);
        Assert.Empty(sampling.LogitBias);
        Assert.False(generate.Logprobs);
    }

    [Fact]
    public void Generate_EverySamplingOption_ReachesTheWorker()
    {
        var given = new SamplingOptions
        {
            TypicalP = 0.5f, DryMultiplier = 1, DryBase = 2, DryAllowedLength = 3, DryWindow = 0, DryBreakers = { "." }, LogitBias = { [4] = -100, [5] = 3 },
        };
        Wire.Generate[] both =
        [
            CommandBuilder.Generate(new CompleteRequest { Prompt = "x", Sampling = given, Logprobs = new LogprobOptions { Top = 7 } }, new Claim("uid:0")),
            CommandBuilder.Generate(new ChatRequest { Sampling = given, Logprobs = new LogprobOptions { Top = 7 } }, new Claim("uid:0")),
        ];
        Assert.All(both, generate =>
        {
            var sampling = generate.Sampling;
            Assert.Equal((0.5f, 1f, 2f, 3u, 0u), (sampling.TypicalP, sampling.DryMultiplier, sampling.DryBase, sampling.DryAllowedLength, sampling.DryWindow));
            Assert.Equal(["."], sampling.DryBreakers);
            Assert.Equal(given.LogitBias, sampling.LogitBias);
            Assert.Equal((true, 7u), (generate.Logprobs, generate.TopLogprobs));
        });
    }

    [Fact]
    public void Check_MoreProbabilitiesThanAreTold_IsRefusedForBothCalls()
    {
        var logprobs = new LogprobOptions { Top = 21 };
        var chat = new ChatRequest { Messages = { new ChatMessage { Role = ChatRole.User, Parts = { new ContentPart { Text = "x" } } } }, Logprobs = logprobs };
        Assert.Equal("logprobs.top is 21; allowed: 0 to 20.", Assert.Throws<FailureException>(() => RequestLimits.Check(chat)).Message);
        Assert.Equal("logprobs.top is 21; allowed: 0 to 20.",
            Assert.Throws<FailureException>(() => RequestLimits.Check(new CompleteRequest { Logprobs = logprobs })).Message);
    }

    [Fact]
    public void From_TokenUnknown_IsTheClientsFault()
    {
        var failure = Refusals.From(new Wire.Refused { Kind = Wire.RefusalKind.TokenUnknown, Detail = "logit_bias names token 9; the vocabulary has 8" }, "models/m");
        Assert.Equal(ErrorReason.InvalidArgument, failure.Reason);
        Assert.Contains(("field", "sampling.logit_bias"), failure.Facts);
        Assert.Contains("token 9", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Check_TenThousandStopStrings_SaysHowManyAreAllowed()
    {
        var stop = new StopOptions();
        stop.Sequences.AddRange(Enumerable.Range(0, 10_000).Select(i => $"stop {i}"));
        var failure = Assert.Throws<FailureException>(() => RequestLimits.Check(stop));
        Assert.Equal("stop.sequences is 10000; allowed: 0 to 16.", failure.Message);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(257)]
    public void Check_StopStringOfBadLength_IsRefused(int length)
    {
        var stop = new StopOptions { Sequences = { "ok", new string('x', length) } };
        var failure = Assert.Throws<FailureException>(() => RequestLimits.Check(stop));
        Assert.Equal($"stop.sequences[1] has {length} characters; allowed: 1 to 256.", failure.Message);
    }

    [Fact]
    public void Check_ConversationWithoutMessages_IsRefused() =>
        Assert.Equal("messages is 0; allowed: 1 to 4096.", Assert.Throws<FailureException>(() => RequestLimits.Check(new ChatRequest())).Message);

    [Fact]
    public void Check_MessageWithoutRole_IsRefused()
    {
        var request = new ChatRequest { Messages = { new ChatMessage { Parts = { new ContentPart { Text = "x" } } } } };
        Assert.Contains("messages[0].role", Assert.Throws<FailureException>(() => RequestLimits.Check(request)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Check_PartOfUnknownKind_IsRefused()
    {
        var request = new ChatRequest { Messages = { new ChatMessage { Role = ChatRole.User, Parts = { new ContentPart() } } } };
        Assert.Contains("messages[0].parts[0]", Assert.Throws<FailureException>(() => RequestLimits.Check(request)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Check_EmptyInput_IsRefused() =>
        Assert.Contains("inputs[1]", Assert.Throws<FailureException>(() => RequestLimits.Check(new EmbedRequest { Inputs = { "a", "" } })).Message, StringComparison.Ordinal);

    [Theory]
    [InlineData(0)]
    [InlineData(65_537)]
    public void Check_GrammarOfBadLength_IsRefused(int length)
    {
        var constraint = new OutputConstraint { Grammar = new string('x', length) };
        var failure = Assert.Throws<FailureException>(() => RequestLimits.Check(null, Drafting.Off, constraint));
        Assert.Equal($"constraint.grammar has {length} characters; allowed: 1 to 65536.", failure.Message);
        Assert.Contains(("field", "constraint.grammar"), failure.Facts);
    }

    [Fact]
    public void Check_KindsThatAreNotKnown_AreRefusedByName()
    {
        Assert.Equal(["schedule.priority", "drafting", "constraint"], new Action[]
        {
            () => RequestLimits.Check(new ScheduleOptions { Priority = (Priority)7 }, Drafting.Unspecified, null),
            () => RequestLimits.Check(null, (Drafting)7, null),
            () => RequestLimits.Check(null, Drafting.Unspecified, new OutputConstraint()),
        }.Select(check => Assert.Throws<FailureException>(check).Facts[0].Value));
        RequestLimits.Check(new ScheduleOptions { Priority = Priority.Batch }, Drafting.Automatic, new OutputConstraint { Grammar = new string('x', 65_536) });
    }

    [Fact]
    public void Generate_ClaimDraftingAndConstraint_ReachTheWorker()
    {
        var constraint = new OutputConstraint { Grammar = "root ::= [a-z]+" };
        var message = new ChatMessage { Role = ChatRole.User, Parts = { new ContentPart { Text = "x" } } };
        var plain = CommandBuilder.Generate(new ChatRequest { Messages = { message } }, new Claim("cert:alice"));
        Assert.Equal(("cert:alice", true, false, ""), (plain.CacheDomain, plain.Draft, plain.Deterministic, plain.Grammar));
        var all = CommandBuilder.Generate(
            new CompleteRequest { Prompt = "x", Drafting = Drafting.Off, Constraint = constraint }, new Claim("uid:0", Batch: true, Deterministic: true));
        Assert.Equal(("uid:0", false, true, "root ::= [a-z]+"), (all.CacheDomain, all.Draft, all.Deterministic, all.Grammar));
    }

    [Fact]
    public void From_GrammarThatTheWorkerRefuses_NamesTheFieldAndTheDetail()
    {
        var refused = new EdgeBox.Worker.V1.Refused { Kind = EdgeBox.Worker.V1.RefusalKind.GrammarInvalid, Detail = "line 2: no rule \"item\"" };
        var failure = Refusals.From(refused, "models/m");
        Assert.Equal((ErrorReason.InvalidArgument, ("field", "constraint.grammar")), (failure.Reason, failure.Facts[0]));
        Assert.EndsWith("line 2: no rule \"item\"", failure.Message, StringComparison.Ordinal);
    }
}
