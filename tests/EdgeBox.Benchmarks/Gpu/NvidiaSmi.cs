using System.Diagnostics;
using System.Globalization;

namespace EdgeBox.Benchmarks.Gpu;

/// <summary>What the driver's own program says of the memory of GPUs.</summary>
internal static class NvidiaSmi
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(20);

    /// <summary>Bytes that a process holds on all GPUs; null where that is not told.</summary>
    public static async Task<long?> BytesOfAsync(int pid)
    {
        long? bytes = null;
        foreach (var line in await AskAsync("--query-compute-apps=pid,used_memory", "--format=csv,noheader,nounits"))
        {
            if (line.Split(',', StringSplitOptions.TrimEntries) is [var who, var used]
                && int.TryParse(who, CultureInfo.InvariantCulture, out var found) && found == pid
                && long.TryParse(used, CultureInfo.InvariantCulture, out var mebibytes))
            {
                bytes = (bytes ?? 0) + (mebibytes << 20);
            }
        }

        return bytes;
    }

    /// <summary>Bytes in use on all GPUs, whoever holds them; null without an answer.</summary>
    public static async Task<long?> BytesInUseAsync()
    {
        var lines = await AskAsync("--query-gpu=memory.used", "--format=csv,noheader,nounits");
        return lines.Count > 0 && lines.All(line => long.TryParse(line, CultureInfo.InvariantCulture, out _))
            ? lines.Sum(line => long.Parse(line, CultureInfo.InvariantCulture) << 20)
            : null;
    }

    private static async Task<List<string>> AskAsync(params string[] arguments)
    {
        try
        {
            using var process = Process.Start(new ProcessStartInfo("nvidia-smi", arguments) { RedirectStandardOutput = true })!;
            var said = await process.StandardOutput.ReadToEndAsync().WaitAsync(s_patience);
            return [.. said.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)];
        }
        catch (System.ComponentModel.Win32Exception)
        {
            // There is no such program here.
            return [];
        }
    }
}
