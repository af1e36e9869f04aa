using EdgeBox.Platform.Processes;
using Xunit;

namespace EdgeBox.Platform.Tests.Processes;

/// <summary>Tests that count what this process owns, and therefore run alone.</summary>
[CollectionDefinition(nameof(Alone), DisableParallelization = true)]
public sealed class Alone;

[Collection(nameof(Alone))]
public sealed class ProcessLeakTests
{
    [Fact]
    public async Task Start_TwoHundredTimes_LeavesNoDescriptorAndNoZombie()
    {
        var options = new SandboxedProcessOptions { Program = CProgram.Build("sandboxed"), Arguments = ["sleep"] };
        await using (SandboxedProcess.Start(options))
        {
            // The first start opens what the runtime keeps.
        }

        var before = OpenDescriptors();
        var pids = new List<int>();
        for (var i = 0; i < 200; i++)
        {
            await using var process = SandboxedProcess.Start(options);
            pids.Add(process.Pid);
        }

        for (var i = 0; i < 50; i++)
        {
            Assert.Throws<ProcessStartException>(() => SandboxedProcess.Start(options with { WorkingDirectory = "/nowhere" }));
        }

        // What an earlier test closed late may be gone by now.
        Assert.InRange(OpenDescriptors(), 0, before);
        Assert.Equal([], pids.Where(pid => Directory.Exists($"/proc/{pid}")));
    }

    // Those that other tests left to the collector are closed first.
    private static int OpenDescriptors()
    {
        GC.Collect();
        GC.WaitForPendingFinalizers();
        return Directory.GetFiles("/proc/self/fd").Length;
    }
}
