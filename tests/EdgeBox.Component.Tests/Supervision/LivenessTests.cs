using EdgeBox.V1;

namespace EdgeBox.Component.Tests.Supervision;

/// <summary>A hung worker is killed; one that merely gets no processor time is not.</summary>
[Trait("Tier", "component")]
[Collection(nameof(Alone))]
public sealed class LivenessTests(SharedModels models)
{
    private const int Stop = 19;
    private static readonly string[] s_impatient = ["--worker-patience", "00:00:02"];

    [Fact]
    public async Task Stop_WorkerWithWork_IsKilledAndReplaced()
    {
        await using var box = await RunningBox.StartAsync(s_impatient);
        var model = await box.LoadAsync(models.Endless, "m", context: 32768);
        using var call = box.Inference.Complete(Answers.To("m", "Go on"), deadline: BoxExtensions.Deadline);
        await call.ReadToFirstTextAsync();

        Product.Signal(model.Worker.Pid, Stop);

        Assert.Equal(ErrorReason.WorkerLost, (await Refusal.OfAsync(call.ReadAsync)).Reason);
        Assert.Equal(2u, (await box.Inference.AnswerAsync("m", "And now?", maxTokens: 2)).Usage.CompletionTokens);
        var after = await box.GetModelAsync("m");
        Assert.Equal((1u, "killed by its starter (SIGKILL)"), (after.Worker.Restarts, after.Worker.LastExit));
        Assert.NotEqual(model.Worker.Pid, after.Worker.Pid);
    }

    [Fact]
    public async Task Starve_WorkerWithWork_IsLeftAliveAndAnswers()
    {
        const int Seconds = 8;
        await using var box = await RunningBox.StartAsync(s_impatient);
        var model = await box.LoadAsync(models.Large, "large", slots: 1, context: 2048);
        var renice = await Command.RunAsync(["renice", "-n", "19", "-p", $"{model.Worker.Pid}"]);
        Assert.Equal(0, renice.ExitCode);
        foreach (var thread in Directory.EnumerateDirectories($"/proc/{model.Worker.Pid}/task"))
        {
            await Command.RunAsync(["renice", "-n", "19", "-p", Path.GetFileName(thread)]);
        }

        // Each of these spins until its time is over; together they leave the worker less than a hundredth of the machine.
        var spinning = Enumerable.Range(0, Environment.ProcessorCount * 2)
            .Select(_ => Command.RunAsync(["timeout", $"{Seconds}", "sh", "-c", "while :; do :; done"])).ToList();
        using var call = box.Inference.Complete(Answers.To("large", Answers.LongPrompt("starved", 1000), maxTokens: 3), deadline: BoxExtensions.Deadline);
        await box.WhenActiveAsync("large", 1);
        var before = ProcFile.ProcessorTime(model.Worker.Pid);
        await Task.WhenAll(spinning);
        var got = ProcFile.ProcessorTime(model.Worker.Pid) - before;

        Assert.Equal(3u, (await call.ReadAsync())[^1].Finished.Usage.CompletionTokens);
        var after = await box.GetModelAsync("large");
        Assert.Equal((model.Worker.Pid, 0u), (after.Worker.Pid, after.Worker.Restarts));
        Assert.InRange(got, TimeSpan.Zero, TimeSpan.FromSeconds(Seconds / 2.0));
        TestContext.Current.SendDiagnosticMessage($"In {Seconds} s the starved worker got {got.TotalMilliseconds:F0} ms of processor time and lived.");
    }

    [Fact]
    public async Task Stop_Daemon_PingsOfTheWatchdogStopAndComeBackWithIt()
    {
        const int Continue = 18;
        var period = TimeSpan.FromSeconds(2);
        await using var box = await RunningBox.StartAsync(watchdog: period);
        for (var ping = 0; ping < 3; ping++)
        {
            Assert.Equal("WATCHDOG=1", await box.HearAsync(period));
        }

        box.Signal(Stop);
        // What it said before it was stopped may still be on its way.
        while (await box.HearAsync(TimeSpan.FromMilliseconds(100)) is not null)
        {
        }

        Assert.Null(await box.HearAsync(period * 1.5));
        box.Signal(Continue);
        Assert.Equal("WATCHDOG=1", await box.HearAsync(period * 2));
    }
}
