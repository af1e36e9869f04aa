using System.Runtime.InteropServices;
using EdgeBox.Platform.Interop;

namespace EdgeBox.Platform.Processes;

/// <summary>
/// A thread that binds itself and nothing else (no capabilities, no new privileges, landlock, seccomp), starts one child, which inherits all
/// of it, and ends; or becomes the program together with the process.
/// </summary>
internal sealed unsafe class RestrictedThread(SpawnPlan plan, LandlockRuleset? ruleset, FilterInstruction[]? filter)
{
    private const int StackBytes = 256 * 1024;
    private const int SeccompSetModeFilter = 1;

    // Compiled code and loaded libraries must be there before a thread is restricted: it could neither open a library nor wake a collector.
    private static readonly Lazy<int> s_rehearsal = new(Rehearse);

    private readonly FilterInstruction[] _filter = PinnedCopy(filter ?? []);
    private readonly nint[] _program = GC.AllocateArray<nint>(2, pinned: true);
    private Step _step;
    private int _error;
    private int _pid;
    private bool _replace;

    private enum Step
    {
        NoNewPrivileges,
        NoCapabilities,
        Landlock,
        Seccomp,
        Spawn,
    }

    /// <summary>Starts the child and returns its process id.</summary>
    public int Run(string program) => Run(program, replace: false);

    /// <summary>Turns this process into the program; comes back only with what went wrong.</summary>
    public ProcessStartException Replace(string program)
    {
        try
        {
            Run(program, replace: true);
        }
        catch (ProcessStartException failure)
        {
            return failure;
        }

        throw new InvalidOperationException("A process that became another program went on.");
    }

    private int Run(string program, bool replace)
    {
        _replace = replace;
        _ = s_rehearsal.Value;
        var header = (FilterProgram*)Marshal.UnsafeAddrOfPinnedArrayElement(_program, 0);
        header->Length = (ushort)_filter.Length;
        header->Instructions = (FilterInstruction*)Marshal.UnsafeAddrOfPinnedArrayElement(_filter, 0);
        var thread = new Thread(RestrictAndSpawn, StackBytes) { IsBackground = true, Name = "sandbox" };
        thread.Start();
        thread.Join();
        return _error == 0 ? _pid : throw Failure(program);
    }

    private static int Rehearse()
    {
        _ = NativeMethods.prctl(NativeMethods.PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0);
        _ = HoldsCapabilities();
        _ = DropCapabilities(version: 0);
        _ = SandboxSupport.Current;
        _ = NativeMethods.dup2(-1, -1);
        _ = NativeMethods.close_range(uint.MaxValue, 0, 0);
        _ = NativeMethods.chdir(null);
        _ = NativeMethods.execve(null, null, null);
        using var nothing = new SpawnPlan("/dev/null/none", [], []);
        return nothing.Spawn(out _);
    }

    // Asked first, because the filter of a service unit may well forbid capset to those who have nothing to drop.
    private static bool HoldsCapabilities()
    {
        var header = new CapabilityHeader { Version = NativeMethods.LINUX_CAPABILITY_VERSION_3 };
        var held = stackalloc ulong[3];
        (held[0], held[1], held[2]) = (0, 0, 0);
        return NativeMethods.capget(&header, held) != 0 || (held[0] | held[1] | held[2]) != 0;
    }

    private static int DropCapabilities(uint version)
    {
        var header = new CapabilityHeader { Version = version };
        var none = stackalloc ulong[3];
        (none[0], none[1], none[2]) = (0, 0, 0);
        return NativeMethods.capset(&header, none);
    }

    private static FilterInstruction[] PinnedCopy(FilterInstruction[] filter)
    {
        var copy = GC.AllocateArray<FilterInstruction>(filter.Length, pinned: true);
        filter.CopyTo(copy, 0);
        return copy;
    }

    // From the first restriction on: no allocation, nothing called that was not called before.
    private void RestrictAndSpawn()
    {
        _step = Step.NoNewPrivileges;
        if (NativeMethods.prctl(NativeMethods.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
        {
            _error = Marshal.GetLastPInvokeError();
            return;
        }

        // Without new privileges, running a program as root does not bring them back: landlock lets CAP_PERFMON read other processes' maps.
        _step = Step.NoCapabilities;
        if (HoldsCapabilities() && DropCapabilities(NativeMethods.LINUX_CAPABILITY_VERSION_3) != 0)
        {
            _error = Marshal.GetLastPInvokeError();
            return;
        }

        _step = Step.Landlock;
        if (ruleset is not null
            && NativeMethods.syscall(NativeMethods.SYS_landlock_restrict_self, ruleset.Handle.Descriptor, 0, 0, 0) != 0)
        {
            _error = Marshal.GetLastPInvokeError();
            return;
        }

        _step = Step.Seccomp;
        if (_filter.Length > 0 && InstallFilter() != 0)
        {
            _error = Marshal.GetLastPInvokeError();
            return;
        }

        _step = Step.Spawn;
        _error = _replace ? plan.Replace() : plan.Spawn(out _pid);
    }

    private nint InstallFilter() => NativeMethods.syscall(
        SystemCallTable.Current!.SeccompNumber, SeccompSetModeFilter, 0, Marshal.UnsafeAddrOfPinnedArrayElement(_program, 0), 0);

    private ProcessStartException Failure(string program)
    {
        var (what, hint) = _step switch
        {
            Step.NoNewPrivileges => ("Setting no_new_privs", ""),
            Step.NoCapabilities => ("Dropping capabilities", ""),
            Step.Landlock => ("Entering the landlock ruleset", " At most 16 rulesets can be nested."),
            Step.Seccomp => ("Installing the seccomp filter", " A system call filter around this process may forbid it."),
            _ => ($"Starting '{program}'", _error switch
            {
                NativeMethods.EACCES => " It must be a regular file that is executable, and so must its ELF interpreter.",
                NativeMethods.ENOENT => " The program, its ELF interpreter or the working directory is missing.",
                NativeMethods.EAGAIN => " The limit on processes and threads is reached.",
                _ => "",
            }),
        };
        var cause = new LinuxException(what, _error);
        return new ProcessStartException(cause.Message + hint, cause);
    }
}
