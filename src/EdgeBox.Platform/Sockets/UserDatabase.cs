using System.Runtime.InteropServices;
using EdgeBox.Platform.Interop;

namespace EdgeBox.Platform.Sockets;

/// <summary>The machine's users and groups, by whatever sources the machine uses (getpwuid_r(3), getgrnam_r(3)).</summary>
public static unsafe class UserDatabase
{
    private const int FirstBuffer = 1024;
    private const int LargestBuffer = 1024 * 1024;

    private delegate int Lookup<TEntry>(TEntry* entry, byte* buffer, nuint length, TEntry** found)
        where TEntry : unmanaged;

    private delegate TResult Read<TEntry, TResult>(TEntry* entry)
        where TEntry : unmanaged;

    /// <summary>The effective user of this process.</summary>
    public static uint CurrentUser => NativeMethods.geteuid();

    /// <summary>The id of a group, or null if there is none of that name.</summary>
    /// <exception cref="LinuxException">The database could not be asked, or the entry is larger than 1 MiB.</exception>
    public static uint? FindGroup(string name) => Find<GroupEntry, uint?>(
        $"Looking up the group '{name}'",
        (entry, buffer, length, found) => NativeMethods.getgrnam_r(name, entry, buffer, length, found),
        entry => entry->Gid);

    /// <summary>The name of a user, or null if there is none of that id.</summary>
    /// <exception cref="LinuxException">The database could not be asked, or the entry is larger than 1 MiB.</exception>
    public static string? FindUserName(uint uid) => Find<PasswordEntry, string?>(
        $"Looking up the user {uid}",
        (entry, buffer, length, found) => NativeMethods.getpwuid_r(uid, entry, buffer, length, found),
        entry => Marshal.PtrToStringUTF8((nint)entry->Name));

    /// <summary>The id of a user, or null if there is none of that name.</summary>
    /// <exception cref="LinuxException">The database could not be asked, or the entry is larger than 1 MiB.</exception>
    public static uint? FindUser(string name) => Find<PasswordEntry, uint?>(
        $"Looking up the user '{name}'",
        (entry, buffer, length, found) => NativeMethods.getpwnam_r(name, entry, buffer, length, found),
        entry => entry->Uid);

    private static TResult? Find<TEntry, TResult>(string operation, Lookup<TEntry> lookup, Read<TEntry, TResult> read)
        where TEntry : unmanaged
    {
        for (var length = FirstBuffer; ; length *= 4)
        {
            TEntry entry;
            TEntry* found = null;
            int error;
            fixed (byte* buffer = new byte[length])
            {
                error = lookup(&entry, buffer, (nuint)length, &found);
                if (error == 0 && found is not null)
                {
                    return read(found);
                }
            }

            switch (error)
            {
                // Some sources answer "no such entry" with an error instead of with success and nothing found.
                case 0 or NativeMethods.ENOENT or NativeMethods.ESRCH:
                    return default;
                case NativeMethods.ERANGE when length < LargestBuffer:
                    break;
                case NativeMethods.EINTR:
                    length /= 4;
                    break;
                default:
                    throw new LinuxException(operation, error);
            }
        }
    }
}
