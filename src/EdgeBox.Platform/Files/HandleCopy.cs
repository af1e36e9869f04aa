using System.Runtime.InteropServices;
using EdgeBox.Platform.Interop;
using Microsoft.Win32.SafeHandles;

namespace EdgeBox.Platform.Files;

/// <summary>A second descriptor of the same open file.</summary>
public static class HandleCopy
{
    /// <summary>Makes one, closed on exec, that stays open when the first is closed.</summary>
    /// <exception cref="LinuxException">There are no descriptors left.</exception>
    public static SafeFileHandle Of(SafeHandle handle)
    {
        ArgumentNullException.ThrowIfNull(handle);
        var copy = NativeMethods.fcntl(handle, NativeMethods.F_DUPFD_CLOEXEC, 0);
        return copy >= 0 ? new SafeFileHandle(copy, ownsHandle: true) : throw LinuxException.Last("Copying a descriptor");
    }
}
