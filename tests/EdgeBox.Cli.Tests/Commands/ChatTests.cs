using EdgeBox.V1;
using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace EdgeBox.Cli.Tests.Commands;

public class ChatTests
{
    [Fact]
    public async Task Chat_OneShot_PrintsTheAnswerAndItsFigures()
    {
        await using var box = await ScriptedBox.StartAsync();
        ChatRequest? asked = null;
        box.Script.Chat = async (request, stream, _) =>
        {
            asked = request;
            await SendAsync(stream, Samples.Answer((Channel.Reasoning, "Hmm."), (Channel.Answer, "Hello"), (Channel.Answer, " \u001b[31mworld")));
        };
        var ran = await Cli.RunAsync(box, "chat", "--system", "Be brief.", "--model", "chat", "--temperature", "0.25", "--top-k", "5", "--seed", "42",
            "--max-tokens", "9", "--stop", "END", "--stop", "STOP", "Say", "hello");
        Assert.Equal((0, "Hello ␛[31mworld\n"), (ran.Code, ran.Output));
        Assert.Matches(@"^\[21 tokens, 10\.0 tokens/s, first after \d+\.\d\d s, prompt 12, seed 42\]\n$", ran.Error);
        Assert.Equal(["Be brief.", "Say hello"], asked!.Messages.Select(m => m.Parts[0].Text));
        Assert.Equal([ChatRole.System, ChatRole.User], asked.Messages.Select(m => m.Role));
        Assert.Equal(("chat", 0.25f, 5u, 42u, 9u), (asked.Model, asked.Sampling.Temperature, asked.Sampling.TopK, asked.Sampling.Seed, asked.Stop.MaxTokens));
        Assert.False(asked.Sampling.HasTopP);
        Assert.Equal(["END", "STOP"], asked.Stop.Sequences);
    }

    [Theory]
    [InlineData("chat")]
    [InlineData("complete")]
    public async Task Chat_EverySamplingOption_ReachesTheBox(string command)
    {
        await using var box = await ScriptedBox.StartAsync();
        (SamplingOptions Sampling, LogprobOptions? Logprobs)? asked = null;
        box.Script.Chat = async (request, stream, _) =>
        {
            asked = (request.Sampling, request.Logprobs);
            await SendAsync(stream, Samples.Answer((Channel.Answer, "x")));
        };
        box.Script.Complete = (request, _, _) =>
        {
            asked = (request.Sampling, request.Logprobs);
            return Task.CompletedTask;
        };
        await Cli.RunAsync(box, command, "--typical-p", "0.9", "--dry-multiplier", "0.8", "--dry-base", "1.5", "--dry-allowed-length", "3", "--dry-window", "512",
            "--dry-breaker", "\n", "--dry-breaker", ":", "--logit-bias", "17=-100", "--logit-bias", "4=2.5", "--logprobs", "5", "hi");
        var expected = new SamplingOptions
        {
            TypicalP = 0.9f, DryMultiplier = 0.8f, DryBase = 1.5f, DryAllowedLength = 3, DryWindow = 512,
            DryBreakers = { "\n", ":" }, LogitBias = { [17] = -100, [4] = 2.5f },
        };
        Assert.Equal((expected, new LogprobOptions { Top = 5 }), asked);
    }

