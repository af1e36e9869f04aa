using System.Runtime.InteropServices;
using EdgeBox.Platform.Interop;
using Microsoft.Win32.SafeHandles;

namespace EdgeBox.Platform.Files;

/// <summary>Why a path could not be opened as a regular file.</summary>
public enum RegularFileProblem
{
    /// <summary>Nothing has that name.</summary>
    Missing,

    /// <summary>The permissions of the file or of a directory above it forbid it.</summary>
    NotPermitted,

    /// <summary>It is a directory, FIFO, socket or device.</summary>
    NotRegular,

    /// <summary>The system refused for another reason, which the message names.</summary>
    Failed,
}

/// <summary>A path that could not be opened as a regular file.</summary>
/// <param name="path">The path as given.</param>
/// <param name="problem">What kind of reason.</param>
/// <param name="message">A sentence for a person.</param>
public sealed class RegularFileException(string path, RegularFileProblem problem, string message) : IOException(message)
{
    /// <summary>The path as given.</summary>
    public string FilePath { get; } = path;

    /// <summary>What kind of reason.</summary>
    public RegularFileProblem Problem { get; } = problem;
}

/// <summary>Opens files that foreign hands may have prepared: never hangs on a FIFO, never touches a device.</summary>
public static class RegularFile
{
    /// <summary>Opens an existing regular file for reading.</summary>
    /// <param name="path">Which.</param>
    /// <param name="followLinks">Whether the last of its names may be a symbolic link.</param>
    /// <exception cref="RegularFileException">It is missing, forbidden, or not a regular file.</exception>
    public static OpenedFile OpenForReading(string path, bool followLinks = true)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        if (path.Contains('\0', StringComparison.Ordinal))
        {
            throw new RegularFileException(path, RegularFileProblem.Missing, "A path holds a zero character, which no file name can.");
        }

        // A path-only descriptor looks without opening, so that a FIFO does not wait and a device is not woken.
        using var place = Open(path, path, NativeMethods.O_PATH | (followLinks ? 0 : NativeMethods.O_NOFOLLOW));
        var facts = FileFacts.Of(place);
        if (facts.Type != FileFacts.RegularFile)
        {
            throw new RegularFileException(path, RegularFileProblem.NotRegular, $"'{path}' is {facts.Kind}; name a regular file.");
        }

        // By the descriptor, so that it is the very file just looked at.
        using var opened = Open($"/proc/self/fd/{place.DangerousGetHandle()}", path, NativeMethods.O_RDONLY | NativeMethods.O_NONBLOCK | NativeMethods.O_NOCTTY);
        var handle = new SafeFileHandle(opened.DangerousGetHandle(), ownsHandle: true);
        opened.SetHandleAsInvalid();
        return new OpenedFile(handle, FileFacts.Of(handle).Identity);
    }

    /// <summary>What an open file is now.</summary>
    public static FileIdentity Identity(SafeFileHandle handle) => FileFacts.Of(handle).Identity;

    private static SafeDescriptor Open(string path, string named, int flags)
    {
        var descriptor = NativeMethods.open(path, flags | NativeMethods.O_CLOEXEC, 0);
        if (descriptor >= 0)
        {
            return new SafeDescriptor(descriptor);
        }

        var error = Marshal.GetLastPInvokeError();
        throw error switch
        {
            NativeMethods.ENOENT or NativeMethods.ENOTDIR => new RegularFileException(
                named, RegularFileProblem.Missing, $"There is no file '{named}'."),
            NativeMethods.EACCES or NativeMethods.EPERM => new RegularFileException(
                named, RegularFileProblem.NotPermitted, $"'{named}' may not be read by this user; check its permissions and those of the directories above it."),
            _ => new RegularFileException(named, RegularFileProblem.Failed, new LinuxException($"Opening '{named}'", error).Message),
        };
    }
}
