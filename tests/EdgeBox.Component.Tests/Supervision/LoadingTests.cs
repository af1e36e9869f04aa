using EdgeBox.V1;

namespace EdgeBox.Component.Tests.Supervision;

/// <summary>Workers that do not survive the loading of a model.</summary>
[Trait("Tier", "component")]
public sealed class LoadingTests(SharedModels models)
{
    private const string Aborts = """
        #include <stdio.h>
        #include <stdlib.h>
        int main(void) { fprintf(stderr, "GGML_ASSERT(n_head > 0) failed\n"); abort(); }
        """;

    [Fact]
    public async Task Load_WorkerAborts_ModelIsFailedWithTheEvidenceAndTheBoxLivesOn()
    {
        var worker = Path.Combine(TestDirectory.Make(), "aborts");
        await CProgram.CompileAsync(Aborts, worker);
        await using var box = await RunningBox.StartAsync(["--worker", worker]);

        var operation = await box.TryLoadAsync(models.Random, "bad");

        var refusal = Refusal.Of(operation);
        Assert.Equal((ErrorReason.WorkerStartFailed, models.Random, "aborted (SIGABRT)"), (refusal.Reason, refusal.Facts["model"], refusal.Facts["problem"]));
        var model = await box.GetModelAsync("bad");
        Assert.Equal(ModelState.Failed, model.State);
        Assert.Equal((ErrorReason.WorkerStartFailed, "GGML_ASSERT(n_head > 0) failed\n"), (Refusal.Of(model.Problem).Reason, Refusal.Of(model.Problem).Facts["stderr"]));
        Assert.Equal(ErrorReason.WorkerStartFailed, (await Refusal.OfAsync(() => box.Inference.TokenizeAsync("bad"))).Reason);
        var death = await box.RecordAsync("worker.died", record => record.Subject == "models/bad");
        Assert.Equal("aborted (SIGABRT)", death.Facts["problem"]);
        Assert.False(box.HasExited);
    }

    [Fact]
    public async Task Load_WorkerThatSaysNothing_IsGivenUpWhenThePatienceIsOver()
    {
        var worker = Path.Combine(TestDirectory.Make(), "silent");
        await CProgram.CompileAsync("#include <unistd.h>\nint main(void) { for (;;) pause(); }", worker);
        await using var box = await RunningBox.StartAsync(["--worker", worker, "--worker-patience", "00:00:01"]);

        var refusal = Refusal.Of(await box.TryLoadAsync(models.Random, "silent"));

        Assert.Equal((ErrorReason.WorkerStartFailed, "killed by its starter (SIGKILL)"), (refusal.Reason, refusal.Facts["problem"]));
    }

    [Fact]
    public async Task Load_WorkerTalksNonsense_IsKilled()
    {
        var worker = Path.Combine(TestDirectory.Make(), "babbles");
        await CProgram.CompileAsync("""
            #include <unistd.h>
            int main(void) { for (;;) if (write(3, "\xff\xff\xff\xff all your base", 18) < 0) pause(); }
            """, worker);
        await using var box = await RunningBox.StartAsync(["--worker", worker]);

        var refusal = Refusal.Of(await box.TryLoadAsync(models.Random, "babbles"));

        Assert.Equal((ErrorReason.WorkerStartFailed, "killed by its starter (SIGKILL)"), (refusal.Reason, refusal.Facts["problem"]));
        Assert.InRange(ProcFile.ResidentBytes(box.Pid), 0, 200L << 20);
    }
}
