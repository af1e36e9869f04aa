using EdgeBox.Daemon.Checks;
using EdgeBox.Daemon.Failures;
using EdgeBox.Daemon.Inference;
using EdgeBox.V1;
using Google.Protobuf.WellKnownTypes;

namespace EdgeBox.Daemon.Tests.Inference;

/// <summary>Attempts at an answer, by a model that the test plays.</summary>
public sealed class CheckedAnswersTests
{
    private readonly List<(ChatRequest Request, uint AddedToSeed)> _asked = [];

    [Fact]
    public async Task Read_WrongTwiceAndRightThen_IsVerifiedAndTellsEachAttempt()
    {
        var told = await ReadAsync(Asking(), Says("red"), Says("blue", Delta("hm", Channel.Reasoning)), Says("red 42"));

        Assert.Equal(["started", "attempt 1", "started", "attempt 2", "started", "red 42", "finished"], told.Select(Word));
        Assert.Equal([0u, 1u, 2u], _asked.Select(asked => asked.AddedToSeed));
        Assert.Equal([true, false], told[1].Attempt!.Verdicts.Select(verdict => verdict.Passed));
        Assert.Equal("The answer lacks numbers of the input: \"42\". Keep every number, as often as it comes.", told[1].Attempt!.Verdicts[1].Problem);
        var finished = told[^1].Finished!;
        Assert.Equal((true, 3u), (finished.Verification.Verified, finished.Verification.Attempts));
        Assert.All(finished.Verification.Verdicts, verdict => Assert.True(verdict.Passed));
        Assert.Equal((30u, 6u, 3u), (finished.Usage.PromptTokens, finished.Usage.CompletionTokens, finished.Usage.CachedPromptTokens));
        Assert.Equal((TimeSpan.FromSeconds(3), TimeSpan.FromSeconds(6)), (finished.Timings.Queue.ToTimeSpan(), finished.Timings.Decode.ToTimeSpan()));
        Assert.Equal(3u, finished.Oddities["odd"]);
    }

    [Fact]
    public async Task Read_FailedAttempt_IsToldToTheModelWithoutItsThinking()
    {
        await ReadAsync(Asking(), Says("blue", Delta("secret thought", Channel.Reasoning)), Says(""), Says("red 42"));

        var second = _asked[1].Request.Messages;
        Assert.Equal([ChatRole.User, ChatRole.Assistant, ChatRole.User], second.Select(message => message.Role));
        Assert.Equal(("blue", ""), (second[1].Parts[0].Text, second[1].Reasoning));
        Assert.Contains("- The answer must contain \"red\", exactly as written here.\n- The answer lacks numbers", second[2].Parts[0].Text, StringComparison.Ordinal);
        Assert.DoesNotContain("secret", second.ToString(), StringComparison.Ordinal);
        Assert.Equal([ChatRole.User, ChatRole.User], _asked[2].Request.Messages.Select(message => message.Role));
    }

    [Fact]
    public async Task Read_NeverRight_IsTheAttemptThatPassedMostAndNotVerified()
    {
        var told = await ReadAsync(Asking(), Says("blue"), Says("red first"), Says("red second"));

        Assert.Equal(["started", "attempt 1", "started", "attempt 2", "started", "red first", "finished"], told.Select(Word));
        var verification = told[^1].Finished!.Verification;
        Assert.Equal((false, 3u), (verification.Verified, verification.Attempts));
        Assert.Equal([true, false], verification.Verdicts.Select(verdict => verdict.Passed));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(8)]
    public async Task Read_AttemptsOfTheRequest_AreAsManyAsItSays(uint attempts)
    {
        var told = await ReadAsync(Asking(attempts), [.. Enumerable.Repeat(Says("blue"), 9)]);
        Assert.Equal((attempts, attempts), ((uint)_asked.Count, told[^1].Finished!.Verification.Attempts));
    }

    [Fact]
    public async Task Read_RightAtOnce_IsOneAttempt()
    {
        var told = await ReadAsync(Asking(), Says("red 42", Delta("hm", Channel.Reasoning), Delta("first ", Channel.Preamble)));
        Assert.Equal(["started", "hm", "first ", "red 42", "finished"], told.Select(Word));
        Assert.Equal((true, 1u), (told[^1].Finished!.Verification.Verified, told[^1].Finished!.Verification.Attempts));
    }

    [Fact]
    public async Task Read_TurnThatEndsInCalls_IsNotJudged()
    {
        var call = new AnswerReader.Answer(null, null, null, Call: new ToolCallDelta { Id = "abcdefghi", Name = "look_up" });
        var told = await ReadAsync(Asking(), Says("blue"), new[] { Started(), call, Finished(FinishReason.ToolCalls) });

        Assert.Equal(["started", "attempt 1", "started", "call", "finished"], told.Select(Word));
        Assert.Null(told[^1].Finished!.Verification);
        Assert.Equal((FinishReason.ToolCalls, 20u), (told[^1].Finished!.Reason, told[^1].Finished!.Usage.PromptTokens));
    }

