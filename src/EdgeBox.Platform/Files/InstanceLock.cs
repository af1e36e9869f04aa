using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using EdgeBox.Platform.Interop;
using Microsoft.Win32.SafeHandles;

namespace EdgeBox.Platform.Files;

/// <summary>Another process holds the lock.</summary>
/// <param name="path">The lock file.</param>
/// <param name="holder">The process id that the holder wrote there, or null if it wrote none.</param>
public sealed class InstanceLockedException(string path, int? holder)
    : IOException($"'{path}' is locked by {(holder is { } pid ? $"process {pid}" : "another process")}.")
{
    /// <summary>The process id of the holder, or null if unknown.</summary>
    public int? Holder { get; } = holder;
}

/// <summary>A lock on a file that one process at a time holds; it goes when it is disposed or the process ends, however it ends.</summary>
public sealed class InstanceLock : IDisposable
{
    private readonly SafeFileHandle _file;

    private InstanceLock(SafeFileHandle file) => _file = file;

    /// <summary>Takes the lock, without waiting; the file is made with mode 0600 if need be, and stays.</summary>
    /// <exception cref="InstanceLockedException">Another process has it.</exception>
    /// <exception cref="PrivateFileException">The file cannot be made or is not private.</exception>
    public static InstanceLock Take(string path)
    {
        var file = PrivateFile.OpenOrCreate(path);
        if (NativeMethods.flock(file, NativeMethods.LOCK_EX | NativeMethods.LOCK_NB) == 0)
        {
            var pid = Encoding.ASCII.GetBytes(Environment.ProcessId.ToString(CultureInfo.InvariantCulture));
            RandomAccess.Write(file, pid, 0);
            RandomAccess.SetLength(file, pid.Length);
            return new InstanceLock(file);
        }

        var error = Marshal.GetLastPInvokeError();
        using (file)
        {
            throw error == NativeMethods.EAGAIN ? new InstanceLockedException(path, ReadHolder(file)) : new LinuxException($"Locking '{path}'", error);
        }
    }

    /// <summary>Gives the lock back.</summary>
    public void Dispose() => _file.Dispose();

    private static int? ReadHolder(SafeFileHandle file)
    {
        Span<byte> text = stackalloc byte[16];
        return int.TryParse(text[..RandomAccess.Read(file, text, 0)], CultureInfo.InvariantCulture, out var pid) ? pid : null;
    }
}
