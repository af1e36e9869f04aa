using EdgeBox.Worker.Tests.Sessions;
using EdgeBox.Worker.V1;

namespace EdgeBox.Worker.Tests.Batching;

/// <summary>Guesses make an answer come sooner and change nothing of it.</summary>
[Collection(EngineCollection.Name)]
public sealed class DraftingTests(ModelFiles models)
{
    [Theory]
    [InlineData(0, 0)]
    [InlineData(1, 0)]
    [InlineData(1, 1.3f)]
    public void Step_AnswerRepeatsItself_IsTheSameInFewerSteps(float temperature, float presence)
    {
        using var rig = new EngineRig(models.Counting, context: 1024);
        var sampling = new V1.Sampling
        {
            Temperature = temperature, TopP = 1, Seed = 3, RepetitionPenalty = 1, PresencePenalty = presence, PenaltyWindow = 64, TypicalP = 1,
        };
        (Finished Finished, string Text, long Steps) Run(bool draft)
        {
            var request = rig.Request(EngineTests.Prompt(1, 20), 300, draft: draft, sampling: sampling);
            Assert.True(rig.Engine.TryAdmit(request));
            long steps = 0;
            while (rig.EndOf(request) is null)
            {
                rig.Engine.Step();
                steps++;
            }

            return (rig.EndOf(request)!, rig.TextOf(request), steps);
        }

        var (plain, drafted) = (Run(draft: false), Run(draft: true));

        Assert.Equal(plain.Text, drafted.Text);
        Assert.Equal((plain.Finished.Kind, plain.Finished.CompletionTokens), (drafted.Finished.Kind, drafted.Finished.CompletionTokens));
        Assert.Equal(0u, plain.Finished.DraftedTokens);
        Assert.InRange(drafted.Finished.AcceptedTokens, 100u, drafted.Finished.DraftedTokens);
        Assert.Equal(plain.Steps - drafted.Finished.AcceptedTokens, drafted.Steps);
    }

    [Fact]
    public void Step_GuessesAreWrong_AreTakenBack()
    {
        using var rig = new EngineRig(models.Counting, context: 1024);
        // The prompt holds three tokens in a row that the answer holds too, and goes on otherwise.
        var (script, end) = (rig.Bare(EngineTests.Prompt(1, 20), 40), EngineTests.Prompt(1, 20));
        int[] prompt = [.. script[20..23], script[5], script[5], script[5], .. script[24..27], script[5], script[6], .. end];
        var plain = rig.Request(prompt, 120);
        rig.Run(plain);
        var drafted = rig.Request(prompt, 120, draft: true);
        var finished = rig.Run(drafted);

        Assert.True(finished.DraftedTokens > finished.AcceptedTokens, $"{finished.DraftedTokens} guesses, {finished.AcceptedTokens} right");
        Assert.Equal(rig.TextOf(plain), rig.TextOf(drafted));
        Assert.Equal(0, rig.Cache.UsedCells);
    }
}
