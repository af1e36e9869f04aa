using System.Collections.Concurrent;
using EdgeBox.V1;
using Grpc.Core;

namespace EdgeBox.Component.Tests.Canaries;

/// <summary>What people write and what models answer is nowhere but in the answer: not on the disk, not in the log, not in figures, whatever breaks.</summary>
[Trait("Tier", "component")]
public sealed class CanaryTests(SharedModels models) : IAsyncLifetime
{
    private const int InPrompts = 900;
    private const int InAnswers = 100;
    private const int PerRequest = 10;
    private const string Model = "canary";
    private const int Abort = 6;
    private const int Kill = 9;
    private const int IllegalInstruction = 4;

    private readonly CanarySearch _search = new(InPrompts + InAnswers);
    private readonly string _directory = TestDirectory.Make();
    private readonly DateTime _started = TimeProvider.System.GetUtcNow().UtcDateTime.AddSeconds(-1);
    private readonly ConcurrentDictionary<string, int> _endings = new();
    private string _speaker = null!;
    private RunningBox _box = null!;

    private IReadOnlyList<string> Prompted => [.. _search.Canaries.Take(InPrompts)];

    private IReadOnlyList<string> Spoken => [.. _search.Canaries.Skip(InPrompts)];

    public async ValueTask InitializeAsync()
    {
        _speaker = models.Speaking("canary.gguf", string.Join(' ', Spoken));
        // Every process may leave a core file here, as far as the launcher is concerned.
        _box = await RunningBox.StartAsync(["--max-deaths", "100"], directory: _directory,
            launcher: ["bash", "-c", "cd \"$0\" && ulimit -c unlimited && exec \"$@\"", _directory]);
        await _box.LoadAsync(_speaker, Model, slots: 4, context: 4096);
    }

    public ValueTask DisposeAsync() => _box?.DisposeAsync() ?? ValueTask.CompletedTask;

    [Fact]
    public async Task Box_AfterAThousandCanariesWithAbortsAndKills_HoldsNoneOfThem()
    {
        var requests = Prompted.Chunk(PerRequest).Select((canaries, i) => AskAsync(i, string.Join(' ', canaries))).ToList();
        await KillWorkersAsync([Kill, Abort, IllegalInstruction, Kill]);
        await Task.WhenAll(requests);
        await WellAgainAsync();
        await HearAnswersAsync();

        var told = await TellingsAsync();
        Assert.All(told, telling => Assert.False(_search.IsIn(telling.Value), $"{telling.Key} holds a canary: {telling.Value}"));
        AssertNothingOnDisk("while the box runs");
        await _box.AssertAuditIntactAsync();

        await SeeWhetherCoreFilesAreMadeHereAsync();

        // The last stop is the worst that there is.
        var dead = Eventually.TrueAsync("the daemon is dead", () => Task.FromResult(_box.HasExited));
        _box.Signal(Abort);
        await dead;
        AssertNothingOnDisk("after the daemon was aborted");
        Assert.Empty(Directory.EnumerateFiles(_directory, "core*", SearchOption.AllDirectories));
        Assert.False(_search.IsIn(_box.Log), "the daemon's log holds a canary");
        TestContext.Current.SendDiagnosticMessage($"{requests.Count} requests ended: {string.Join(", ", _endings.Select(ending => $"{ending.Key} {ending.Value}"))}");
    }

    /// <summary>Sends canaries in one of the ways there are, and gives some requests up in the middle.</summary>
    private async Task AskAsync(int i, string canaries)
    {
        try
        {
            using var giveUp = new CancellationTokenSource();
            switch (i % 9)
            {
                case 0:
                    await _box.Inference.TokenizeAsync(new TokenizeRequest { Model = Model, Text = canaries });
                    break;
                case 1:
                    using (var call = _box.Inference.Complete(new CompleteRequest { Model = Model, Prompt = canaries, Stop = new StopOptions { MaxTokens = 50 } }))
                    {
                        await call.ResponseStream.ReadAllAsync().CountAsync();
                    }

                    break;
                case 2:
                    await _box.Inference.EmbedAsync(new EmbedRequest { Model = Model, Inputs = { canaries.Split(' ') } });
                    break;
                case 3:
                    await ReadAsync(BoxExtensions.Question(Model, string.Join(' ', Enumerable.Repeat(canaries, 200))), giveUp, int.MaxValue);
                    break;
                case 4:
                    var wrong = BoxExtensions.Question(Model, canaries);
                    wrong.Stop.Sequences.AddRange(Enumerable.Repeat(canaries, 20));
                    await ReadAsync(wrong, giveUp, int.MaxValue);
                    break;
                case 5:
                    var ran = await Ctl.RunAsync(_box, canaries, ["chat", "-m", Model, "--max-tokens", "20"]);
                    Count("edgeboxctl " + ran.ExitCode.ToString(CultureInfo.InvariantCulture));
                    break;
                case 6:
                    await ReadAsync(WithSystem(canaries), giveUp, 3);
                    break;
                default:
                    await ReadAsync(WithSystem(canaries), giveUp, int.MaxValue);
                    break;
            }

            Count("done");
        }
        catch (RpcException refused)
        {
            Count(refused.GetRpcStatus()?.GetDetail<Google.Rpc.ErrorInfo>()?.Reason ?? refused.StatusCode.ToString());
        }
    }

