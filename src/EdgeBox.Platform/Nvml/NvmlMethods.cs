using System.Runtime.InteropServices;

namespace EdgeBox.Platform.Nvml;

/// <summary>The part of NVIDIA's management library that is used, under its C names (nvml.h of CUDA 12).</summary>
internal static unsafe partial class NvmlMethods
{
    public const string Library = "libnvidia-ml.so.1";
    public const int NVML_SUCCESS = 0;
    public const int NVML_DEVICE_NAME_V2_BUFFER_SIZE = 96;

    [LibraryImport(Library)]
    internal static partial int nvmlInit_v2();

    [LibraryImport(Library)]
    internal static partial int nvmlShutdown();

    [LibraryImport(Library)]
    internal static partial int nvmlDeviceGetCount_v2(uint* deviceCount);

    [LibraryImport(Library)]
    internal static partial int nvmlDeviceGetHandleByIndex_v2(uint index, nint* device);

    [LibraryImport(Library)]
    internal static partial int nvmlDeviceGetName(nint device, byte* name, uint length);

    [LibraryImport(Library)]
    internal static partial int nvmlDeviceGetTotalEnergyConsumption(nint device, ulong* energy);
}
