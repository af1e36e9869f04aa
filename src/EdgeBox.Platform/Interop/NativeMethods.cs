using System.Runtime.InteropServices;

namespace EdgeBox.Platform.Interop;

/// <summary>The part of libc that the platform uses, under its C names.</summary>
internal static unsafe partial class NativeMethods
{
    private const string LibC = "libc.so.6";

    public const int EPERM = 1;
    public const int ENOENT = 2;
    public const int ESRCH = 3;
    public const int EINTR = 4;
    public const int EAGAIN = 11;
    public const int EACCES = 13;
    public const int EFAULT = 14;
    public const int EEXIST = 17;
    public const int ENOTDIR = 20;
    public const int EISDIR = 21;
    public const int EINVAL = 22;
    public const int EFBIG = 27;
    public const int ENOSPC = 28;
    public const int ERANGE = 34;
    public const int ENOSYS = 38;
    public const int ELOOP = 40;
    public const int ENOTCONN = 107;
    public const int EDQUOT = 122;

    public const int O_RDONLY = 0;
    public const int O_WRONLY = 1;
    public const int O_RDWR = 2;
    public const int O_CREAT = 0x40;
    public const int O_EXCL = 0x80;
    public const int O_NOCTTY = 0x100;
    public const int O_NONBLOCK = 0x800;
    public const int O_DIRECTORY = 0x10000;
    public const int O_NOFOLLOW = 0x20000;
    public const int O_CLOEXEC = 0x80000;
    public const int O_PATH = 0x200000;

    public const int POSIX_FADV_SEQUENTIAL = 2;
    public const int POSIX_FADV_DONTNEED = 4;
    public const uint SYNC_FILE_RANGE_WRITE = 2;
    public const nuint FICLONE = 0x40049409;

    public const int AT_FDCWD = -100;
    public const int AT_EMPTY_PATH = 0x1000;
    public const uint STATX_BASIC_STATS = 0x7ff;

    public const int F_GETFD = 1;
    public const int F_SETFD = 2;
    public const int F_GETFL = 3;
    public const int F_SETFL = 4;
    public const int F_DUPFD_CLOEXEC = 1030;
    public const int FD_CLOEXEC = 1;

    public const int LOCK_EX = 2;
    public const int LOCK_NB = 4;

    public const int AF_UNIX = 1;
    public const int SOCK_STREAM = 1;
    public const int SOCK_CLOEXEC = 0x80000;
    public const int SOL_SOCKET = 1;
    public const int SO_PEERCRED = 17;
    public const int SO_PEERGROUPS = 59;
    public const int SO_PEERPIDFD = 77;
    public const int SCM_RIGHTS = 1;
    public const int MSG_CTRUNC = 0x8;
    public const int MSG_TRUNC = 0x20;
    public const int MSG_NOSIGNAL = 0x4000;
    public const int MSG_CMSG_CLOEXEC = 0x40000000;

    public const short POLLIN = 1;

    public const uint CLOSE_RANGE_CLOEXEC = 4;

    public const int PR_SET_NO_NEW_PRIVS = 38;
    public const int PR_GET_NO_NEW_PRIVS = 39;

    public const uint LINUX_CAPABILITY_VERSION_3 = 0x20080522;

    public const int SIGABRT = 6;
    public const int SIGKILL = 9;

    public const int P_PIDFD = 3;
    public const int WEXITED = 4;
    public const int WNOWAIT = 0x01000000;
    public const int CLD_EXITED = 1;

    public const int RLIMIT_FSIZE = 1;
    public const int RLIMIT_DATA = 2;
    public const int RLIMIT_CORE = 4;
    public const int RLIMIT_NPROC = 6;
    public const int RLIMIT_NOFILE = 7;
    public const int RLIMIT_AS = 9;

    public const short POSIX_SPAWN_SETSIGDEF = 0x04;
    public const short POSIX_SPAWN_SETSIGMASK = 0x08;
    public const short POSIX_SPAWN_SETSID = 0x80;

    public const int SC_CLK_TCK = 2;
    public const int SC_PAGESIZE = 30;

    // These numbers are the same on every architecture that has the calls.
    public const int SYS_pidfd_send_signal = 424;
    public const int SYS_pidfd_open = 434;
    public const int SYS_landlock_create_ruleset = 444;
    public const int SYS_landlock_add_rule = 445;
    public const int SYS_landlock_restrict_self = 446;

    [LibraryImport(LibC)]
    public static partial int close(int fd);

