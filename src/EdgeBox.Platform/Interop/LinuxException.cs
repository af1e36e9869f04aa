using System.Runtime.InteropServices;

namespace EdgeBox.Platform.Interop;

/// <summary>A system call that the kernel or libc refused.</summary>
/// <param name="operation">What was tried, in words that a person can act on.</param>
/// <param name="errno">The error number.</param>
public sealed class LinuxException(string operation, int errno)
    : IOException($"{operation}: {Marshal.GetPInvokeErrorMessage(errno)} (errno {errno}).")
{
    /// <summary>The error number of Linux, such as 13 for EACCES.</summary>
    public int Errno { get; } = errno;

    /// <summary>Whether there was no room, or no more of the user's share of it.</summary>
    public bool IsFull => Errno is NativeMethods.ENOSPC or NativeMethods.EDQUOT or NativeMethods.EFBIG;

    internal static LinuxException Last(string operation) => new(operation, Marshal.GetLastPInvokeError());
}
