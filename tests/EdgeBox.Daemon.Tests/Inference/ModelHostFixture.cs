using System.Threading.Channels;
using EdgeBox.Daemon.Failures;
using EdgeBox.Daemon.Inference;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Channel = System.Threading.Channels.Channel;
using Wire = EdgeBox.Worker.V1;

namespace EdgeBox.Daemon.Tests.Inference;

/// <summary>A real <see cref="ModelHost"/> whose workers are played by the test, at the test's own time.</summary>
public abstract class ModelHostFixture : IAsyncLifetime
{
    internal FakeTimeProvider Time { get; } = new();

    internal Channel<ScriptedWorker> Workers { get; } = Channel.CreateBounded<ScriptedWorker>(64);

    internal List<string> Deaths { get; } = [];

    /// <summary>The deaths once more, to wait for.</summary>
    internal Channel<string> Buried { get; } = Channel.CreateBounded<string>(64);

    /// <summary>Starts that failed with <see cref="LaunchProblem"/>.</summary>
    internal Channel<FailureException> NotLaunched { get; } = Channel.CreateBounded<FailureException>(64);

    internal FailureException? Change { get; set; }

    /// <summary>Why the next worker cannot be started; null if it can.</summary>
    internal FailureException? LaunchProblem { get; set; }

    internal ModelHost Host { get; private set; } = null!;

    internal virtual ModelHostOptions Options { get; } = new() { MaxWaiting = 2 };

    internal static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public ValueTask InitializeAsync()
    {
        Host = new ModelHost(
            new ModelHostSetup
            {
                Model = "models/m",
                Load = new Wire.Load { Slots = 2 },
                Launch = () =>
                {
                    if (LaunchProblem is { } problem)
                    {
                        NotLaunched.Writer.TryWrite(problem);
                        throw problem;
                    }

                    var worker = new ScriptedWorker();
                    Workers.Writer.TryWrite(worker);
                    return worker;
                },
                FindChange = () => Change,
                OnDeath = (exit, _) =>
                {
                    Deaths.Add(exit.Words);
                    Buried.Writer.TryWrite(exit.Words);
                },
                Options = Options,
            },
            Time, NullLogger.Instance);
        return ValueTask.CompletedTask;
    }

    public async ValueTask DisposeAsync()
    {
        await Host.DisposeAsync();
        GC.SuppressFinalize(this);
    }

    internal async Task<ScriptedWorker> ReadyWorkerAsync(uint slots = 2)
    {
        var worker = await Workers.Reader.ReadAsync(Cancellation);
        await worker.BecomeReadyAsync(slots);
        await Host.Ready;
        return worker;
    }

    internal Task<Job> SubmitAsync(string prompt, string identity = "uid:0") => SubmitAsync(prompt, new Claim(identity));

    internal Task<Job> SubmitAsync(string prompt, Claim claim) => Host.SubmitAsync(
        id => new Wire.Command { Generate = new Wire.Generate { Request = id, Prompt = prompt } }, claim, Cancellation);

    /// <summary>Lets a worker die and returns when the host has dealt with it.</summary>
    internal async Task BuryAsync(ScriptedWorker worker, string words = "aborted (SIGABRT)")
    {
        while (Buried.Reader.TryRead(out _))
        {
            // Earlier deaths.
        }

        worker.Die(words);
        await Buried.Reader.ReadAsync(Cancellation);
        await SettleAsync();
    }

    /// <summary>Returns when the host has handled everything that it was told before. Only while no slot is free.</summary>
    internal async Task SettleAsync()
    {
        var job = await SubmitAsync("settle");
        await Host.CancelAsync(job);
        await Task.WhenAny(job.Events.Completion);
    }

    /// <summary>Returns when the host has published these counts.</summary>
    internal async Task CountsAsync(int running, int waiting, int paused)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        while ((running, waiting, paused) != Counts() && !patience.IsCancellationRequested)
        {
            await Task.Yield();
        }

        Assert.Equal((running, waiting, paused), Counts());
    }

    private (int Running, int Waiting, int Paused) Counts()
    {
        var snapshot = Host.Snapshot;
        return (snapshot.Running, snapshot.Waiting, snapshot.Paused);
    }

    internal static async Task<Wire.Event> NextAsync(Job job) => await job.Events.ReadAsync(Cancellation);

    internal static async Task<FailureException> FailureAsync(Job job)
    {
        while (job.Events.TryRead(out _))
        {
            // What was said before the end does not matter here.
        }

        return await Assert.ThrowsAsync<FailureException>(() => job.Events.Completion);
    }

    internal static Wire.Event Started(ulong id) => new() { Started = new Wire.Started { Request = id, PromptTokens = 3 } };

    internal static Wire.Event Delta(ulong id, string text) => new() { Delta = new Wire.Delta { Request = id, Text = text, Tokens = 1 } };

    /// <summary>Returns when the worker's words so far were heard: the last of them ends a request that was made for this. Needs a free slot.</summary>
    internal async Task SettleAsync(ScriptedWorker worker)
    {
        var job = await SubmitAsync("settle");
        Assert.Equal(job.Id, (await worker.HearAsync()).Generate.Request);
        await worker.SayAsync(Finished(job.Id));
        await NextAsync(job);
        await job.Events.Completion;
    }

    internal static Wire.Event Finished(ulong id) => new() { Finished = new Wire.Finished { Request = id, Kind = Wire.FinishKind.Stop } };
}
