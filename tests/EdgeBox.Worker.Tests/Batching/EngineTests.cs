using EdgeBox.Worker.Batching;
using EdgeBox.Worker.Tests.Sessions;
using EdgeBox.Worker.V1;

namespace EdgeBox.Worker.Tests.Batching;

/// <summary>Requests that join and leave between steps, on the real engine.</summary>
[Collection(EngineCollection.Name)]
public sealed class EngineTests(ModelFiles models)
{
    public static TheoryData<string> Architectures => ["llama", "gpt-oss"];

    [Theory]
    [MemberData(nameof(Architectures))]
    public void Step_GreedyRequestAlone_GivesTheBareLoopsTokens(string architecture)
    {
        using var rig = new EngineRig(PathOf(architecture));
        foreach (var (seed, length) in new[] { (1, 5), (2, 64), (3, 65), (4, 200) })
        {
            var prompt = Prompt(seed, length);
            var bare = rig.Bare(prompt, 48);
            var ends = bare.FindIndex(rig.Ends);
            var request = rig.Request(prompt, 48);

            var finished = rig.Run(request);

            Assert.Equal((uint)(ends < 0 ? 48 : ends + 1), finished.CompletionTokens);
            Assert.Equal(rig.TextOf(ends < 0 ? bare : bare[..ends]), rig.TextOf(request));
        }
    }

    [Theory]
    [MemberData(nameof(Architectures))]
    public void Step_AfterACancelInAnAnswer_TheSlotAndItsCellsAreFree(string architecture)
    {
        using var rig = new EngineRig(PathOf(architecture), slots: 2);
        var (cancelled, other) = (rig.Request(Prompt(1, 30), 400), rig.Request(Prompt(2, 30), 400));
        Assert.True(rig.Engine.TryAdmit(cancelled) && rig.Engine.TryAdmit(other));
        Assert.False(rig.Engine.TryAdmit(rig.Request(Prompt(3, 3), 3)));
        for (var i = 0; i < 8; i++)
        {
            rig.Engine.Step();
        }

        cancelled.Cancel();
        rig.Engine.Step();

        Assert.Equal(FinishKind.Cancelled, rig.EndOf(cancelled)!.Kind);
        Assert.Equal(1, rig.Engine.Active);
        Assert.InRange(rig.Cache.UsedCells, 30, 45);
        Assert.True(rig.Engine.TryAdmit(rig.Request(Prompt(3, 3), 3)));
    }

    [Fact]
    public void Step_AfterACancelInPrefill_TheSlotAndItsCellsAreFree()
    {
        using var rig = new EngineRig(models.Llama, slots: 1, context: 1500);
        var request = rig.Request(Prompt(1, 1000), 10);
        Assert.True(rig.Engine.TryAdmit(request));
        rig.Engine.Step();
        Assert.Equal(64, rig.Cache.UsedCells);

        request.Cancel();
        rig.Engine.Step();

        var finished = rig.EndOf(request)!;
        Assert.Equal((FinishKind.Cancelled, 0u), (finished.Kind, finished.CompletionTokens));
        Assert.Equal((0, 0, 0L), (rig.Engine.Active, rig.Cache.UsedCells, rig.Cache.KeptTokens));
    }

    [Fact]
    public void Step_LongPromptBesideAnAnswer_TheAnswerGetsATokenInEveryStep()
    {
        using var rig = new EngineRig(models.Llama, slots: 2, context: 2000);
        var answer = rig.Request(Prompt(1, 5), 300);
        Assert.True(rig.Engine.TryAdmit(answer));
        rig.Engine.Step();
        var reading = rig.Request(Prompt(2, 1500), 1);
        Assert.True(rig.Engine.TryAdmit(reading));

        var steps = 0;
        while (rig.EndOf(reading) is null)
        {
            rig.Engine.Step();
            steps++;
        }

        Assert.True(steps > 1500 / 256, $"the prompt was read in {steps} steps");
        var finished = rig.RunToEnd(answer);
        Assert.Equal((FinishKind.Length, 300u), (finished.Kind, finished.CompletionTokens));
    }

