using System.Runtime.InteropServices;

namespace EdgeBox.Platform.Interop;

/// <summary><c>struct statx</c>: what the kernel says of a file; 256 bytes on every architecture.</summary>
[StructLayout(LayoutKind.Explicit, Size = 256)]
internal struct Statx
{
    [FieldOffset(16)]
    public uint LinkCount;

    [FieldOffset(20)]
    public uint Uid;

    [FieldOffset(24)]
    public uint Gid;

    [FieldOffset(28)]
    public ushort Mode;

    [FieldOffset(32)]
    public ulong Inode;

    [FieldOffset(40)]
    public ulong Size;

    [FieldOffset(96)]
    public long ChangeSeconds;

    [FieldOffset(104)]
    public uint ChangeNanoseconds;

    [FieldOffset(112)]
    public long ModificationSeconds;

    [FieldOffset(120)]
    public uint ModificationNanoseconds;

    [FieldOffset(136)]
    public uint DeviceMajor;

    [FieldOffset(140)]
    public uint DeviceMinor;
}

/// <summary><c>struct pollfd</c>.</summary>
internal struct PollFd
{
    public int Descriptor;
    public short Events;
    public short ReturnedEvents;
}

/// <summary><c>struct rlimit</c> of a 64-bit machine.</summary>
internal struct ResourceLimit
{
    public ulong Soft;
    public ulong Hard;
}

/// <summary>The part of <c>siginfo_t</c> that <c>waitid</c> fills; 128 bytes.</summary>
[StructLayout(LayoutKind.Explicit, Size = 128)]
internal struct SignalInfo
{
    [FieldOffset(8)]
    public int Code;

    [FieldOffset(24)]
    public int Status;
}

/// <summary><c>struct __user_cap_header_struct</c>.</summary>
internal struct CapabilityHeader
{
    public uint Version;
    public int Pid;
}

/// <summary><c>struct ucred</c>.</summary>
internal struct UserCredentials
{
    public int Pid;
    public uint Uid;
    public uint Gid;
}

/// <summary><c>struct iovec</c>.</summary>
internal unsafe struct IoVector
{
    public byte* Base;
    public nuint Length;
}

/// <summary><c>struct msghdr</c> of a 64-bit machine.</summary>
internal unsafe struct MessageHeader
{
    public void* Name;
    public uint NameLength;
    public IoVector* Vectors;
    public nuint VectorCount;
    public void* Control;
    public nuint ControlLength;
    public int Flags;
}

/// <summary><c>struct cmsghdr</c> of a 64-bit machine; its data follow at once.</summary>
internal struct ControlHeader
{
    public nuint Length;
    public int Level;
    public int Type;
}

/// <summary><c>struct group</c>.</summary>
internal unsafe struct GroupEntry
{
    public byte* Name;
    public byte* Password;
    public uint Gid;
    public byte** Members;
}

/// <summary><c>struct passwd</c>.</summary>
internal unsafe struct PasswordEntry
{
    public byte* Name;
    public byte* Password;
    public uint Uid;
    public uint Gid;
    public byte* RealName;
    public byte* Home;
    public byte* Shell;
}

/// <summary><c>struct sock_filter</c>: one instruction of classic BPF.</summary>
internal record struct FilterInstruction(ushort Code, byte JumpTrue, byte JumpFalse, uint Operand);

/// <summary><c>struct sock_fprog</c>.</summary>
internal unsafe struct FilterProgram
{
    public ushort Length;
    public FilterInstruction* Instructions;
}

/// <summary><c>struct landlock_ruleset_attr</c> as of ABI 6.</summary>
internal struct LandlockRulesetAttributes
{
    public ulong HandledFileAccess;
    public ulong HandledNetworkAccess;
    public ulong Scoped;
}

/// <summary><c>struct landlock_path_beneath_attr</c>, which is packed.</summary>
[StructLayout(LayoutKind.Sequential, Pack = 1)]
internal struct LandlockPathBeneath
{
    public ulong AllowedAccess;
    public int ParentDescriptor;
}
