namespace EdgeBox.Daemon.Models;

/// <summary>Says how much memory is free on which device.</summary>
internal interface IFreeMemory
{
    /// <summary>What can be had now, in bytes; "host" is main memory. A device that is not there is not bounded.</summary>
    IReadOnlyDictionary<string, long> Read();

    /// <summary>All main memory of the machine.</summary>
    long HostTotal { get; }
}

/// <summary>Main memory as the kernel tells it.</summary>
internal sealed class KernelMemory : IFreeMemory
{
    /// <summary>The name of main memory among the devices.</summary>
    public const string Host = "host";

    public IReadOnlyDictionary<string, long> Read() => new Dictionary<string, long> { [Host] = MemoryPlan.ReadAvailable() };

    public long HostTotal => MemoryPlan.ReadKey("MemTotal:");
}
