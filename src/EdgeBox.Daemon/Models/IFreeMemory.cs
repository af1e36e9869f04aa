using EdgeBox.Daemon.Models.Planning;
using EdgeBox.Platform.Processes;

namespace EdgeBox.Daemon.Models;

/// <summary>Says how much memory there is for models on which device.</summary>
internal interface IFreeMemory
{
    /// <summary>Of main memory ("host") what can be had now, of each other device what there is in all; in bytes.</summary>
    /// <remarks>A device that is not there is not bounded. What another device has left is reckoned from what was loaded: nobody else uses it.</remarks>
    IReadOnlyDictionary<string, long> Read();

    /// <summary>All main memory of the machine.</summary>
    long HostTotal { get; }
}

/// <summary>Main memory as the kernel tells it, and the devices that the engine told of when a model was planned.</summary>
internal sealed class KernelMemory(MemoryPlanner planner) : IFreeMemory
{
    public IReadOnlyDictionary<string, long> Read() =>
        new Dictionary<string, long>(planner.DeviceTotals) { [DeviceDemand.Host] = MainMemory.Read().AvailableBytes };

    public long HostTotal => MainMemory.Read().TotalBytes;
}
