using EdgeBox.V1;

namespace EdgeBox.Component.Tests.Load;

/// <summary>Every core is busy with something else: answers take longer, and that is all.</summary>
[Trait("Tier", "component")]
[Collection(nameof(Alone))]
public sealed class BusyMachineTests(SharedModels models)
{
    private const string Model = "m";
    private const int Slots = 4;
    private const int Requests = 12;
    private const uint Tokens = 24;

    [Fact]
    public async Task Complete_AllCoresAreBusyWithSomethingElse_IsSlowerAndNothingIsKilledOrRefused()
    {
        Assert.SkipUnless(Command.Exists("stress-ng"), "skipped: Debian's package stress-ng is not installed");
        await using var box = await RunningBox.StartAsync(["--worker-patience", "00:00:02"]);
        var before = await box.LoadAsync(models.Large, Model, slots: Slots, context: 512);
        var alone = await AskAsync(box);

        using var stress = Stress();
        try
        {
            await Eventually.TrueAsync("every core is busy", () => Task.FromResult(Busy(stress) >= Environment.ProcessorCount));
            var busy = await AskAsync(box);
            TestContext.Current.SendDiagnosticMessage(
                $"{Requests} requests took {alone.TotalSeconds:F1} s alone and {busy.TotalSeconds:F1} s beside stress-ng on {Environment.ProcessorCount} cores");
            Assert.False(stress.HasExited, "stress-ng ended before the requests did");
        }
        finally
        {
            stress.Kill(entireProcessTree: true);
            await stress.WaitForExitAsync(TestContext.Current.CancellationToken);
        }

        var after = await box.GetModelAsync(Model);
        Assert.Equal((before.Worker.Pid, 0u, ModelState.Ready), (after.Worker.Pid, after.Worker.Restarts, after.State));
        Assert.Equal((0u, 0u), (after.ActiveRequests, after.QueuedRequests));
        await box.AssertAuditIntactAsync();
    }

    /// <summary>Asks more than there are slots for, all at once, and reads every answer to its end.</summary>
    private static async Task<TimeSpan> AskAsync(RunningBox box)
    {
        var began = Stopwatch.GetTimestamp();
        var ended = await Task.WhenAll(Enumerable.Range(0, Requests).Select(
            i => box.Inference.AnswerAsync(Model, Answers.LongPrompt($"{i}", 100), Tokens)));
        Assert.All(ended, end => Assert.Equal((Tokens, FinishReason.Length), (end.Usage.CompletionTokens, end.Reason)));
        return Stopwatch.GetElapsedTime(began);
    }

    /// <summary>Two workers a core. They end with their parent, and by themselves after two minutes.</summary>
    private static Process Stress() => Process.Start(new ProcessStartInfo(
        "stress-ng", ["--cpu", $"{2 * Environment.ProcessorCount}", "--timeout", "120", "--quiet", "--temp-path", Path.GetTempPath()])
    {
        RedirectStandardOutput = true, RedirectStandardError = true,
    })!;

    /// <summary>How many processes it has started.</summary>
    private static int Busy(Process stress) =>
        File.Exists($"/proc/{stress.Id}/task/{stress.Id}/children")
            ? File.ReadAllText($"/proc/{stress.Id}/task/{stress.Id}/children").Split(' ', StringSplitOptions.RemoveEmptyEntries).Length
            : 0;
}
