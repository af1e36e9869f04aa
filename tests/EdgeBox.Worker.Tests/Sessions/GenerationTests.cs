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
        Assert.All(answer.Deltas, d => Assert.DoesNotContain('\uFFFD', d.Text));
        Assert.InRange(answer.DeltaTokens, 1u, answer.Finished.CompletionTokens);
    }

    [Fact]
    public void Generate_PlainPromptOfTheScriptedModel_SaysItsScript()
    {
        using var worker = WorkerClient.StartHereWith(models.Scripted);
        Assert.Equal(ReadyModels.AnswerOf(models.Scripted), worker.Generate(new Generate { Prompt = "Once upon a time in a box:" }).Text);
    }

    [Fact]
    public void Chat_SampledAtTemperatureOne_KeepsToTheScript()
    {
        using var worker = WorkerClient.StartHereWith(models.Scripted);
        var answer = worker.Generate(new Generate
        {
            Conversation = new Conversation { Turns = { new Turn { Role = "user", Text = "hi" } } },
            Sampling = new V1.Sampling { Temperature = 1, TopP = 0.95f, TopK = 40, Seed = 5, RepetitionPenalty = 1 },
        });
        Assert.Equal(ReadyModels.AnswerOf(models.Scripted), answer.Text);
    }

    [Fact]
    public void Generate_MoreRequestsThanSlots_AllGetTheirWholeAnswer()
    {
        // A prompt longer than a chunk, so that reading and answering share steps.
        using var worker = WorkerClient.StartHereWith(models.Scripted, slots: 3, chunk: 16);
        var expected = ReadyModels.AnswerOf(models.Scripted);
        var requests = Enumerable.Range(0, 8).Select(i => worker.Begin(new Generate
        {
            Conversation = new Conversation { Turns = { new Turn { Role = "user", Text = new string('x', 10 + (50 * i)) } } },
        })).ToList();
        Assert.All(requests, r => Assert.Equal(expected, worker.End(r).Text));
        var started = worker.Snapshot().Select((e, i) => (e, i)).Where(p => p.e.Started is not null).Select(p => p.i).ToList();
        var firstEnd = worker.Snapshot().FindIndex(e => e.Finished is not null);
        Assert.Equal(3, started.Count(i => i < firstEnd));
    }

    [Fact]
    public void Chat_MaxTokens_EndsThere()
    {
        using var worker = WorkerClient.StartHereWith(models.Counting);
        var answer = worker.Chat("count", max: 25);
        Assert.Equal(FinishKind.Length, answer.Finished!.Kind);
        Assert.Equal(25u, answer.Finished.CompletionTokens);
        Assert.StartsWith(ReadyModels.CountingStart + " one two", answer.Text, StringComparison.Ordinal);
    }

    [Fact]
    public void Chat_NoMaxTokens_EndsWhereTheContextDoes()
    {
        using var worker = WorkerClient.StartHereWith(models.Counting, slots: 1, context: 300);
        var answer = worker.Chat("count");
        Assert.Equal(FinishKind.Length, answer.Finished!.Kind);
        Assert.Equal(300u, answer.Finished.PromptTokens + answer.Finished.CompletionTokens);

        // The slot is clean afterwards.
        Assert.Equal(300u, worker.Chat("count") is var again ? again.Finished!.PromptTokens + again.Finished.CompletionTokens : 0);
    }

    [Fact]
    public void Chat_StopText_EndsBeforeIt()
    {
        using var worker = WorkerClient.StartHereWith(models.Counting);
        var answer = worker.Chat("count", 0, "ve six s", "never");
        Assert.Equal(FinishKind.StopSequence, answer.Finished!.Kind);
        Assert.Equal("ve six s", answer.Finished.StopSequence);
        Assert.Equal(ReadyModels.CountingStart + " one two three four fi", answer.Text);
    }

    [Fact]
    public void Cancel_InTheMiddleOfAnAnswer_EndsItAndFreesTheSlot()
    {
        using var worker = WorkerClient.StartHereWith(models.Counting, slots: 1);
        var request = worker.Begin(new Generate { Conversation = new Conversation { Turns = { new Turn { Role = "user", Text = "count" } } } });
        worker.Wait(e => e.Delta?.Request == request);
        worker.Cancel(request);
        Assert.Equal(FinishKind.Cancelled, worker.End(request).Finished!.Kind);
        Assert.Equal(FinishKind.Length, worker.Chat("again", max: 5).Finished!.Kind);
    }

    [Fact]
    public void Cancel_WhileThePromptIsRead_EndsItBeforeTheFirstToken()
    {
        using var worker = WorkerClient.StartHereWith(models.Counting, slots: 1, chunk: 1);
        var request = worker.Begin(new Generate { Prompt = new string('x', 8000) });
        worker.Wait(e => e.Started?.Request == request);
        worker.Cancel(request);
        var answer = worker.End(request);
        Assert.Equal(FinishKind.Cancelled, answer.Finished!.Kind);
        Assert.Equal(0u, answer.Finished.CompletionTokens);
        Assert.Equal(8000u, answer.Finished.PromptTokens);
    }

    [Fact]
    public void Cancel_WhileWaitingForASlot_EndsIt()
    {
        using var worker = WorkerClient.StartHereWith(models.Counting, slots: 1);
        var first = worker.Begin(new Generate { Prompt = "a" });
        worker.Wait(e => e.Started?.Request == first);
        var second = worker.Begin(new Generate { Prompt = "b" });
        worker.Cancel(second);
        Assert.Equal(FinishKind.Cancelled, worker.End(second).Finished!.Kind);
        worker.Cancel(first);
        worker.End(first);
    }

    [Fact]
    public void Generate_FiveMegabytes_IsRefusedWithCountsWhileOthersAreAnswered()
    {
        using var worker = WorkerClient.StartHereWith(models.Scripted);
        var text = string.Concat(Enumerable.Repeat("All work and no play makes a dull box.\n", 5_000_000 / 39));
        var refused = worker.Begin(new Generate { Prompt = text });
        Assert.Equal(ReadyModels.AnswerOf(models.Scripted), worker.Chat("hi").Text);
        var answer = worker.End(refused);
        Assert.Equal(RefusalKind.PromptTooLong, answer.Refused!.Kind);
        Assert.Equal((uint)text.Length, answer.Refused.PromptTokens);
        Assert.Equal(8191u, answer.Refused.LimitTokens);
    }

    [Fact]
    public void Generate_FiveMegabytesWithoutASpace_IsRefusedAndNotACrash()
    {
        using var worker = WorkerClient.StartHereWith(models.Scripted);
        var answer = worker.Generate(new Generate { Prompt = new string('a', 5_000_000) });
        Assert.Equal(5_000_000u, answer.Refused!.PromptTokens);
    }

    [Fact]
    public void Generate_EmptyPrompt_BeginsWithTheTokenForIt()
    {
        using var worker = WorkerClient.StartHereWith(models.Llama);
        Assert.Equal(1u, worker.Generate(new Generate { Prompt = "", MaxTokens = 3 }).Finished!.PromptTokens);
    }

    [Fact]
    public void Chat_ModelWithoutAFormat_IsRefused()
    {
        using var worker = WorkerClient.StartHere();
        Assert.False(worker.Load(models.Llama).Loaded.Chat);
        Assert.Equal(RefusalKind.ChatNotSupported, worker.Chat("hi").Refused!.Kind);
    }

    [Fact]
    public void Generate_WeightsThatAreNotNumbers_IsRefusedAndTheWorkerGoesOn()
    {
        var path = models.File("nan.gguf", p =>
        {
            var writer = Testing.Gguf.RandomModels.Llama();
            var bytes = Enumerable.Repeat(BitConverter.GetBytes(float.NaN), 64).SelectMany(b => b).ToArray();
            writer.RemoveTensor("output_norm.weight").AddTensor("output_norm.weight", Testing.Gguf.GgmlType.F32, [64], bytes).WriteFile(p);
        });
        using var worker = WorkerClient.StartHereWith(path);
        Assert.Equal(RefusalKind.EngineError, worker.Generate(new Generate { Prompt = "x", MaxTokens = 3 }).Refused!.Kind);
        Assert.Equal(RefusalKind.EngineError, worker.Generate(new Generate { Prompt = "y", MaxTokens = 3 }).Refused!.Kind);
    }

    [Fact]
    public void Load_TwoMachinesOfBatching_GiveTheSameGreedyText()
    {
        // The same prompt alone and in company: greedy text of a scripted model does not change.
        using var worker = WorkerClient.StartHereWith(models.Counting, slots: 4);
        var alone = worker.Chat("count", max: 60).Text;
        var requests = Enumerable.Range(0, 4).Select(_ => worker.Begin(new Generate
        {
            Conversation = new Conversation { Turns = { new Turn { Role = "user", Text = "count" } } }, MaxTokens = 60,
        })).ToList();
        Assert.All(requests, r => Assert.Equal(alone, worker.End(r).Text));
    }

    [Theory]
    [InlineData("root ::= \"yes\" | \"no\"", "^(yes|no)$")]
    [InlineData("root ::= \"[\" [0-9]{3} (\", \" [0-9]{3}){2} \"]\"", "^\\[\\d{3}, \\d{3}, \\d{3}\\]$")]
    public void Generate_WithAGrammar_TheWholeAnswerMatchesIt(string grammar, string pattern)
    {
        using var worker = WorkerClient.StartHereWith(models.GptOss);
        foreach (var temperature in new[] { 0f, 1f })
        {
            var answer = worker.Generate(new Generate
            {
                Prompt = "Hello", Grammar = grammar, MaxTokens = 60, Draft = true,
                Sampling = new V1.Sampling { Temperature = temperature, TopP = 1, TypicalP = 1, Seed = 4, RepetitionPenalty = 1 },
            });
            Assert.Matches(pattern, answer.Text);
            Assert.Equal(FinishKind.Stop, answer.Finished!.Kind);
        }
    }

    [Fact]
    public void Generate_MalformedGrammar_IsRefusedWithThePlace()
    {
        using var worker = WorkerClient.StartHereWith(models.GptOss);
        var refused = worker.Generate(new Generate { Prompt = "Hello", Grammar = "root ::= \"a\"\nrest ::= missing" }).Refused!;
        Assert.Equal(RefusalKind.GrammarInvalid, refused.Kind);
        Assert.Contains("line 2", refused.Detail, StringComparison.Ordinal);
        Assert.Contains("missing", refused.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public void Generate_WithLogprobs_EveryTokenIsToldWithTheLikeliest()
    {
        using var worker = WorkerClient.StartHereWith(models.GptOss);
        var answer = worker.Generate(new Generate { Prompt = "Hello", MaxTokens = 12, Logprobs = true, TopLogprobs = 3 });
        var told = answer.Deltas.SelectMany(d => d.Logprobs).ToList();
        Assert.Equal((int)answer.Finished!.CompletionTokens, told.Count);
        Assert.All(told, t => Assert.Equal((3, t.Id, t.Logprob), (t.Top.Count, t.Top[0].Id, t.Top[0].Logprob)));
        Assert.All(told, t => Assert.True(t.Logprob <= 0 && t.Top[0].Logprob >= t.Top[1].Logprob && t.Top[1].Logprob >= t.Top[2].Logprob));
    }

    [Fact]
    public void Pause_OfAnAnswer_HoldsItUntilItGoesOnAndCancelsAllTheSame()
    {
        using var worker = WorkerClient.StartHereWith(models.Counting, slots: 2);
        var paused = worker.Begin(new Generate { Prompt = "count", MaxTokens = 400 });
        worker.Wait(e => e.Started?.Request == paused);
        worker.Send(new Command { Pause = new Pause { Request = paused, Paused = true } });
        var other = worker.Generate(new Generate { Prompt = "count", MaxTokens = 50 });
        Assert.Equal(50u, other.Finished!.CompletionTokens);
        worker.Send(new Command { Pause = new Pause { Request = paused, Paused = false } });
        Assert.Equal(400u, worker.End(paused).Finished!.CompletionTokens);

        var given = worker.Begin(new Generate { Prompt = "count", MaxTokens = 4000 });
        worker.Wait(e => e.Started?.Request == given);
        worker.Send(new Command { Pause = new Pause { Request = given, Paused = true } });
        worker.Cancel(given);
        Assert.Equal(FinishKind.Cancelled, worker.End(given).Finished!.Kind);
        // What has ended is paused in vain.
        worker.Send(new Command { Pause = new Pause { Request = given, Paused = true } });
        Assert.Equal(1u, worker.Generate(new Generate { Prompt = "x", MaxTokens = 1 }).Finished!.CompletionTokens);
    }
}
