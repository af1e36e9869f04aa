using EdgeBox.Testing.Models;
using EdgeBox.Worker.V1;

namespace EdgeBox.Worker.Tests.Sessions;

/// <summary>The program itself, in a process of its own.</summary>
[Collection(EngineCollection.Name)]
public sealed class ProcessTests(ModelFiles models)
{
    [Fact]
    public void Worker_Process_AnswersAndEndsWhenTheChannelCloses()
    {
        using var worker = WorkerClient.StartProcess();
        worker.Load(models.Scripted);
        Assert.Equal(ReadyModels.AnswerOf(models.Scripted), worker.Chat("hi").Text);
        worker.HangUp();
        Assert.True(worker.Process!.WaitForExit(10_000));
        Assert.Equal(0, worker.Process.ExitCode);
    }

    [Fact]
    public void Worker_ChannelClosesInTheMiddleOfAnAnswer_EndsAtOnce()
    {
        using var worker = WorkerClient.StartProcess();
        worker.Load(models.Counting);
        var request = worker.Begin(new Generate { Prompt = "x" });
        worker.Wait(e => e.Started?.Request == request);
        worker.HangUp();
        Assert.True(worker.Process!.WaitForExit(5_000));
        Assert.Equal(0, worker.Process.ExitCode);
    }

    [Fact]
    public void Worker_PackOfAnotherVersion_IsRefusedBeforeHello()
    {
        var packs = Directory.CreateTempSubdirectory("edgebox-pack-");
        try
        {
            var pack = packs.CreateSubdirectory("cpu").FullName;
            foreach (var file in Directory.GetFiles(Path.Combine(WorkerClient.PackDirectory, "cpu"), "*.so"))
            {
                var bytes = File.ReadAllBytes(file);
                var at = bytes.AsSpan().IndexOf("0.5.0-dev\0"u8);
                if (Path.GetFileName(file).StartsWith("libllama", StringComparison.Ordinal))
                {
                    Assert.True(at > 0);
                    "0.4.9-dev"u8.CopyTo(bytes.AsSpan(at));
                }

                File.WriteAllBytes(Path.Combine(pack, Path.GetFileName(file)), bytes);
            }

            AssertRefused(packs.FullName, "0.4.9-dev", "0.5.0-dev");
        }
        finally
        {
            packs.Delete(recursive: true);
        }
    }

    [Fact]
    public void Worker_NoPack_IsRefused() => AssertRefused("/nowhere", "/nowhere/cpu");

    [Fact]
    public void Worker_BrokenFrame_EndsWithTheContractsCode()
    {
        using var worker = WorkerClient.StartProcess();
        worker.Wait(e => e.Hello is not null);
        worker.SendRaw([0xFF, 0xFF, 0xFF, 0x7F]);
        Assert.True(worker.Process!.WaitForExit(10_000));
        Assert.Equal(5, worker.Process.ExitCode);
        Assert.Contains("67108864", worker.Process.StandardError.ReadToEnd(), StringComparison.Ordinal);
    }

    [Fact]
    public void Worker_ModelThatDoesNotLoad_SaysWhyAndEnds()
    {
        using var worker = WorkerClient.StartProcess();
        Assert.Equal("model", worker.Load("/nowhere.gguf").LoadFailed.Stage);
        Assert.True(worker.Process!.WaitForExit(10_000));
        Assert.Equal(4, worker.Process.ExitCode);
    }

    [Fact]
    public void Worker_NothingToDo_BeatsOnceASecond()
    {
        using var worker = WorkerClient.StartProcess();
        worker.Load(models.Scripted);
        worker.Chat("hi");
        var steps = worker.Wait(e => e.Heartbeat is { Busy: false, Steps: > 0 }).Heartbeat;
        Assert.Equal(0u, steps.Active);
    }

    [Fact]
    public void Worker_Process_CannotBeDumped()
    {
        using var worker = WorkerClient.StartProcess();
        worker.Wait(e => e.Hello is not null);
        var limits = File.ReadAllLines($"/proc/{worker.Process!.Id}/limits").Single(l => l.StartsWith("Max core file size", StringComparison.Ordinal));
        Assert.Equal(["0", "0", "bytes"], limits.Split(' ', StringSplitOptions.RemoveEmptyEntries)[^3..]);
    }

    private static void AssertRefused(string packs, params string[] words)
    {
        using var worker = WorkerClient.StartProcess(packs);
        var failed = worker.Wait(e => e.LoadFailed is not null).LoadFailed;
        Assert.Equal("pack", failed.Stage);
        Assert.All(words, w => Assert.Contains(w, failed.Detail, StringComparison.Ordinal));
        Assert.DoesNotContain(worker.Snapshot(), e => e.Hello is not null);
        Assert.True(worker.Process!.WaitForExit(10_000));
        Assert.Equal(3, worker.Process.ExitCode);
    }
}
