using System.Globalization;
using EdgeBox.Platform.Nvml;

namespace EdgeBox.Daemon.Models.Acceptance;

/// <summary>This machine, as the kernel and the GPU's driver tell of it.</summary>
internal sealed class Machine : IMachine, IDisposable
{
    private readonly Lazy<NvidiaGpus?> _gpus = new(() => NvidiaGpus.TryOpen());

    public string Words
    {
        get
        {
            var processor = ValueOf("/proc/cpuinfo", "model name") ?? "unknown processor";
            var kilobytes = ValueOf("/proc/meminfo", "MemTotal")?.Split(' ')[0];
            var memory = double.TryParse(kilobytes, NumberStyles.None, CultureInfo.InvariantCulture, out var total) ? total / (1 << 20) : 0;
            var words = string.Create(CultureInfo.InvariantCulture, $"{processor}, {Environment.ProcessorCount} cores, {memory:0.0} GiB");
            return string.Join(", ", (_gpus.Value?.Names ?? []).Prepend(words));
        }
    }

    public ulong? Millijoules => _gpus.Value?.TotalMillijoules;

    public void Dispose()
    {
        if (_gpus.IsValueCreated)
        {
            _gpus.Value?.Dispose();
        }
    }

    private static string? ValueOf(string file, string key)
    {
        try
        {
            return File.ReadLines(file).FirstOrDefault(line => line.StartsWith(key, StringComparison.Ordinal))?.Split(':', 2)[^1].Trim();
        }
        catch (IOException)
        {
            return null;
        }
    }
}