    private async Task ReadAsync(ChatRequest request, CancellationTokenSource giveUp, int after)
    {
        using var call = _box.Inference.Chat(request, cancellationToken: giveUp.Token);
        var events = 0;
        await foreach (var _ in call.ResponseStream.ReadAllAsync())
        {
            if (++events >= after)
            {
                await giveUp.CancelAsync();
            }
        }
    }

    /// <summary>Kills the worker in the middle of an answer, once with each signal.</summary>
    private async Task KillWorkersAsync(IEnumerable<int> signals)
    {
        var last = 0;
        var turn = 0; // Each with another prompt: one that was at two deaths is refused.
        foreach (var signal in signals)
        {
            var (model, _) = await Eventually.GetAsync("a worker that answers", async () =>
                await _box.GetModelAsync(Model) is { State: ModelState.Ready, Worker.Pid: var pid } ready && pid != last && pid != 0 ? ready : null,
                TimeSpan.FromSeconds(60));
            last = model.Worker.Pid;
            using var call = _box.Inference.Chat(WithSystem(Prompted[turn++]));
            try
            {
                while (await call.ResponseStream.MoveNext(CancellationToken.None) && call.ResponseStream.Current.Delta is null)
                {
                }

                Product.Signal(last, signal);
                await call.ResponseStream.ReadAllAsync().CountAsync();
            }
            catch (RpcException refused)
            {
                Count("killed: " + Refusal.Of(refused).Reason);
            }
        }
    }

    private async Task WellAgainAsync() => await Eventually.TrueAsync("the model is ready again",
        async () => (await _box.GetModelAsync(Model)).State == ModelState.Ready, TimeSpan.FromSeconds(60));

    /// <summary>Has the model say all of its canaries: in whole to one client, in part to another.</summary>
    private async Task HearAnswersAsync()
    {
        var answer = await _box.Inference.ChatAsync(Model, SharedModels.ScriptedQuestion);
        Assert.Equal(Spoken, answer.Split(' '));
        using var giveUp = new CancellationTokenSource();
        try
        {
            await ReadAsync(BoxExtensions.Question(Model, SharedModels.ScriptedQuestion), giveUp, 2);
        }
        catch (RpcException cancelled) when (cancelled.StatusCode == StatusCode.Cancelled)
        {
            // Unless the whole answer was there before it could be given up.
        }
    }

    /// <summary>Everything that the box tells of itself.</summary>
    private async Task<IReadOnlyDictionary<string, string>> TellingsAsync()
    {
        var issued = await _box.IssueAsync("watcher", Role.Operator);
        return new Dictionary<string, string>
        {
            ["log"] = _box.Log,
            ["models"] = (await _box.Models.ListModelsAsync(new ListModelsRequest())).ToString(),
            ["last words of the worker"] = (await _box.GetModelAsync(Model)).Worker.LastStderr,
            ["operations"] = (await _box.Operations.ListOperationsAsync(new ListOperationsRequest())).ToString(),
            ["status"] = (await _box.Appliance.GetStatusAsync(new GetStatusRequest())).ToString(),
            ["audit"] = string.Join('\n', await _box.RecordsAsync()),
            ["metrics"] = await MetricsOf.ReadAsync(_box, issued),
        };
    }

    private void AssertNothingOnDisk(string when)
    {
        var (found, files, bytes) = _search.Files([_directory, "/tmp", "/var/tmp", "/dev/shm"], new HashSet<string> { _speaker }, _started);
        Assert.True(found.Count == 0, $"{when}, canaries are in: {string.Join(", ", found)}");
        Assert.True(files > 3, "Too few files were searched to prove anything.");
        TestContext.Current.SendDiagnosticMessage($"{when}: {files} files, {bytes >> 20} MiB searched");
    }

    /// <summary>A program that does nothing about it leaves a core file where the box runs: so their absence means something.</summary>
    private async Task SeeWhetherCoreFilesAreMadeHereAsync()
    {
        await Command.RunAsync(["bash", "-c", "ulimit -c unlimited; sleep 60 & kill -ABRT $!; wait"], directory: _directory);
        var cores = Directory.GetFiles(_directory, "core*");
        if (cores.Length == 0)
        {
            TestContext.Current.SendDiagnosticMessage("This machine writes its core files elsewhere (/proc/sys/kernel/core_pattern): their absence proves little here.");
        }

        Array.ForEach(cores, File.Delete);
    }

    private static ChatRequest WithSystem(string canaries) => new()
    {
        Model = Model,
        Messages =
        {
            new ChatMessage { Role = ChatRole.System, Parts = { new ContentPart { Text = "Keep this to yourself: " + canaries } } },
            new ChatMessage { Role = ChatRole.User, Parts = { new ContentPart { Text = SharedModels.ScriptedQuestion + canaries } } },
        },
        Sampling = new SamplingOptions { Temperature = 0 },
    };

    private void Count(string ending) => _endings.AddOrUpdate(ending, 1, (_, count) => count + 1);
}