    [Fact]
    public void Step_ShortPromptBehindALongOne_IsReadFirst()
    {
        using var rig = new EngineRig(models.Llama, slots: 2, context: 2000);
        var reading = rig.Request(Prompt(2, 1900), 1);
        Assert.True(rig.Engine.TryAdmit(reading));
        rig.Engine.Step();
        var shorter = rig.Request(Prompt(1, 12), 1);
        Assert.True(rig.Engine.TryAdmit(shorter));

        rig.Engine.Step();
        rig.Engine.Step();

        Assert.NotNull(rig.EndOf(shorter));
        Assert.Null(rig.EndOf(reading));
        rig.RunToEnd(reading);
    }

    [Fact]
    public void Step_ShortPromptsWithoutEnd_TheLongOneHasItsTurnAllTheSame()
    {
        using var rig = new EngineRig(models.Llama, slots: 2, context: 2000);
        var reading = rig.Request(Prompt(2, 1000), 1);
        Assert.True(rig.Engine.TryAdmit(reading));

        // There is always a shorter prompt, which takes all that a step offers.
        var (steps, shorter) = (0, default(GenerationRequest));
        while (rig.EndOf(reading) is null && steps < 200)
        {
            if (shorter is null || rig.EndOf(shorter) is not null)
            {
                shorter = rig.Request(Prompt(3 + steps, 256), 1);
                Assert.True(rig.Engine.TryAdmit(shorter));
            }

            rig.Engine.Step();
            steps++;
        }

        Assert.InRange(steps, 9, 60);
    }

    [Fact]
    public void Step_PausedRequest_StandsStillAndGoesOn()
    {
        using var rig = new EngineRig(models.Llama);
        var alone = rig.Request(Prompt(1, 20), 40);
        rig.Run(alone);
        var paused = rig.Request(Prompt(1, 20), 40);
        Assert.True(rig.Engine.TryAdmit(paused));
        for (var i = 0; i < 10; i++)
        {
            rig.Engine.Step();
        }

        paused.Pause(true);
        Assert.False(rig.Engine.HasWork);
        var text = rig.TextOf(paused);
        rig.Engine.Step();
        Assert.Equal(text, rig.TextOf(paused));

        paused.Pause(false);
        Assert.True(rig.Engine.HasWork);
        rig.RunToEnd(paused);
        Assert.Equal(rig.TextOf(alone), rig.TextOf(paused));
    }

    [Fact]
    public void TryAdmit_CellsAreShort_TheRequestWaitsAndNoneFails()
    {
        using var rig = new EngineRig(models.Llama, slots: 4, context: 512, cells: 600);
        var (first, second) = (rig.Request(Prompt(1, 200), 200), rig.Request(Prompt(2, 150), 100));
        Assert.True(rig.Engine.TryAdmit(first));

        Assert.False(rig.Engine.TryAdmit(second));
        rig.RunToEnd(first);
        Assert.True(rig.Engine.TryAdmit(second));
        Assert.True(rig.Engine.TryAdmit(rig.Request(Prompt(3, 50), 50)));

        Assert.Equal(100u, rig.RunToEnd(second).CompletionTokens);
    }

    [Fact]
    public void TryAdmit_Deterministic_RunsAloneAndTheSameEachTime()
    {
        using var rig = new EngineRig(models.GptOss);
        var sampling = new V1.Sampling { Temperature = 1, TopP = 1, Seed = 7, RepetitionPenalty = 1, TypicalP = 1 };
        var other = rig.Request(Prompt(1, 20), 20);
        Assert.True(rig.Engine.TryAdmit(other));
        var first = rig.Request(Prompt(2, 150), 60, deterministic: true, sampling: sampling);
        Assert.False(rig.Engine.TryAdmit(first));
        rig.RunToEnd(other);
        Assert.True(rig.Engine.TryAdmit(first));
        Assert.False(rig.Engine.TryAdmit(rig.Request(Prompt(3, 3), 3)));
        rig.RunToEnd(first);

        var second = rig.Request(Prompt(2, 150), 60, deterministic: true, sampling: sampling);
        rig.Run(second);

        Assert.Equal(rig.TextOf(first), rig.TextOf(second));
    }

    internal static int[] Prompt(int seed, int length)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, length).Select(_ => random.Next(256))];
    }

    private string PathOf(string architecture) => architecture == "llama" ? models.Llama : models.GptOss;
}
