using System.Runtime.InteropServices;
using EdgeBox.Platform.Interop;

namespace EdgeBox.Platform.Files;

/// <summary>Is told of every act by which <see cref="DurableFiles"/> changes a disk, in order, after it was done.</summary>
public interface IFileWitness
{
    /// <summary>An empty file was made.</summary>
    void Created(string path);

    /// <summary>Bytes were written.</summary>
    void Wrote(string path, long offset, ReadOnlySpan<byte> content);

    /// <summary>What lies beyond this length was cut off.</summary>
    void Cut(string path, long length);

    /// <summary>What the file holds is on the disk.</summary>
    void Synchronized(string path);

    /// <summary>The file has another name; what had that name before is gone.</summary>
    void Renamed(string from, string to);

    /// <summary>The file is gone.</summary>
    void Removed(string path);

    /// <summary>The names in the directory are on the disk.</summary>
    void SynchronizedDirectory(string path);
}

/// <summary>The acts that a store of large files is changed by: what is durable, and from when on, is said by the caller step by step.</summary>
/// <param name="witness">Is told of each act; null for nobody.</param>
public sealed class DurableFiles(IFileWitness? witness = null)
{
    private const uint OwnerOnly = 0x180;
    private const int Careful = NativeMethods.O_NOFOLLOW | NativeMethods.O_NONBLOCK | NativeMethods.O_NOCTTY | NativeMethods.O_CLOEXEC;

    /// <summary>Makes a file with mode 0600.</summary>
    /// <exception cref="LinuxException">Something has that name already, or it cannot be made.</exception>
    public DurableFile Create(string path)
    {
        var file = Open(path, NativeMethods.O_RDWR | NativeMethods.O_CREAT | NativeMethods.O_EXCL, "Creating");
        witness?.Created(path);
        return file;
    }

    /// <summary>Opens a file of this user's own, to go on with it.</summary>
    /// <exception cref="LinuxException">There is none, or it cannot be opened.</exception>
    public DurableFile OpenExisting(string path) => Open(path, NativeMethods.O_RDWR, "Opening");

    /// <summary>Gives a file another name, in place of what has it. To be on the disk it needs <see cref="SynchronizeDirectory"/>.</summary>
    public void Rename(string from, string to)
    {
        DurableFile.Require(NativeMethods.rename(from, to), $"Renaming '{from}' to '{to}'");
        witness?.Renamed(from, to);
    }

    /// <summary>Removes a file. To be on the disk it needs <see cref="SynchronizeDirectory"/>.</summary>
    /// <returns>Whether there was one.</returns>
    public bool Remove(string path)
    {
        if (NativeMethods.unlink(path) != 0)
        {
            var error = Marshal.GetLastPInvokeError();
            return error == NativeMethods.ENOENT ? false : throw new LinuxException($"Removing '{path}'", error);
        }

        witness?.Removed(path);
        return true;
    }

    /// <summary>Forces the names in a directory to the disk.</summary>
    public void SynchronizeDirectory(string path)
    {
        AtomicFile.SynchronizeDirectory(path);
        witness?.SynchronizedDirectory(path);
    }

    /// <summary>Replaces a small file: after a power cut there is the old one or the new one, whole. It is on the disk on return.</summary>
    /// <param name="path">The name; its directory must exist.</param>
    /// <param name="content">All of the new content.</param>
    /// <param name="temporary">The name that it has until it is whole; what has that name is removed.</param>
    /// <param name="time">Its time of modification; null: now.</param>
    public void Replace(string path, ReadOnlySpan<byte> content, string temporary, DateTimeOffset? time = null)
    {
        Remove(temporary);
        using (var file = Create(temporary))
        {
            file.Write(0, content);
            if (time is { } moment)
            {
                File.SetLastWriteTimeUtc(file.Handle, moment.UtcDateTime);
            }

            file.Synchronize();
        }

        Rename(temporary, path);
        SynchronizeDirectory(Path.GetDirectoryName(path)!);
    }

    private DurableFile Open(string path, int flags, string operation)
    {
        var descriptor = NativeMethods.open(path, flags | Careful, OwnerOnly);
        return descriptor >= 0
            ? new DurableFile(path, descriptor, witness)
            : throw LinuxException.Last($"{operation} '{path}'");
    }
}
