using EdgeBox.Platform.Processes;
using Xunit;

namespace EdgeBox.Platform.Tests.Processes;

public sealed class MainMemoryTests : IDisposable
{
    private const long Mebi = 1 << 20;

    private readonly string _directory = Directory.CreateTempSubdirectory("edgebox-memory-").FullName;

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Fact]
    public void Read_ThisMachine_HasMoreInAllThanIsAvailable()
    {
        var memory = MainMemory.Read();

        Assert.InRange(memory.AvailableBytes, 1, memory.TotalBytes);
    }

    [Theory]
    [InlineData("max", 1000, 800)]
    [InlineData("629145600", 600, 300)] // Of 600 MiB 500 are used, of which 200 are files.
    [InlineData("2097152000", 1000, 800)]
    public void Read_InsideAGroup_IsNoMoreThanItsLimit(string limit, long total, long available)
    {
        Write("proc/meminfo", $"MemTotal: {1000 * 1024} kB\nMemFree: 5 kB\nMemAvailable:   {800 * 1024} kB\n");
        Write("proc/self/cgroup", "0::/system.slice/edgeboxd.service\n");
        Write("groups/system.slice/memory.max", limit + "\n");
        Write("groups/system.slice/memory.current", $"{500 * Mebi}\n");
        Write("groups/system.slice/memory.stat", $"anon {300 * Mebi}\nfile {200 * Mebi}\ninactive_file {150 * Mebi}\nactive_file {50 * Mebi}\n");

        var memory = MainMemory.Read(Path.Combine(_directory, "proc"), Path.Combine(_directory, "groups"));

        Assert.Equal(new MainMemory(total * Mebi, available * Mebi), memory);
    }

    [Fact]
    public void MappedBytes_ThisProcess_IsWhatItsFilesTake()
    {
        Assert.InRange(MainMemory.MappedBytes(Environment.ProcessId), 1 * Mebi, 4096 * Mebi);
        Assert.Equal(0, MainMemory.MappedBytes(int.MaxValue));
    }

    private void Write(string path, string text)
    {
        var full = Path.Combine(_directory, path);
        Directory.CreateDirectory(Path.GetDirectoryName(full)!);
        File.WriteAllText(full, text);
    }
}
