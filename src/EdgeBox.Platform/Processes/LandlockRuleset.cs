using System.Runtime.InteropServices;
using EdgeBox.Platform.Interop;

namespace EdgeBox.Platform.Processes;

/// <summary>The file rights of landlock, under the kernel's names.</summary>
[Flags]
internal enum LandlockFileAccess : ulong
{
    None = 0,
    Execute = 1UL << 0,
    WriteFile = 1UL << 1,
    ReadFile = 1UL << 2,
    ReadDirectory = 1UL << 3,
    Refer = 1UL << 13,
    Truncate = 1UL << 14,
    ControlDevice = 1UL << 15,
    Version1 = (1UL << 13) - 1,
}

/// <summary>A landlock ruleset that refuses every file, TCP port, abstract socket and signal but for what is granted.</summary>
internal sealed unsafe class LandlockRuleset : IDisposable
{
    private const int RulePathBeneath = 1;
    private const ulong NetworkBindAndConnectTcp = 3;
    private const ulong ScopeAbstractSocketAndSignal = 3;
    private const LandlockFileAccess OfFiles =
        LandlockFileAccess.Execute | LandlockFileAccess.WriteFile | LandlockFileAccess.ReadFile
        | LandlockFileAccess.Truncate | LandlockFileAccess.ControlDevice;

    private const ushort TypeMask = 0xf000;
    private const ushort TypeDirectory = 0x4000;
    private const ushort TypeRegularFile = 0x8000;

    private readonly LandlockFileAccess _handled;

    public LandlockRuleset(int abi)
    {
        _handled = HandledBy(abi);
        var attributes = new LandlockRulesetAttributes
        {
            HandledFileAccess = (ulong)_handled,
            HandledNetworkAccess = abi >= 4 ? NetworkBindAndConnectTcp : 0,
            Scoped = abi >= 6 ? ScopeAbstractSocketAndSignal : 0,
        };
        // An older kernel takes the longer structure as long as what it does not know is zero.
        var descriptor = NativeMethods.syscall(
            NativeMethods.SYS_landlock_create_ruleset, (nint)(&attributes), sizeof(LandlockRulesetAttributes), 0, 0);
        if (descriptor < 0)
        {
            throw LinuxException.Last("Creating a landlock ruleset");
        }

        Handle = new SafeDescriptor((int)descriptor);
    }

    public SafeDescriptor Handle { get; }

    public static LandlockFileAccess HandledBy(int abi)
    {
        var handled = LandlockFileAccess.Version1;
        handled |= abi >= 2 ? LandlockFileAccess.Refer : 0;
        handled |= abi >= 3 ? LandlockFileAccess.Truncate : 0;
        handled |= abi >= 5 ? LandlockFileAccess.ControlDevice : 0;
        return handled;
    }

    public void Grant(SandboxPath grant)
    {
        var descriptor = NativeMethods.open(grant.Path, NativeMethods.O_PATH | NativeMethods.O_CLOEXEC, 0);
        if (descriptor < 0)
        {
            if (grant.Optional && Marshal.GetLastPInvokeError() is NativeMethods.ENOENT or NativeMethods.EACCES)
            {
                return;
            }

            throw LinuxException.Last($"Granting the sandbox path '{grant.Path}'");
        }

        using var handle = new SafeDescriptor(descriptor);
        Grant(handle, RightsOf(grant.Access), grant.Path);
    }

    /// <summary>Grants the rights on exactly the file that a descriptor stands for, whatever its path is or becomes.</summary>
    public void Grant(SafeHandle descriptor, LandlockFileAccess rights, string name)
    {
        var rule = new LandlockPathBeneath
        {
            AllowedAccess = (ulong)(rights & _handled & (TypeOf(descriptor, name) == TypeDirectory ? ~LandlockFileAccess.None : OfFiles)),
            ParentDescriptor = (int)descriptor.DangerousGetHandle(),
        };
        if (NativeMethods.syscall(NativeMethods.SYS_landlock_add_rule, Handle.Descriptor, RulePathBeneath, (nint)(&rule), 0) != 0)
        {
            throw LinuxException.Last($"Granting the sandbox path '{name}'");
        }
    }

    /// <summary>Lets the file behind a descriptor be opened again for reading; other kinds of descriptor get no right beyond themselves.</summary>
    public void GrantIfRegularFile(SafeHandle descriptor, string name)
    {
        if (TypeOf(descriptor, name) == TypeRegularFile)
        {
            Grant(descriptor, LandlockFileAccess.ReadFile, name);
        }
    }

    public void Dispose() => Handle.Dispose();

    private static LandlockFileAccess RightsOf(SandboxAccess access) => access switch
    {
        SandboxAccess.Read => LandlockFileAccess.ReadFile | LandlockFileAccess.ReadDirectory,
        SandboxAccess.ReadFiles => LandlockFileAccess.ReadFile,
        SandboxAccess.ReadExecute => LandlockFileAccess.ReadFile | LandlockFileAccess.ReadDirectory | LandlockFileAccess.Execute,
        SandboxAccess.Device => LandlockFileAccess.ReadFile | LandlockFileAccess.ReadDirectory
            | LandlockFileAccess.WriteFile | LandlockFileAccess.ControlDevice,
        _ => throw new ArgumentOutOfRangeException(nameof(access), access, "Not a kind of sandbox access."),
    };

    private static int TypeOf(SafeHandle descriptor, string name)
    {
        Statx facts;
        if (NativeMethods.statx(descriptor, "", NativeMethods.AT_EMPTY_PATH, NativeMethods.STATX_BASIC_STATS, &facts) != 0)
        {
            throw LinuxException.Last($"Looking at the sandbox path '{name}'");
        }

        return facts.Mode & TypeMask;
    }
}
