using System.Runtime.InteropServices;

namespace EdgeBox.Worker.Hosting;

/// <summary>The functions of libc that the worker calls, with their C names.</summary>
internal static unsafe partial class NativeMethods
{
    internal const int PR_SET_DUMPABLE = 4;
    internal const int RLIMIT_CORE = 4;
    internal const int EINTR = 4;
    internal const int MALLOC_MMAP_THRESHOLD = -3;

    private const string Library = "libc";

    [LibraryImport(Library, SetLastError = true)]
    internal static partial int prctl(int option, nuint a, nuint b, nuint c, nuint d);

    [LibraryImport(Library, SetLastError = true)]
    internal static partial int setrlimit(int resource, resource_limit* limit);

    [LibraryImport(Library, SetLastError = true)]
    internal static partial nint read(int descriptor, byte* buffer, nuint count);

    [LibraryImport(Library, SetLastError = true)]
    internal static partial nint write(int descriptor, byte* buffer, nuint count);

    [LibraryImport(Library, SetLastError = true)]
    internal static partial nint getrandom(byte* buffer, nuint count, uint flags);

    [LibraryImport(Library)]
    internal static partial void _exit(int status);

    [LibraryImport(Library)]
    internal static partial int malloc_trim(nuint pad);

    [LibraryImport(Library)]
    internal static partial int mallopt(int option, int value);

    /// <summary>Bounds of a resource.</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal struct resource_limit
    {
        public nuint soft;
        public nuint hard;
    }
}
