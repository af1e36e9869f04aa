using System.Globalization;
using System.Runtime.InteropServices;

namespace EdgeBox.Benchmarks;

/// <summary>What the figures were measured on, in one line.</summary>
internal static class Machine
{
    /// <summary>Processor, cores, memory, kernel and runtime.</summary>
    public static string Describe()
    {
        var processor = ValueOf("/proc/cpuinfo", "model name") ?? "unknown processor";
        var kilobytes = ValueOf("/proc/meminfo", "MemTotal")?.Split(' ')[0];
        var memory = double.Parse(kilobytes ?? "0", CultureInfo.InvariantCulture) / (1 << 20);
        var kernel = File.ReadAllText("/proc/sys/kernel/osrelease").Trim();
        return $"{processor}, {Environment.ProcessorCount} cores, {Figure.Number(memory)} GiB, Linux {kernel}, {RuntimeInformation.FrameworkDescription}";
    }

    private static string? ValueOf(string file, string key) =>
        File.ReadLines(file).FirstOrDefault(line => line.StartsWith(key, StringComparison.Ordinal))?.Split(':', 2)[1].Trim();
}
