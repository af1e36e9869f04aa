using System.Globalization;
using System.Runtime.InteropServices;
using EdgeBox.Platform.Interop;
using Microsoft.Win32.SafeHandles;

namespace EdgeBox.Platform.Files;

/// <summary>A file that ought to be private to this user and is not, or cannot be.</summary>
/// <param name="path">Which.</param>
/// <param name="message">What is wrong with it and what to do.</param>
public sealed class PrivateFileException(string path, string message) : IOException(message)
{
    /// <summary>The path as given.</summary>
    public string FilePath { get; } = path;
}

/// <summary>
/// Files with secrets: made with mode 0600, and used only if what was opened is a regular file of this user's own, without further links,
/// that nobody else may read or write.
/// </summary>
public static class PrivateFile
{
    private const uint OwnerOnly = 0x180;
    private const uint OfOthers = 0x3f;

    /// <summary>Opens an existing private file.</summary>
    /// <exception cref="FileNotFoundException">There is none.</exception>
    /// <exception cref="PrivateFileException">It is not private.</exception>
    public static SafeFileHandle Open(string path, FileAccess access) =>
        Open(path, Flags(access)) ?? throw new FileNotFoundException($"There is no file '{path}'.", path);

    /// <summary>Opens a private file for reading and writing, making an empty one if there is none.</summary>
    /// <exception cref="PrivateFileException">It is not private, or cannot be made.</exception>
    public static SafeFileHandle OpenOrCreate(string path) =>
        Open(path, NativeMethods.O_RDWR | NativeMethods.O_CREAT) ?? throw new PrivateFileException(path, $"The directory of '{path}' does not exist.");

    /// <summary>Reads a private file; null if there is none.</summary>
    /// <param name="path">Which.</param>
    /// <param name="limit">Most bytes that it may have.</param>
    /// <exception cref="PrivateFileException">It is not private, or longer than the limit.</exception>
    public static byte[]? ReadIfExists(string path, int limit = 1024 * 1024)
    {
        using var file = Open(path, NativeMethods.O_RDONLY);
        if (file is null)
        {
            return null;
        }

        var length = RandomAccess.GetLength(file);
        if (length > limit)
        {
            throw new PrivateFileException(path, $"'{path}' has {length} bytes; at most {limit} were expected.");
        }

        var bytes = new byte[length];
        var read = 0;
        while (read < length && RandomAccess.Read(file, bytes.AsSpan(read), read) is > 0 and var count)
        {
            read += count;
        }

        return bytes[..read];
    }

    /// <summary>Replaces a private file as a whole, or makes it; see <see cref="AtomicFile"/>.</summary>
    /// <exception cref="PrivateFileException">One is there that is not private.</exception>
    public static void Write(string path, ReadOnlySpan<byte> content)
    {
        // What others could write to is evidence of a mistake or an attack: not to be papered over.
        Open(path, NativeMethods.O_RDONLY)?.Dispose();
        AtomicFile.Write(path, content, UnixFileMode.UserRead | UnixFileMode.UserWrite);
    }

    private static int Flags(FileAccess access) => access switch
    {
        FileAccess.Read => NativeMethods.O_RDONLY,
        FileAccess.Write => NativeMethods.O_WRONLY,
        _ => NativeMethods.O_RDWR,
    };

    private static SafeFileHandle? Open(string path, int flags)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        const int Careful = NativeMethods.O_NOFOLLOW | NativeMethods.O_NONBLOCK | NativeMethods.O_NOCTTY | NativeMethods.O_CLOEXEC;
        var descriptor = NativeMethods.open(path, flags | Careful, OwnerOnly);
        if (descriptor < 0)
        {
            var error = Marshal.GetLastPInvokeError();
            return error switch
            {
                NativeMethods.ENOENT => null,
                NativeMethods.ELOOP => throw new PrivateFileException(path, $"'{path}' is a symbolic link; a private file must be the file itself. Remove the link."),
                NativeMethods.EISDIR => throw new PrivateFileException(path, $"'{path}' is a directory; a regular file is needed."),
                _ => throw new PrivateFileException(path, new LinuxException($"Opening '{path}'", error).Message),
            };
        }

        var handle = new SafeFileHandle(descriptor, ownsHandle: true);
        try
        {
            Check(path, FileFacts.Of(handle));
            return handle;
        }
        catch
        {
            handle.Dispose();
            throw;
        }
    }

    private static void Check(string path, FileFacts facts)
    {
        var user = NativeMethods.geteuid();
        var fault = facts switch
        {
            { Type: not FileFacts.RegularFile } => $"is {facts.Kind}; a regular file is needed",
            _ when facts.Uid != user => $"belongs to user {facts.Uid} and not to user {user}; give it back with chown, if it can still be trusted",
            _ when (facts.Permissions & OfOthers) != 0 =>
                $"has mode {Convert.ToString(facts.Permissions, 8).PadLeft(4, '0')}, so others can touch it; set 0600, if it can still be trusted",
            { Links: > 1 } => string.Create(CultureInfo.InvariantCulture, $"has {facts.Links} names (hard links); it must have one"),
            _ => null,
        };
        if (fault is not null)
        {
            throw new PrivateFileException(path, $"'{path}' {fault}.");
        }
    }
}