    [Fact]
    public async Task Chat_HowToRun_IsSentToTheBox()
    {
        await using var box = await ScriptedBox.StartAsync();
        ChatRequest? asked = null;
        box.Script.Chat = (request, stream, _) =>
        {
            asked = request;
            return SendAsync(stream, Samples.Answer((Channel.Answer, "yes")));
        };
        var grammar = Path.Combine(box.Directory, "yes.gbnf");
        await File.WriteAllTextAsync(grammar, "root ::= \"yes\" | \"no\"\n", TestContext.Current.CancellationToken);
        var ran = await Cli.RunAsync(box, "chat", "--priority", "batch", "--deterministic", "--no-drafting", "--grammar", grammar, "ok?");
        Assert.Equal(0, ran.Code);
        Assert.Equal((Priority.Batch, true, Drafting.Off), (asked!.Schedule.Priority, asked.Schedule.Deterministic, asked.Drafting));
        Assert.Equal("root ::= \"yes\" | \"no\"", asked.Constraint.Grammar);

        await Cli.RunAsync(box, "chat", "ok?");
        Assert.Equal((Priority.Unspecified, false, Drafting.Unspecified, null),
            (asked.Schedule.Priority, asked.Schedule.Deterministic, asked.Drafting, asked.Constraint));
        var missing = await Cli.RunAsync(box, "chat", "--grammar", grammar + ".not", "ok?");
        Assert.Equal(3, missing.Code);
        Assert.Contains("yes.gbnf.not", missing.Error, StringComparison.Ordinal);
        Assert.Equal(2, (await Cli.RunAsync(box, "chat", "--priority", "urgent", "ok?")).Code);
    }