    [LibraryImport(LibC, SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int open(string pathname, int flags, uint mode);

    [LibraryImport(LibC, SetLastError = true)]
    public static partial nint read(SafeDescriptor fd, byte* buffer, nuint count);

    [LibraryImport(LibC, SetLastError = true)]
    public static partial nint write(SafeHandle fd, byte* buffer, nuint count);

    [LibraryImport(LibC, SetLastError = true)]
    public static partial nint pwrite(SafeHandle fd, byte* buffer, nuint count, long offset);

    [LibraryImport(LibC, SetLastError = true)]
    public static partial int ftruncate(SafeHandle fd, long length);

    [LibraryImport(LibC)]
    public static partial int posix_fadvise(SafeHandle fd, long offset, long length, int advice);

    [LibraryImport(LibC)]
    public static partial int sync_file_range(SafeHandle fd, long offset, long length, uint flags);

    // Variadic in C; on x86-64 and ARM64 Linux an integer is handed over in the same way.
    [LibraryImport(LibC, EntryPoint = "ioctl")]
    public static partial int ioctl_clone(SafeHandle fd, nuint request, SafeHandle source);

    [LibraryImport(LibC, SetLastError = true)]
    public static partial int fcntl(SafeHandle fd, int command, int argument);

    [LibraryImport(LibC, SetLastError = true, EntryPoint = "fcntl")]
    public static partial int fcntl_number(int fd, int command, int argument);

    [LibraryImport(LibC, SetLastError = true)]
    public static partial int flock(SafeHandle fd, int operation);

    [LibraryImport(LibC, SetLastError = true)]
    public static partial int fsync(SafeHandle fd);

    [LibraryImport(LibC, SetLastError = true)]
    public static partial int fchmod(SafeHandle fd, uint mode);

    [LibraryImport(LibC, SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int rename(string from, string to);

    [LibraryImport(LibC, SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int unlink(string pathname);

    [LibraryImport(LibC, SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int statx(SafeHandle directory, string pathname, int flags, uint mask, Statx* result);

    [LibraryImport(LibC)]
    public static partial uint geteuid();

    [LibraryImport(LibC)]
    public static partial nint sysconf(int name);

    [LibraryImport(LibC, SetLastError = true)]
    public static partial int pipe2(int* descriptors, int flags);

    [LibraryImport(LibC, SetLastError = true)]
    public static partial int socketpair(int domain, int type, int protocol, int* descriptors);

    [LibraryImport(LibC, SetLastError = true)]
    public static partial int getsockopt(SafeHandle socket, int level, int name, void* value, uint* length);

    [LibraryImport(LibC, SetLastError = true)]
    public static partial nint sendmsg(SafeHandle socket, MessageHeader* message, int flags);

    [LibraryImport(LibC, SetLastError = true)]
    public static partial nint recvmsg(SafeHandle socket, MessageHeader* message, int flags);

    [LibraryImport(LibC, SetLastError = true)]
    public static partial int dup2(int from, int to);

    [LibraryImport(LibC, SetLastError = true)]
    public static partial int close_range(uint first, uint last, uint flags);

    [LibraryImport(LibC, SetLastError = true)]
    public static partial int chdir(byte* path);

    [LibraryImport(LibC, SetLastError = true)]
    public static partial int execve(byte* path, byte** arguments, byte** environment);

    [LibraryImport(LibC)]
    public static partial int getppid();

    [LibraryImport(LibC, SetLastError = true)]
    public static partial int poll(PollFd* descriptors, nuint count, int timeout);

    [LibraryImport(LibC, SetLastError = true)]
    public static partial int prctl(int option, nuint argument2, nuint argument3, nuint argument4, nuint argument5);

    [LibraryImport(LibC, SetLastError = true)]
    public static partial int capget(CapabilityHeader* header, ulong* sets);

    [LibraryImport(LibC, SetLastError = true)]
    public static partial int capset(CapabilityHeader* header, ulong* sets);

    [LibraryImport(LibC, SetLastError = true)]
    public static partial int prlimit(int pid, int resource, ResourceLimit* newLimit, ResourceLimit* oldLimit);

    [LibraryImport(LibC, SetLastError = true)]
    public static partial int waitid(int idType, uint id, SignalInfo* info, int options);

    [LibraryImport(LibC, SetLastError = true)]
    public static partial nint syscall(nint number, nint argument1, nint argument2, nint argument3, nint argument4);

    [LibraryImport(LibC)]
    public static partial int posix_spawn(int* pid, byte* path, void* fileActions, void* attributes, byte** arguments, byte** environment);

    [LibraryImport(LibC)]
    public static partial int posix_spawn_file_actions_init(void* fileActions);

    [LibraryImport(LibC)]
    public static partial int posix_spawn_file_actions_destroy(void* fileActions);

    [LibraryImport(LibC)]
    public static partial int posix_spawn_file_actions_adddup2(void* fileActions, int from, int to);

    [LibraryImport(LibC)]
    public static partial int posix_spawn_file_actions_addclosefrom_np(void* fileActions, int from);

    [LibraryImport(LibC, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int posix_spawn_file_actions_addchdir_np(void* fileActions, string path);

    [LibraryImport(LibC)]
    public static partial int posix_spawnattr_init(void* attributes);

    [LibraryImport(LibC)]
    public static partial int posix_spawnattr_destroy(void* attributes);

    [LibraryImport(LibC)]
    public static partial int posix_spawnattr_setflags(void* attributes, short flags);

    [LibraryImport(LibC)]
    public static partial int posix_spawnattr_setsigmask(void* attributes, void* set);

    [LibraryImport(LibC)]
    public static partial int posix_spawnattr_setsigdefault(void* attributes, void* set);

    [LibraryImport(LibC)]
    public static partial int sigemptyset(void* set);

    [LibraryImport(LibC)]
    public static partial int sigfillset(void* set);

    [LibraryImport(LibC, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int getgrnam_r(string name, GroupEntry* entry, byte* buffer, nuint length, GroupEntry** result);

    [LibraryImport(LibC)]
    public static partial int getpwuid_r(uint uid, PasswordEntry* entry, byte* buffer, nuint length, PasswordEntry** result);

    [LibraryImport(LibC, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int getpwnam_r(string name, PasswordEntry* entry, byte* buffer, nuint length, PasswordEntry** result);
}
