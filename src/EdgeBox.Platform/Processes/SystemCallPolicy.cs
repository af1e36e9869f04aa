namespace EdgeBox.Platform.Processes;

/// <summary>Which system calls a sandboxed program may make, as data: what is not named here fails with EPERM.</summary>
/// <remarks>
/// No call that creates a socket, reaches another process, changes a file's name, mode or owner, or opens a large kernel interface
/// (bpf, io_uring, perf, keys, mounts, namespaces) is named. Landlock bounds the paths; this bounds what landlock does not see.
/// </remarks>
internal static class SystemCallPolicy
{
    private const uint OpenTruncate = 0x200;

    // MFD_NOEXEC_SEAL of Linux 6.3: what is in such a file can never be run.
    private const uint NeverExecutable = 0x8;

    private const uint CloneVirtualMemory = 0x100;
    private const uint CloneVfork = 0x4000;
    private const uint CloneThread = 0x10000;

    // CLONE_NEWNS, NEWCGROUP, NEWUTS, NEWIPC, NEWUSER, NEWPID, NEWNET.
    private static readonly uint[] s_namespaces = [0x20000, 0x2000000, 0x4000000, 0x8000000, 0x10000000, 0x20000000, 0x40000000];

    // PR_SET_PDEATHSIG, GET_DUMPABLE, SET_DUMPABLE, SET_NAME, GET_NAME, GET_SECCOMP, SET_SECCOMP, CAPBSET_READ, SET_TIMERSLACK, GET_TIMERSLACK,
    // SET_NO_NEW_PRIVS, GET_NO_NEW_PRIVS, SET_THP_DISABLE, GET_THP_DISABLE, SET_VMA (names a mapping).
    private static readonly uint[] s_processControls = [1, 3, 4, 15, 16, 21, 22, 23, 29, 30, 38, 39, 41, 42, 0x53564d41];

    // F_DUPFD, GETFD, SETFD, GETFL, SETFL, DUPFD_CLOEXEC, SETPIPE_SZ, GETPIPE_SZ, ADD_SEALS, GET_SEALS. No locks, leases or F_SETOWN,
    // whose signal would reach any process of the same user.
    private static readonly uint[] s_descriptorControls = [0, 1, 2, 3, 4, 1030, 1031, 1032, 1033, 1034];

    // TCGETS (isatty), TIOCGWINSZ, FIONREAD, FIONBIO, FIONCLEX, FIOCLEX. Not TIOCSTI, TIOCLINUX or the flag calls of file systems.
    private static readonly uint[] s_deviceControls = [0x5401, 0x5413, 0x541B, 0x5421, 0x5450, 0x5451];

    // Compute drivers: 'F' is NVIDIA's resource manager, 'd' is DRM (Vulkan), 'K' is AMD's KFD; nvidia-uvm uses bare numbers below 256
    // and two large ones to begin and end.
    private static readonly ArgumentTest[] s_computeControls =
    [
        new(1, 0xff00, 0x4600, Verdict.Allow),
        new(1, 0xff00, 0x6400, Verdict.Allow),
        new(1, 0xff00, 0x4b00, Verdict.Allow),
        new(1, 0xffffff00, 0, Verdict.Allow),
        ArgumentTest.Equal(1, 0x30000001, Verdict.Allow),
        ArgumentTest.Equal(1, 0x30000002, Verdict.Allow),
    ];