    [Fact]
    public async Task Read_AnswerThatWasCutOff_IsJudgedToo()
    {
        var told = await ReadAsync(Asking(1), [new[] { Started(), Delta("red 42", Channel.Answer), Finished(FinishReason.Length) }]);
        Assert.Equal((FinishReason.Length, true), (told[^1].Finished!.Reason, told[^1].Finished!.Verification.Verified));
    }

    [Fact]
    public async Task Read_RetryThatDoesNotFitTheContext_IsWhatIsThereAndNotVerified()
    {
        var told = await ReadAsync(Asking(), Says("red"), new FailureException(ErrorReason.PromptTooLong, "too long"));
        Assert.Equal(["started", "attempt 1", "red", "finished"], told.Select(Word));
        Assert.Equal((false, 1u), (told[^1].Finished!.Verification.Verified, told[^1].Finished!.Verification.Attempts));
    }

    [Theory]
    [InlineData(1, ErrorReason.PromptTooLong)]
    [InlineData(2, ErrorReason.WorkerLost)]
    public async Task Read_OtherFailures_EndTheAnswer(int attempt, ErrorReason reason)
    {
        var failure = new FailureException(reason, "failed");
        object[] attempts = attempt == 1 ? [failure] : [Says("blue"), failure];
        Assert.Same(failure, await Assert.ThrowsAsync<FailureException>(() => ReadAsync(Asking(), attempts)));
    }

    [Fact]
    public async Task Read_EndedFromOutside_EndsWithoutAnAnswer() => Assert.Empty(await ReadAsync(Asking(), [Array.Empty<AnswerReader.Answer>()]));

    [Fact]
    public async Task Read_ManyPieces_AreToldAsFewAndNoTokenIsLost()
    {
        var pieces = Enumerable.Range(0, 5000).Select(_ => Delta("red 42 ", Channel.Answer)).ToArray();
        var told = await ReadAsync(Asking(1), [(AnswerReader.Answer[])[Started(), .. pieces, Finished(FinishReason.Stop)]]);
        var deltas = told.Where(answer => answer.Delta is not null).Select(answer => answer.Delta!).ToList();
        Assert.InRange(deltas.Count, 2, 4);
        Assert.Equal((35_000, 5000u), (deltas.Sum(delta => delta.Text.Length), (uint)deltas.Sum(delta => delta.Tokens)));
    }

    [Fact]
    public void Check_TooManyAttempts_IsRefused()
    {
        var failure = Assert.Throws<FailureException>(() => RequestLimits.Check(Asking(9)));
        Assert.Equal("attempts is 9; allowed: 0 to 8.", failure.Message);
    }

    private async Task<List<AnswerReader.Answer>> ReadAsync(ChatRequest request, params object[] attempts)
    {
        var checks = CheckSet.Prepare(request.Checks, CheckedAnswers.InputOf(request));
        var told = new List<AnswerReader.Answer>();
        await foreach (var answer in new CheckedAnswers(PlayAsync, checks).ReadAsync(request, TestContext.Current.CancellationToken))
        {
            told.Add(answer);
        }

        return told;

        async IAsyncEnumerable<AnswerReader.Answer> PlayAsync(ChatRequest asked, uint added)
        {
            _asked.Add((asked, added));
            await Task.Yield();
            var attempt = attempts[_asked.Count - 1];
            foreach (var said in attempt as AnswerReader.Answer[] ?? throw (FailureException)attempt)
            {
                yield return said;
            }
        }
    }

    private static string Word(AnswerReader.Answer answer) => answer switch
    {
        { Started: not null } => "started",
        { Delta: { } delta } => delta.Text,
        { Call: not null } => "call",
        { Attempt: { } attempt } => $"attempt {attempt.Attempt}",
        _ => "finished",
    };

    private static ChatRequest Asking(uint attempts = 0) => new()
    {
        Attempts = attempts,
        Messages = { new ChatMessage { Role = ChatRole.User, Parts = { new ContentPart { Text = "say " }, new ContentPart { Text = "42" } } } },
        Checks = { new EdgeBox.V1.Check { Contains = new TextList { Texts = { "red" } } }, new EdgeBox.V1.Check { KeepsNumbers = true } },
    };

    private static AnswerReader.Answer[] Says(string text, params AnswerReader.Answer[] before) =>
        [Started(), .. before, .. text.Length > 0 ? [Delta(text, Channel.Answer)] : Array.Empty<AnswerReader.Answer>(), Finished(FinishReason.Stop)];

    private static AnswerReader.Answer Started() => new(new GenerationStarted(), null, null);

    private static AnswerReader.Answer Delta(string text, Channel channel) => new(null, new TextDelta { Text = text, Channel = channel, Tokens = 1 }, null);

    private static AnswerReader.Answer Finished(FinishReason reason) => new(null, null, new GenerationFinished
    {
        Reason = reason,
        Usage = new Usage { PromptTokens = 10, CompletionTokens = 2, CachedPromptTokens = 1 },
        Timings = new Timings { Queue = Seconds(1), Prefill = Seconds(1), Decode = Seconds(2) },
        Oddities = { ["odd"] = 1 },
    });

    private static Duration Seconds(int seconds) => Duration.FromTimeSpan(TimeSpan.FromSeconds(seconds));
}
