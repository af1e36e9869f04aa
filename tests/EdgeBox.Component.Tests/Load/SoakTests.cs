using System.Collections.Concurrent;
using EdgeBox.V1;
using Grpc.Core;
using Grpc.Net.Client;

namespace EdgeBox.Component.Tests.Load;

/// <summary>Ten thousand requests of every kind that an office sends, and what it does to them.</summary>
[Trait("Tier", "component")]
[Collection(nameof(Alone))]
public sealed class SoakTests(SharedModels models)
{
    private const string Model = "m";
    private const int Requests = 10_000;
    private const int Clients = 24;
    private const int KillEvery = 900;

    private static readonly ErrorReason[] s_ofAWorkerThatDied =
        [ErrorReason.WorkerLost, ErrorReason.WorkerBackingOff, ErrorReason.ModelNotReady, ErrorReason.RequestQuarantined];

    private readonly ConcurrentDictionary<string, int> _endings = new();

    [Fact]
    public async Task Ask_TenThousandWithCancelsDisconnectsDeadlinesKillsAndSlowReaders_EachEndsInOneKnownWayAndNothingIsLeft()
    {
        await using var box = await RunningBox.StartAsync(["--max-deaths", "1000"]);
        await box.LoadAsync(models.Endless, Model, slots: 8, context: 512);
        var identities = await Task.WhenAll(Enumerable.Range(0, 3).Select(i => box.IssueAsync($"client-{i}", Role.Client)));
        await RunAsync(box, identities, 500, kills: false);
        var before = await CountsAsync(box);

        _endings.Clear();
        var began = Stopwatch.GetTimestamp();
        await RunAsync(box, identities, Requests, kills: true);
        var took = Stopwatch.GetElapsedTime(began);

        Assert.Equal(Requests, _endings.Values.Sum());
        Assert.False(_endings.Keys.Any(ending => ending.StartsWith("unknown", StringComparison.Ordinal)), Told());
        Assert.True(_endings["finished"] > Requests / 2, Told());
        Assert.All(["cancelled", "disconnected", "deadline", "worker died"], ending => Assert.True(_endings.GetValueOrDefault(ending) > 0, $"none {ending}: {Told()}"));
        var after = before;
        await Eventually.TrueAsync("nothing is left", async () =>
        {
            after = await CountsAsync(box);
            return after.Model is { ActiveRequests: 0, QueuedRequests: 0, CacheTokensUsed: 0, CacheTokens: 8 * 512 }
                && after.Descriptors <= before.Descriptors + 2;
        }, TimeSpan.FromSeconds(20));
        Assert.InRange(after.Threads, 1, before.Threads + 8);
        Assert.InRange(after.Resident, 1, before.Resident + (64L << 20));
        await box.AssertAuditIntactAsync();
        TestContext.Current.SendDiagnosticMessage($"{Requests} requests in {took.TotalSeconds:F1} s: {Told()}; "
            + $"resident {before.Resident >> 20} to {after.Resident >> 20} MiB, restarts {after.Model.Worker.Restarts}");
    }

    private async Task RunAsync(RunningBox box, IssueCertificateResponse[] identities, int requests, bool kills)
    {
        var next = 0;
        await Task.WhenAll(Enumerable.Range(0, Clients).Select(async client =>
        {
            var identity = identities[client % identities.Length];
            var random = new Random(client);
            var channel = Open(box, identity);
            for (var i = Interlocked.Increment(ref next); i <= requests; i = Interlocked.Increment(ref next))
            {
                if (kills && i % KillEvery == 0 && await box.GetModelAsync(Model) is { Worker: { Pid: > 0 } worker })
                {
                    Product.Signal(worker.Pid, 9);
                }

                var what = random.Next(100);
                var ending = await AskAsync(channel, random, what);
                _endings.AddOrUpdate(ending, 1, (_, count) => count + 1);
                if (ending == "disconnected")
                {
                    channel = Open(box, identity);
                }
                else if (ending == "worker died")
                {
                    await Eventually.TrueAsync("it is back", async () => (await box.GetModelAsync(Model)).State == ModelState.Ready, TimeSpan.FromSeconds(60));
                }
            }

            channel.Dispose();
        }));
    }

    private static GrpcChannel Open(RunningBox box, IssueCertificateResponse identity) => box.TlsChannel(RunningBox.Certificate(identity), identity.CaPem);

    /// <summary>Asks once, in one of several ways, and says how it ended.</summary>
    private static async Task<string> AskAsync(GrpcChannel channel, Random random, int what)
    {
        var request = Answers.To(Model, Answers.LongPrompt($"{random.Next(20)}", 4 + random.Next(200)), (uint)(1 + random.Next(40)));
        request.Sampling.Temperature = random.Next(2);
        request.Sampling.Seed = (uint)random.Next();
        DateTime? deadline = what is >= 60 and < 70 ? TimeProvider.System.GetUtcNow().UtcDateTime.AddMilliseconds(1 + random.Next(30)) : null;
        using var giveUp = new CancellationTokenSource();
        var left = what is >= 70 and < 85 ? random.Next(4) : int.MaxValue;
        var disconnects = what is >= 85 and < 88;
        var slow = what >= 95;
        try
        {
            using var call = new InferenceService.InferenceServiceClient(channel).Complete(request, deadline: deadline, cancellationToken: giveUp.Token);
            var finished = false;
            while (await call.ResponseStream.MoveNext(CancellationToken.None))
            {
                finished |= call.ResponseStream.Current.Finished is not null;
                if (left-- == 0)
                {
                    await giveUp.CancelAsync();
                }
                else if (disconnects)
                {
                    channel.Dispose();
                }
                else if (slow)
                {
                    await Task.Delay(TimeSpan.FromMilliseconds(random.Next(20)), TimeProvider.System);
                }
            }

            return finished ? "finished" : "unknown: a stream without an end";
        }
        catch (Exception e) when (disconnects && e is RpcException or ObjectDisposedException)
        {
            return "disconnected";
        }
        catch (RpcException e) when (e.StatusCode == StatusCode.Cancelled && giveUp.IsCancellationRequested)
        {
            return "cancelled";
        }
        // The client's library may tell a stream that is reset when its time is over as a connection that was lost.
        catch (RpcException e) when (e.StatusCode is StatusCode.DeadlineExceeded or StatusCode.Unavailable
            && deadline <= TimeProvider.System.GetUtcNow().UtcDateTime)
        {
            return "deadline";
        }
        catch (RpcException e) when (e.GetRpcStatus() is not null && s_ofAWorkerThatDied.Contains(RunningBox.Reason(e)))
        {
            return "worker died";
        }
        catch (RpcException e)
        {
            return $"unknown: asked as {what}, cancelled {giveUp.IsCancellationRequested}: {e.Status}";
        }
    }

    private static async Task<(Model Model, long Descriptors, long Resident, long Threads)> CountsAsync(RunningBox box) =>
        (await box.GetModelAsync(Model), ProcFile.Descriptors(box.Pid).Count, ProcFile.ResidentBytes(box.Pid), ProcFile.Threads(box.Pid));

    private string Told() => string.Join(", ", _endings.OrderByDescending(e => e.Value).Select(e => $"{e.Value} {e.Key}"));
}
