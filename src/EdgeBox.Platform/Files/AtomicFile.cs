using EdgeBox.Platform.Interop;

namespace EdgeBox.Platform.Files;

/// <summary>Replaces a file so that after a power cut there is the old content or the new, whole, and never a mixture.</summary>
public static class AtomicFile
{
    /// <summary>Writes a file beside the old one, forces it to the disk, and gives it the name.</summary>
    /// <param name="path">The name; its directory must exist.</param>
    /// <param name="content">All of the new content.</param>
    /// <param name="mode">The exact permissions of the new file, whatever the umask says; it has no others at any moment.</param>
    /// <exception cref="LinuxException">Not written; the old file is as it was.</exception>
    public static unsafe void Write(string path, ReadOnlySpan<byte> content, UnixFileMode mode)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        var full = Path.GetFullPath(path);
        var temporary = $"{full}.{Guid.NewGuid():N}.tmp";
        const int Flags = NativeMethods.O_WRONLY | NativeMethods.O_CREAT | NativeMethods.O_EXCL | NativeMethods.O_NOFOLLOW | NativeMethods.O_CLOEXEC;
        var descriptor = NativeMethods.open(temporary, Flags, (uint)mode & 0x180);
        if (descriptor < 0)
        {
            throw LinuxException.Last($"Creating '{temporary}'");
        }

        try
        {
            using (var file = new SafeDescriptor(descriptor))
            {
                Fill(file, content, temporary);
                Require(NativeMethods.fchmod(file, (uint)mode), $"Setting the mode of '{temporary}'");
                Require(NativeMethods.fsync(file), $"Forcing '{temporary}' to the disk");
            }

            Require(NativeMethods.rename(temporary, full), $"Renaming '{temporary}' to '{full}'");
        }
        catch
        {
            _ = NativeMethods.unlink(temporary);
            throw;
        }

        SynchronizeDirectory(Path.GetDirectoryName(full)!);
    }

    /// <summary>Forces the names in a directory to the disk, after a file was made, renamed or removed there.</summary>
    public static void SynchronizeDirectory(string path)
    {
        var descriptor = NativeMethods.open(path, NativeMethods.O_RDONLY | NativeMethods.O_DIRECTORY | NativeMethods.O_CLOEXEC, 0);
        Require(Math.Min(descriptor, 0), $"Opening the directory '{path}'");
        using var directory = new SafeDescriptor(descriptor);
        Require(NativeMethods.fsync(directory), $"Forcing the directory '{path}' to the disk");
    }

    private static unsafe void Fill(SafeDescriptor file, ReadOnlySpan<byte> content, string name)
    {
        fixed (byte* bytes = content)
        {
            for (var written = 0; written < content.Length;)
            {
                var count = NativeMethods.write(file, bytes + written, (nuint)(content.Length - written));
                if (count < 0 && System.Runtime.InteropServices.Marshal.GetLastPInvokeError() == NativeMethods.EINTR)
                {
                    continue;
                }

                Require((int)Math.Min(count, 0), $"Writing '{name}'");
                written += (int)count;
            }
        }
    }

    private static void Require(int result, string operation)
    {
        if (result < 0)
        {
            throw LinuxException.Last(operation);
        }
    }
}
