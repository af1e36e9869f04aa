using EdgeBox.Worker.V1;

namespace EdgeBox.Worker.Tests.Sessions;

/// <summary>Answers of the real engine through the channel.</summary>
[Collection(EngineCollection.Name)]
public sealed class GenerationTests(ModelFiles models)
{
    [Fact]
    public void Generate_RandomGptOss_GivesTheNumberOfTokensAskedFor()
    {
        using var worker = WorkerClient.StartHereWith(models.GptOss);
        var answer = worker.Generate(new Generate { Prompt = "Hello", MaxTokens = 20 });
        Assert.Equal(FinishKind.Length, answer.Finished!.Kind);
        Assert.Equal(20u, answer.Finished.CompletionTokens);
        Assert.Equal(4u, answer.Finished.PromptTokens);
    }
}