    private static readonly string[] s_allowed =
    [
        "read", "write", "close", "stat", "fstat", "lstat", "poll", "lseek", "mmap", "mprotect", "munmap", "brk", "rt_sigaction",
        "rt_sigprocmask", "rt_sigreturn", "pread64", "readv", "writev", "preadv", "preadv2", "pwrite64", "pwritev", "access",
        "faccessat", "faccessat2", "pipe", "pipe2", "select", "pselect6", "sched_yield", "mremap", "msync", "mincore", "madvise", "dup",
        "dup2", "dup3", "pause", "nanosleep", "getitimer", "alarm", "setitimer", "getpid", "sendfile", "sendto", "recvfrom", "sendmsg",
        "recvmsg", "shutdown", "getsockname", "getpeername", "getsockopt", "execve", "exit", "wait4", "waitid", "uname", "getcwd",
        "chdir", "readlink", "readlinkat", "gettimeofday", "getrlimit", "getrusage", "sysinfo", "times", "getuid", "getgid", "geteuid",
        "getegid", "getppid", "getpgrp", "getpgid", "getsid", "setsid", "getgroups", "getresuid", "getresgid", "capget", "rt_sigpending",
        "rt_sigtimedwait", "rt_sigsuspend", "sigaltstack", "statfs", "fstatfs", "getpriority", "sched_getparam", "sched_getscheduler",
        "sched_getattr", "sched_get_priority_max", "sched_get_priority_min", "sched_rr_get_interval", "mlock", "munlock", "mlock2",
        "arch_prctl", "gettid", "readahead", "time", "futex", "futex_waitv", "sched_getaffinity", "getdents64", "getdents",
        "set_tid_address", "restart_syscall", "fadvise64", "timer_create", "timer_settime", "timer_gettime", "timer_getoverrun",
        "timer_delete", "clock_gettime", "clock_getres", "clock_nanosleep", "exit_group", "epoll_create", "epoll_create1", "epoll_wait",
        "epoll_pwait", "epoll_pwait2", "epoll_ctl", "mbind", "set_mempolicy", "get_mempolicy", "newfstatat", "ppoll", "set_robust_list",
        "timerfd_create", "timerfd_settime", "timerfd_gettime", "eventfd", "eventfd2", "getcpu", "getrandom", "membarrier", "statx",
        "rseq", "pkey_alloc", "pkey_free", "pkey_mprotect", "close_range", "umask",
    ];

    /// <summary>The rules for a child of a process.</summary>
    /// <param name="parent">The process that starts the child, which the child must not signal even where landlock has no scopes.</param>
    /// <param name="compute">True to let the child drive the compute devices that landlock lets it open.</param>
    public static IReadOnlyList<SystemCallRule> For(int parent, bool compute) =>
    [
        .. s_allowed.Select(name => new SystemCallRule(name, Verdict.Allow)),
        // Landlock before its third version does not see a truncation by a descriptor that is open for reading.
        new("open", Verdict.Allow, ArgumentTest.Has(1, OpenTruncate, Verdict.Deny)),
        new("openat", Verdict.Allow, ArgumentTest.Has(2, OpenTruncate, Verdict.Deny)),
        // These two take their flags by address, where no filter can look: absent, so that libc falls back to what can be checked.
        new("openat2", Verdict.Absent),
        new("clone3", Verdict.Absent),
        // Threads, and the vfork of posix_spawn that this filter itself must pass; no plain fork.
        new("clone", Verdict.Deny, [
            .. s_namespaces.Select(flag => ArgumentTest.Has(0, flag, Verdict.Deny)),
            ArgumentTest.Has(0, CloneThread, Verdict.Allow),
            ArgumentTest.Has(0, CloneVirtualMemory | CloneVfork, Verdict.Allow),
        ]),
        // To itself: abort() and a runtime's thread suspension need it.
        new("tgkill", Verdict.Allow, ArgumentTest.Equal(0, (uint)parent, Verdict.Deny)),
        new("prctl", Verdict.Deny, AnyOf(0, s_processControls)),
        new("fcntl", Verdict.Deny, AnyOf(1, s_descriptorControls)),
        new("ioctl", Verdict.Deny, [.. AnyOf(1, s_deviceControls), .. compute ? s_computeControls : []]),
        // CUDA's driver shares its state in such a file from its first call on, and without one gives error 304 (NVIDIA/OpenShell, issue 1696).
        // Files that landlock lets be opened cannot be cut: none is open for writing.
        new("memfd_create", Verdict.Deny, compute ? [ArgumentTest.Has(1, NeverExecutable, Verdict.Allow)] : []),
        new("ftruncate", compute ? Verdict.Allow : Verdict.Deny),
        // Its own only: another process of the same user would obey.
        new("prlimit64", Verdict.Deny, ArgumentTest.Equal(0, 0, Verdict.Allow)),
        new("setrlimit", Verdict.Allow),
        new("sched_setaffinity", Verdict.Deny, ArgumentTest.Equal(0, 0, Verdict.Allow)),
        // A program may tighten its own sandbox further.
        new("seccomp", Verdict.Allow),
    ];

    private static ArgumentTest[] AnyOf(int argument, uint[] values) =>
        [.. values.Select(value => ArgumentTest.Equal(argument, value, Verdict.Allow))];
}
