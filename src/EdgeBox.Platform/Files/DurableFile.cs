using System.Runtime.InteropServices;
using EdgeBox.Platform.Interop;
using Microsoft.Win32.SafeHandles;

namespace EdgeBox.Platform.Files;

/// <summary>A file that is being written; nothing of it is sure to be on the disk before <see cref="Synchronize"/>.</summary>
public sealed class DurableFile : IDisposable
{
    private readonly IFileWitness? _witness;

    internal DurableFile(string path, int descriptor, IFileWitness? witness)
    {
        (Path, _witness) = (path, witness);
        Handle = new SafeFileHandle(descriptor, ownsHandle: true);
    }

    /// <summary>Its name when it was opened.</summary>
    public string Path { get; }

    /// <summary>For reading.</summary>
    public SafeFileHandle Handle { get; }

    /// <summary>How long it is.</summary>
    public long Length => FileFacts.Of(Handle).Identity.Size;

    /// <summary>Writes all of these bytes.</summary>
    /// <exception cref="LinuxException">Some were not written.</exception>
    public unsafe void Write(long offset, ReadOnlySpan<byte> content)
    {
        fixed (byte* bytes = content)
        {
            for (var written = 0; written < content.Length;)
            {
                var count = NativeMethods.pwrite(Handle, bytes + written, (nuint)(content.Length - written), offset + written);
                if (count < 0 && Marshal.GetLastPInvokeError() == NativeMethods.EINTR)
                {
                    continue;
                }

                Require((int)Math.Min(count, 0), $"Writing '{Path}'");
                written += (int)count;
            }
        }

        _witness?.Wrote(Path, offset, content);
    }

    /// <summary>Cuts off what lies beyond a length.</summary>
    public void Cut(long length)
    {
        Require(NativeMethods.ftruncate(Handle, length), $"Cutting '{Path}'");
        _witness?.Cut(Path, length);
    }

    /// <summary>Makes it share another file's bytes, if the file system can; later changes of the one are not seen in the other.</summary>
    /// <returns>Whether it does.</returns>
    public bool TryClone(SafeFileHandle source) => NativeMethods.ioctl_clone(Handle, NativeMethods.FICLONE, source) == 0;

    /// <summary>Asks the kernel to begin to write a stretch to the disk, without waiting.</summary>
    public void BeginWriting(long offset, long length) =>
        _ = NativeMethods.sync_file_range(Handle, offset, length, NativeMethods.SYNC_FILE_RANGE_WRITE);

    /// <summary>Returns when all of it is on the disk.</summary>
    /// <exception cref="LinuxException">It is not.</exception>
    public void Synchronize()
    {
        Require(NativeMethods.fsync(Handle), $"Forcing '{Path}' to the disk");
        _witness?.Synchronized(Path);
    }

    /// <summary>Sets its mode, whatever the umask says.</summary>
    public void SetMode(UnixFileMode mode) => Require(NativeMethods.fchmod(Handle, (uint)mode), $"Setting the mode of '{Path}'");

    /// <inheritdoc/>
    public void Dispose() => Handle.Dispose();

    internal static void Require(int result, string operation)
    {
        if (result < 0)
        {
            throw LinuxException.Last(operation);
        }
    }
}
