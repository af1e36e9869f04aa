using System.Runtime.InteropServices;
using System.Text;

namespace EdgeBox.Platform.Nvml;

/// <summary>The NVIDIA GPUs of this machine, as their driver tells of them.</summary>
public sealed unsafe class NvidiaGpus : IDisposable
{
    private const int MostDevices = 64;

    private readonly nint[] _devices;
    private bool _disposed;

    private NvidiaGpus(nint[] devices) => (_devices, Names) = (devices, [.. devices.Select(NameOf)]);

    /// <summary>What they are called, e.g. "NVIDIA A100-SXM4-80GB".</summary>
    public IReadOnlyList<string> Names { get; }

    /// <summary>What those that count it have taken since their driver was loaded, in millijoules; null if none does (before Volta).</summary>
    public ulong? TotalMillijoules
    {
        get
        {
            ulong? total = null;
            foreach (var device in _disposed ? [] : _devices)
            {
                ulong energy;
                if (NvmlMethods.nvmlDeviceGetTotalEnergyConsumption(device, &energy) == NvmlMethods.NVML_SUCCESS)
                {
                    total = (total ?? 0) + energy;
                }
            }

            return total;
        }
    }

    /// <summary>Asks the driver; null where there is no driver, none that answers, or no GPU.</summary>
    /// <param name="library">The driver's library; it is loaded only if it is there.</param>
    public static NvidiaGpus? TryOpen(string library = NvmlMethods.Library)
    {
        // Loaded by this name first, so that what follows finds it under its own.
        if (!NativeLibrary.TryLoad(library, out _))
        {
            return null;
        }

        try
        {
            if (NvmlMethods.nvmlInit_v2() != NvmlMethods.NVML_SUCCESS)
            {
                return null;
            }
        }
        catch (Exception exception) when (exception is DllNotFoundException or EntryPointNotFoundException)
        {
            return null;
        }

        var devices = Devices();
        if (devices.Length == 0)
        {
            _ = NvmlMethods.nvmlShutdown();
            return null;
        }

        return new NvidiaGpus(devices);
    }

    public void Dispose()
    {
        if (!_disposed)
        {
            _disposed = true;
            _ = NvmlMethods.nvmlShutdown();
        }
    }

    private static nint[] Devices()
    {
        uint count;
        if (NvmlMethods.nvmlDeviceGetCount_v2(&count) != NvmlMethods.NVML_SUCCESS)
        {
            return [];
        }

        var devices = new List<nint>();
        for (var i = 0u; i < Math.Min(count, MostDevices); i++)
        {
            nint device;
            if (NvmlMethods.nvmlDeviceGetHandleByIndex_v2(i, &device) == NvmlMethods.NVML_SUCCESS)
            {
                devices.Add(device);
            }
        }

        return [.. devices];
    }

    private static string NameOf(nint device)
    {
        var name = stackalloc byte[NvmlMethods.NVML_DEVICE_NAME_V2_BUFFER_SIZE];
        return NvmlMethods.nvmlDeviceGetName(device, name, NvmlMethods.NVML_DEVICE_NAME_V2_BUFFER_SIZE) == NvmlMethods.NVML_SUCCESS
            ? Encoding.UTF8.GetString(MemoryMarshal.CreateReadOnlySpanFromNullTerminated(name))
            : "NVIDIA GPU";
    }
}
