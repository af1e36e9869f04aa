using System.Runtime.CompilerServices;
using EdgeBox.Platform.Interop;
using EdgeBox.Platform.Processes;
using Xunit;

namespace EdgeBox.Platform.Tests.Processes;

/// <summary>What the kernel's texts and codes are read as.</summary>
public sealed class ProcessFactsTests
{
    [Fact]
    public void Parse_NameWithSpacesAndParentheses_ReadsTheFieldsAfterIt()
    {
        var state = ProcessState.Parse("17 (a) R (b)) D 1 17 17 0 -1 4194560 90 0 0 0 150 50 0 0 20 0 12 0 99 1000000 25 18446744073709551615 1 1\n");
        Assert.Equal(new ProcessState('D', TimeSpan.FromSeconds(2), 25 * Environment.SystemPageSize, 12), state);
    }

    [Theory]
    [InlineData(1, 3, false, false, "exited with code 3")]
    [InlineData(2, 9, true, true, "killed by its starter (SIGKILL)")]
    [InlineData(2, 9, false, true, "out of memory (SIGKILL by the kernel)")]
    [InlineData(2, 9, false, false, "killed by SIGKILL")]
    [InlineData(2, 6, false, true, "aborted (SIGABRT)")]
    [InlineData(3, 11, true, false, "killed by SIGSEGV")]
    [InlineData(2, 64, false, false, "killed by signal 64")]
    public void Classify_EachEnd_HasItsWords(int code, int status, bool killed, bool memoryRanOut, string expected) =>
        Assert.Equal(expected, ProcessExit.Classify(code, status, killed, memoryRanOut).Description);

    [Fact]
    public void FilesOf_UnifiedAndOlderHierarchy_NamesTheCountersInOrder()
    {
        Assert.Equal(["/sys/fs/cgroup/system.slice/a.service/memory.events", "/proc/vmstat"], OutOfMemoryCounter.FilesOf("0::/system.slice/a.service\n"));
        Assert.Equal(
            ["/sys/fs/cgroup/memory/a/memory.oom_control", "/sys/fs/cgroup/b/memory.events", "/proc/vmstat"],
            OutOfMemoryCounter.FilesOf("5:cpu,memory:/a\n1:cpu:/c\n0::/b\n"));
    }

    [Theory]
    [InlineData("low 0\nhigh 0\nmax 3\noom 2\noom_kill 7\noom_group_kill 0\n", 7)]
    [InlineData("oom_kill_disable 0\nunder_oom 0\noom_kill 3\n", 3)]
    [InlineData("", 0)]
    public void CountIn_Counters_ReadsOomKill(string text, long expected) => Assert.Equal(expected, OutOfMemoryCounter.CountIn(text));

    [Theory]
    [InlineData(1, 0x1fffUL)]
    [InlineData(2, 0x3fffUL)]
    [InlineData(3, 0x7fffUL)]
    [InlineData(4, 0x7fffUL)]
    [InlineData(5, 0xffffUL)]
    [InlineData(7, 0xffffUL)]
    public void HandledBy_EachInterfaceVersion_IsAllItKnows(int version, ulong expected) =>
        Assert.Equal(expected, (ulong)LandlockRuleset.HandledBy(version));

    [Fact]
    public void ToString_MoreThanTheTailHolds_KeepsTheEnd()
    {
        var tail = new OutputTail();
        tail.Append("start"u8);
        Assert.Equal("start", tail.ToString());
        tail.Append(Enumerable.Repeat((byte)'x', 20_000).ToArray());
        tail.Append("end"u8);
        Assert.Equal(new string('x', OutputTail.Capacity - 3) + "end", tail.ToString());
    }

    [Fact]
    public void Structures_InC_HaveTheseSizes()
    {
        Assert.Equal(256, Unsafe.SizeOf<Statx>());
        Assert.Equal(128, Unsafe.SizeOf<SignalInfo>());
        Assert.Equal(12, Unsafe.SizeOf<LandlockPathBeneath>());
        Assert.Equal(24, Unsafe.SizeOf<LandlockRulesetAttributes>());
        Assert.Equal(8, Unsafe.SizeOf<FilterInstruction>());
        Assert.Equal(16, Unsafe.SizeOf<FilterProgram>());
        Assert.Equal(32, Unsafe.SizeOf<GroupEntry>());
        Assert.Equal(48, Unsafe.SizeOf<PasswordEntry>());
    }
}
