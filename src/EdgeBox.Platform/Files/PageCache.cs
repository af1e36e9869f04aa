using EdgeBox.Platform.Interop;
using Microsoft.Win32.SafeHandles;

namespace EdgeBox.Platform.Files;

/// <summary>Tells the kernel how a file is going to be read; it may ignore that.</summary>
public static class PageCache
{
    /// <summary>It is read from its beginning to its end.</summary>
    public static void ReadAhead(SafeFileHandle file) => _ = NativeMethods.posix_fadvise(file, 0, 0, NativeMethods.POSIX_FADV_SEQUENTIAL);

    /// <summary>A stretch of it need not stay in memory. What programs have mapped and what is not on the disk yet stays.</summary>
    /// <param name="file">Which.</param>
    /// <param name="offset">From where on.</param>
    /// <param name="length">How much; 0: to its end.</param>
    public static void Drop(SafeFileHandle file, long offset, long length) =>
        _ = NativeMethods.posix_fadvise(file, offset, length, NativeMethods.POSIX_FADV_DONTNEED);
}
