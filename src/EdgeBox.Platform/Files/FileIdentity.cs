using System.Runtime.InteropServices;
using EdgeBox.Platform.Interop;
using Microsoft.Win32.SafeHandles;

namespace EdgeBox.Platform.Files;

/// <summary>What tells one state of one file from another; two equal identities mean that nothing was written in between.</summary>
/// <param name="Device">The device's number.</param>
/// <param name="Inode">The file's number on the device.</param>
/// <param name="Size">Length in bytes.</param>
/// <param name="ModifiedNanoseconds">Time of the last write, since 1970.</param>
/// <param name="ChangedNanoseconds">Time of the last change of content, mode, owner or links, since 1970; a program cannot set it.</param>
public readonly record struct FileIdentity(ulong Device, ulong Inode, long Size, long ModifiedNanoseconds, long ChangedNanoseconds);

/// <summary>What kind of thing a path leads to, and whose it is.</summary>
internal readonly record struct FileFacts(FileIdentity Identity, uint Type, uint Permissions, uint Uid, uint Links)
{
    public const uint Fifo = 0x1000;
    public const uint CharacterDevice = 0x2000;
    public const uint Directory = 0x4000;
    public const uint BlockDevice = 0x6000;
    public const uint RegularFile = 0x8000;
    public const uint SymbolicLink = 0xa000;
    public const uint Socket = 0xc000;

    private const uint TypeMask = 0xf000;
    private const uint PermissionMask = 0xfff;
    private const long NanosecondsPerSecond = 1_000_000_000;

    public string Kind => Type switch
    {
        Fifo => "a FIFO",
        CharacterDevice => "a character device",
        Directory => "a directory",
        BlockDevice => "a block device",
        SymbolicLink => "a symbolic link",
        Socket => "a socket",
        _ => "a file",
    };

    public static unsafe FileFacts Of(SafeHandle handle)
    {
        Statx facts;
        if (NativeMethods.statx(handle, "", NativeMethods.AT_EMPTY_PATH, NativeMethods.STATX_BASIC_STATS, &facts) != 0)
        {
            throw LinuxException.Last("Looking at an open file");
        }

        return new FileFacts(
            new FileIdentity(
                ((ulong)facts.DeviceMajor << 32) | facts.DeviceMinor,
                facts.Inode,
                (long)facts.Size,
                (facts.ModificationSeconds * NanosecondsPerSecond) + facts.ModificationNanoseconds,
                (facts.ChangeSeconds * NanosecondsPerSecond) + facts.ChangeNanoseconds),
            facts.Mode & TypeMask,
            facts.Mode & PermissionMask,
            facts.Uid,
            facts.LinkCount);
    }
}

/// <summary>A file that was opened, and what it was at that moment.</summary>
/// <param name="Handle">For reading at any offset; the receiver disposes it.</param>
/// <param name="Identity">Compare with <see cref="RegularFile.Identity"/> to see whether it was changed since.</param>
public sealed record OpenedFile(SafeFileHandle Handle, FileIdentity Identity);
