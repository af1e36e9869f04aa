namespace EdgeBox.Daemon.Models.Planning;

/// <summary>What a model takes of one memory, and what that has.</summary>
/// <param name="Device">"host", or the engine's name of the device.</param>
/// <param name="WeightBytes">Weights.</param>
/// <param name="CacheBytes">KV cache.</param>
/// <param name="ComputeBytes">Work space of the engine's graphs.</param>
/// <param name="OverheadBytes">The process and its tables; on a GPU, what the driver takes.</param>
/// <param name="OverheadUnverified">Whether the overhead was never measured on such a device.</param>
internal sealed record DeviceDemand(
    string Device, long WeightBytes, long CacheBytes, long ComputeBytes, long OverheadBytes, bool OverheadUnverified)
{
    /// <summary>The name of main memory.</summary>
    public const string Host = "host";

    /// <summary>All of it.</summary>
    public long NeededBytes => WeightBytes + CacheBytes + ComputeBytes + OverheadBytes;
}

/// <summary>What a memory has.</summary>
/// <param name="TotalBytes">In all.</param>
/// <param name="FreeBytes">Free now.</param>
/// <param name="AloneBytes">Free if every model were put out.</param>
internal sealed record DeviceRoom(long TotalBytes, long FreeBytes, long AloneBytes);