    [Fact]
    public async Task Chat_Saved_IsAmongTheFigures()
    {
        await using var box = await ScriptedBox.StartAsync();
        var answer = Samples.Answer((Channel.Answer, "ok")).ToList();
        answer[^1].Finished.Usage = new Usage { PromptTokens = 600, CompletionTokens = 21, CachedPromptTokens = 512, DraftedTokens = 20, AcceptedTokens = 15 };
        box.Script.Chat = (_, stream, _) => SendAsync(stream, answer);
        var ran = await Cli.RunAsync(box, "chat", "ok?");
        Assert.EndsWith(", prompt 600, seed 42, 512 of 600 prompt tokens cached, 15 of 20 guessed tokens right]\n", ran.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Chat_HasToWait_ShowsItsPlaceInALineThatGoes()
    {
        await using var box = await ScriptedBox.StartAsync();
        GenerationWaiting third = new() { Model = "models/chat", Position = 3 };
        GenerationWaiting next = new() { Model = "models/chat", Position = 1, Estimate = Duration.FromTimeSpan(TimeSpan.FromSeconds(11.2)) };
        IEnumerable<ChatResponse> answer = [new() { Waiting = third }, new() { Waiting = next }, .. Samples.Answer((Channel.Answer, "Hello"))];
        box.Script.Chat = (_, stream, _) => SendAsync(stream, answer);
        string[] line = ["--endpoint", box.Endpoint, "chat", "--quiet", "hi"];
        var ran = await Cli.RunAsync(line, new Surroundings { Terminal = true, Width = 80 });
        Assert.Equal("Hello\n", ran.Output);
        Assert.Equal("\r\u001b[Kwaiting: place 3\r\u001b[Kwaiting: place 1, about 12 s\r\u001b[K", ran.Error);

        var piped = await Cli.RunAsync(box, "chat", "--quiet", "hi");
        Assert.Equal((0, "Hello\n", ""), (piped.Code, piped.Output, piped.Error));
        var json = await Cli.RunAsync(box, "--json", "chat", "hi");
        Assert.Equal(("3", "11.200s"), (json.Lines[0].GetProperty("waiting").GetProperty("position").ToString(),
            json.Lines[1].GetProperty("waiting").GetProperty("estimate").ToString()));
    }

    [Fact]
    public async Task Chat_ReasoningAsked_IsAParagraphOfItsOwn()
    {
        await using var box = await ScriptedBox.StartAsync();
        box.Script.Chat = (_, stream, _) => SendAsync(stream, Samples.Answer((Channel.Reasoning, "Hmm"), (Channel.Reasoning, "."), (Channel.Answer, "Yes.\n")));
        var ran = await Cli.RunAsync(box, "chat", "--reasoning", "--quiet", "ok?");
        Assert.Equal(("Hmm.\n\nYes.\n", ""), (ran.Output, ran.Error));
    }

    [Fact]
    public async Task Chat_OnATerminal_DimsTheReasoning()
    {
        await using var box = await ScriptedBox.StartAsync();
        box.Script.Chat = (_, stream, _) => SendAsync(stream, Samples.Answer((Channel.Reasoning, "Hmm."), (Channel.Answer, "Yes.")));
        var ran = await Cli.RunAsync(["--endpoint", box.Endpoint, "chat", "ok?"], new Surroundings { Terminal = true, Color = true, Width = 80 });
        Assert.Equal("\u001b[2mHmm.\u001b[0m\n\nYes.\n", ran.Output);
    }

    [Fact]
    public async Task Chat_JsonWithLogprobs_ShowsThem()
    {
        await using var box = await ScriptedBox.StartAsync();
        box.Script.Chat = (_, stream, _) =>
        {
            var answer = Samples.Answer((Channel.Answer, "a")).ToArray();
            answer.Single(e => e.Delta is not null).Delta.Logprobs.Add(new TokenLogprob
            {
                Token = new Token { Id = 7 }, Logprob = -0.5f, Top = { new LikelyToken { Token = new Token { Id = 9 }, Logprob = -0.25f } },
            });
            return SendAsync(stream, answer);
        };
        var ran = await Cli.RunAsync(box, "--json", "chat", "--logprobs", "1", "hi");
        var told = ran.Lines[1].GetProperty("delta").GetProperty("logprobs")[0];
        Assert.Equal((7, -0.5), (told.GetProperty("token").GetProperty("id").GetInt32(), told.GetProperty("logprob").GetDouble()));
        Assert.Equal(-0.25, told.GetProperty("top")[0].GetProperty("logprob").GetDouble());
    }

    [Fact]
    public async Task Chat_Json_IsOneDocumentAnEvent()
    {
        await using var box = await ScriptedBox.StartAsync();
        box.Script.Chat = (_, stream, _) => SendAsync(stream, Samples.Answer((Channel.Answer, "\u001b[31m\n")));
        var ran = await Cli.RunAsync(box, "--json", "chat", "hi");
        Assert.Equal((0, ""), (ran.Code, ran.Error));
        Assert.DoesNotContain('\u001b', ran.Output);
        Assert.Equal(3, ran.Lines.Length);
        Assert.Equal(42, ran.Lines[0].GetProperty("started").GetProperty("seed").GetInt32());
        Assert.Equal("\u001b[31m\n", ran.Lines[1].GetProperty("delta").GetProperty("text").GetString());
        Assert.Equal("CHANNEL_ANSWER", ran.Lines[1].GetProperty("delta").GetProperty("channel").GetString());
        Assert.Equal("FINISH_REASON_STOP", ran.Lines[2].GetProperty("finished").GetProperty("reason").GetString());
    }

    [Fact]
    public async Task Chat_WorkerDiesInTheMiddle_KeepsWhatCameAndExitsAsUnavailable()
    {
        await using var box = await ScriptedBox.StartAsync();
        box.Script.Chat = async (_, stream, _) =>
        {
            await SendAsync(stream, Samples.Answer((Channel.Answer, "Half an")).Take(2));
            throw ScriptedBox.Refusal(ErrorReason.WorkerLost, StatusCode.Unavailable, "The model's process died.", ("model", "models/chat"), ("exit", "signal 9"));
        };
        var ran = await Cli.RunAsync(box, "chat", "hi");
        Assert.Equal((5, "Half an\n"), (ran.Code, ran.Output));
        Assert.Equal(
            "edgeboxctl: The model's process died.\n  exit: signal 9, model: models/chat\n  Ask again: the box starts a new process by itself.\n",
            ran.Error);
        var json = await Cli.RunAsync(box, "--json", "chat", "hi");
        Assert.Equal(5, json.Code);
        var error = json.Lines[^1].GetProperty("error");
        Assert.Equal(("WORKER_LOST", "signal 9"), (error.GetProperty("reason").GetString(), error.GetProperty("metadata").GetProperty("exit").GetString()));
    }

    [Fact]
    public async Task Chat_ServerThatVanishes_IsALostConnection()
    {
        await using var box = await ScriptedBox.StartAsync();
        box.Script.Chat = async (_, stream, context) =>
        {
            await SendAsync(stream, Samples.Answer((Channel.Answer, "Half an")).Take(2));
            context.GetHttpContext().Abort();
        };
        var ran = await Cli.RunAsync(box, "chat", "hi");
        Assert.Equal(5, ran.Code);
        Assert.Contains("broke", ran.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Chat_StreamThatBreaksWhenItsTimeIsOver_IsOutOfTime()
    {
        await using var box = await ScriptedBox.StartAsync();
        var time = new FakeTimeProvider(TimeProvider.System.GetUtcNow());
        box.Script.Chat = async (_, stream, context) =>
        {
            await SendAsync(stream, Samples.Answer((Channel.Answer, "Half an")).Take(2));
            time.Advance(TimeSpan.FromMinutes(10));
            context.GetHttpContext().Abort();
        };
        var ran = await Cli.RunAsync(["--endpoint", box.Endpoint, "--timeout", "10m", "chat", "hi"], new Surroundings { Time = time });
        Assert.Equal(7, ran.Code);
        Assert.Contains("did not answer in time", ran.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("chat")]
    [InlineData("complete")]
    public async Task Prompt_FromStandardInput_LosesOnlyItsLastLineFeed(string command)
    {
        await using var box = await ScriptedBox.StartAsync();
        var asked = "";
        box.Script.Chat = (request, _, _) => Task.FromResult(asked = request.Messages[0].Parts[0].Text);
        box.Script.Complete = (request, _, _) => Task.FromResult(asked = request.Prompt);
        await Cli.RunAsync(["--endpoint", box.Endpoint, command], "one\ntwo\n\n");
        Assert.Equal("one\ntwo\n", asked);
        await Cli.RunAsync(["--endpoint", box.Endpoint, command, "Summarise", "this:", "-"], "བོད་\n");
        Assert.Equal("Summarise this:\n\nབོད་", asked);
    }

    [Fact]
    public async Task Dialogue_TwoQuestions_RemembersTheConversationUntilCleared()
    {
        await using var box = await ScriptedBox.StartAsync();
        var asked = new List<string>();
        box.Script.Chat = (request, stream, _) =>
        {
            asked.Add(string.Join('|', request.Messages.Select(m => m.Parts[0].Text)));
            return SendAsync(stream, Samples.Answer((Channel.Reasoning, "hm"), (Channel.Answer, "A" + request.Messages.Count)));
        };
        var ran = await Talk(box, "one⏎two⏎/nonsense⏎/clear⏎three⏎/exit⏎");
        Assert.Equal(0, ran.Code);
        Assert.Equal(["one", "one|A1|two", "three"], asked);
        Assert.Contains("There is no command /nonsense", ran.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Dialogue_RefusedQuestion_IsToldAndForgotten()
    {
        await using var box = await ScriptedBox.StartAsync();
        var asked = new List<string>();
        box.Script.Chat = (request, stream, _) =>
        {
            asked.Add(string.Join('|', request.Messages.Select(m => m.Parts[0].Text)));
            return asked.Count == 1
                ? throw ScriptedBox.Refusal(ErrorReason.PromptTooLong, StatusCode.InvalidArgument, "The prompt has 9 tokens; 8 fit.", ("prompt_tokens", "9"), ("limit_tokens", "8"))
                : SendAsync(stream, Samples.Answer((Channel.Answer, "ok")));
        };
        var ran = await Talk(box, "long⏎short⏎⌃D");
        Assert.Equal(0, ran.Code);
        Assert.Equal(["long", "short"], asked);
        Assert.Contains("edgeboxctl: The prompt has 9 tokens; 8 fit.", ran.Error, StringComparison.Ordinal);
    }

    private static Task<Ran> Talk(ScriptedBox box, string keys)
    {
        var queue = new Queue<ConsoleKeyInfo>(Terminal.LineEditorTests.Keys(keys));
        return Cli.RunAsync(["--endpoint", box.Endpoint, "chat"], new Surroundings { Terminal = true, Width = 80, ReadKey = queue.Dequeue });
    }

    private static async Task SendAsync(IServerStreamWriter<ChatResponse> stream, IEnumerable<ChatResponse> responses)
    {
        foreach (var response in responses)
        {
            await stream.WriteAsync(response);
        }
    }
}
