using EdgeBox.Testing.Models;
using EdgeBox.V1;

namespace EdgeBox.Component.Tests.Formats;

/// <summary>Answers that the box judges, of models that get it right late, or never.</summary>
[Trait("Tier", "component")]
public sealed class CheckedAnswerTests(SharedModels models) : IAsyncLifetime
{
    private const string Right = "the wide river";
    private const string Wrong = "a narrow brook";

    private RunningBox _box = null!;

    public async ValueTask InitializeAsync()
    {
        _box = await RunningBox.StartAsync();
        var model = ScriptedModel.Build("undecided",
        [
            new Script(Script.EndOfConversation, Script.Split($"<|channel|>final<|message|>{Right}<|return|>")),
            new Script(Script.EndOfConversation, Script.Split($"<|channel|>final<|message|>{Wrong}<|return|>")),
        ], new ScriptedSize(Forks: true));
        await _box.LoadAsync(models.Write("undecided.gguf", model), "m", slots: 1, context: 4096);
    }

    public ValueTask DisposeAsync() => _box.DisposeAsync();

    [Fact]
    public async Task Chat_WrongTwiceAndRightTheThirdTime_IsVerifiedAndSaysSo()
    {
        var seed = await SeedAsync(Wrong, Wrong, Right);

        var told = await Told.OfAsync(_box, Checked(seed, attempts: 3));

        Assert.Equal((Right, FinishReason.Stop), (told.Answer, told.Reason));
        var verification = told.Finished.Verification;
        Assert.Equal((true, 3u), (verification.Verified, verification.Attempts));
        Assert.All(verification.Verdicts, verdict => Assert.True(verdict.Passed));
        Assert.Equal([1u, 2u], told.Attempts.Select(attempt => attempt.Attempt));
        Assert.All(told.Attempts, attempt => Assert.Contains(attempt.Verdicts, verdict => !verdict.Passed && verdict.Problem.Contains("river", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task Chat_NeverRight_IsToldAsNotVerified()
    {
        var request = Checked(seed: 1, attempts: 4);
        request.Checks.Add(new Check { Contains = new TextList { Texts = { "ocean" } } });

        var told = await Told.OfAsync(_box, request);

        Assert.Contains(told.Answer, new[] { Right, Wrong });
        Assert.Equal((false, 4u), (told.Finished.Verification.Verified, told.Finished.Verification.Attempts));
        Assert.False(told.Finished.Verification.Verdicts[1].Passed);
        Assert.Equal(3, told.Attempts.Count);
    }

    [Fact]
    public async Task Chat_RightAtOnce_IsAskedOnce()
    {
        var told = await Told.OfAsync(_box, Checked(await SeedAsync(Right), attempts: 3));

        Assert.Equal((Right, true, 1u), (told.Answer, told.Finished.Verification.Verified, told.Finished.Verification.Attempts));
        Assert.Empty(told.Attempts);
    }

    private static ChatRequest Checked(uint seed, uint attempts)
    {
        var request = Plain(seed);
        request.Attempts = attempts;
        request.Checks.Add(new Check { Contains = new TextList { Texts = { "river" } } });
        return request;
    }

    private static ChatRequest Plain(uint seed)
    {
        var request = BoxExtensions.Question("m", "Which water?");
        request.Sampling = new SamplingOptions { Temperature = 1, TopK = 0, TopP = 1, MinP = 0, Seed = seed };
        return request;
    }

    /// <summary>A seed with which the model says these, one after the other, as the attempts of a request are seeded.</summary>
    private async Task<uint> SeedAsync(params string[] answers)
    {
        var said = new List<string>();
        for (var seed = 1u; seed < 100; seed++)
        {
            said.Add((await Told.OfAsync(_box, Plain(seed))).Answer);
            if (said.TakeLast(answers.Length).SequenceEqual(answers))
            {
                return seed + 1 - (uint)answers.Length;
            }
        }

        throw new InvalidOperationException($"none of 99 seeds: {string.Join(", ", said.Distinct())}");
    }
}
