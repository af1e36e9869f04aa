using EdgeBox.Testing.Models;
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
        Assert.Equal(5u, answer.Finished.PromptTokens);
    }

    [Theory]
    [InlineData("Hello")]
    [InlineData("ཁྱེད་སུ་ཡིན།")]
    [InlineData("")]
    public void Chat_ScriptedModel_SaysItsScriptWhateverItIsAsked(string question)
    {
        using var worker = WorkerClient.StartHereWith(models.Scripted);
        var answer = worker.Chat(question);
        Assert.Equal(ReadyModels.AnswerOf(models.Scripted), answer.Text);
        Assert.Equal(ReadyModels.Reasoning, answer.Reasoning);
        Assert.Equal(FinishKind.Stop, answer.Finished!.Kind);
    }
}
