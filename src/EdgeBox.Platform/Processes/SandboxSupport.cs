using System.Runtime.InteropServices;
using EdgeBox.Platform.Interop;

namespace EdgeBox.Platform.Processes;

/// <summary>What the running kernel offers to a sandbox.</summary>
/// <param name="LandlockAbi">The version of landlock's interface, 0 without landlock.</param>
/// <param name="SystemCallFilter">True when seccomp filters can be installed.</param>
public sealed record SandboxSupport(int LandlockAbi, bool SystemCallFilter)
{
    private const int LandlockCreateRulesetVersion = 1;
    private const int SeccompSetModeFilter = 1;
    private static readonly Lazy<SandboxSupport> s_current = new(Detect);

    /// <summary>The running kernel's offer, asked once.</summary>
    public static SandboxSupport Current => s_current.Value;

    /// <summary>True when landlock itself keeps signals and abstract sockets inside (interface 6, Linux 6.12).</summary>
    public bool HasScopes => LandlockAbi >= 6;

    internal string? Missing => (LandlockAbi, SystemCallFilter) switch
    {
        (0, false) => "this kernel has neither landlock (CONFIG_SECURITY_LANDLOCK, and 'landlock' in the lsm= list) "
            + "nor seccomp filters (CONFIG_SECCOMP_FILTER).",
        (0, true) => "this kernel has no landlock (Linux 5.13 or newer with CONFIG_SECURITY_LANDLOCK, and 'landlock' in the lsm= list).",
        (_, false) => "this kernel has no seccomp filters (CONFIG_SECCOMP_FILTER), or a system call filter around this process forbids them.",
        _ => SystemCallTable.Current is null ? $"the processor architecture {RuntimeInformation.ProcessArchitecture} has no system call table." : null,
    };

    private static SandboxSupport Detect()
    {
        var abi = NativeMethods.syscall(NativeMethods.SYS_landlock_create_ruleset, 0, 0, LandlockCreateRulesetVersion, 0);
        // A filter at address zero is refused with EFAULT exactly where filters are known.
        var filter = NativeMethods.syscall(SystemCallTable.Current?.SeccompNumber ?? -1, SeccompSetModeFilter, 0, 0, 0);
        var known = filter < 0 && Marshal.GetLastPInvokeError() == NativeMethods.EFAULT;
        return new SandboxSupport(abi < 0 ? 0 : (int)abi, known);
    }
}
