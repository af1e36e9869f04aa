using System.Runtime.InteropServices;
using System.Text;
using EdgeBox.Platform.Interop;

namespace EdgeBox.Platform.Processes;

/// <summary>Everything that posix_spawn reads, laid out in memory that does not move, so that the spawn itself allocates nothing.</summary>
internal sealed unsafe class SpawnPlan : IDisposable
{
    // glibc on x86-64: posix_spawn_file_actions_t 80, posix_spawnattr_t 336, sigset_t 128 bytes.
    private const int StructureRoom = 512;

    // Above every target, so that no dup2 overwrites the source of a later one.
    private const int FirstSource = 512;

    private readonly byte[] _fileActions = GC.AllocateArray<byte>(StructureRoom, pinned: true);
    private readonly byte[] _attributes = GC.AllocateArray<byte>(StructureRoom, pinned: true);
    private readonly List<SafeDescriptor> _sources = [];
    private readonly byte[] _program;
    private readonly (byte[] Text, nint[] Pointers) _arguments;
    private readonly (byte[] Text, nint[] Pointers) _environment;
    private readonly List<int> _numbers = [];
    private byte[] _directory = [];
    private uint _firstClosed;

    public SpawnPlan(string program, IEnumerable<string> arguments, IEnumerable<string> environment)
    {
        _program = Lay([program]).Text;
        _arguments = Lay([program, .. arguments]);
        _environment = Lay([.. environment]);
        Check(NativeMethods.posix_spawn_file_actions_init(Address(_fileActions)), "posix_spawn_file_actions_init");
        Check(NativeMethods.posix_spawnattr_init(Address(_attributes)), "posix_spawnattr_init");
        var signals = stackalloc byte[StructureRoom];
        _ = NativeMethods.sigfillset(signals);
        Check(NativeMethods.posix_spawnattr_setsigdefault(Address(_attributes), signals), "posix_spawnattr_setsigdefault");
        _ = NativeMethods.sigemptyset(signals);
        Check(NativeMethods.posix_spawnattr_setsigmask(Address(_attributes), signals), "posix_spawnattr_setsigmask");
        const short Flags = NativeMethods.POSIX_SPAWN_SETSIGDEF | NativeMethods.POSIX_SPAWN_SETSIGMASK | NativeMethods.POSIX_SPAWN_SETSID;
        Check(NativeMethods.posix_spawnattr_setflags(Address(_attributes), Flags), "posix_spawnattr_setflags");
    }

    /// <summary>Gives the child this descriptor under that number.</summary>
    public void Give(SafeHandle descriptor, int number)
    {
        var copy = NativeMethods.fcntl(descriptor, NativeMethods.F_DUPFD_CLOEXEC, FirstSource);
        if (copy < 0)
        {
            throw LinuxException.Last($"Copying the descriptor that becomes {number} of the child");
        }

        _sources.Add(new SafeDescriptor(copy));
        _numbers.Add(number);
        Check(NativeMethods.posix_spawn_file_actions_adddup2(Address(_fileActions), copy, number), "posix_spawn_file_actions_adddup2");
    }

    /// <summary>Closes every descriptor of the child from this number on and sets its directory; call it last.</summary>
    public void Finish(int firstClosed, string directory)
    {
        Check(NativeMethods.posix_spawn_file_actions_addclosefrom_np(Address(_fileActions), firstClosed), "posix_spawn_file_actions_addclosefrom_np");
        Check(NativeMethods.posix_spawn_file_actions_addchdir_np(Address(_fileActions), directory), "posix_spawn_file_actions_addchdir_np");
        _firstClosed = (uint)firstClosed;
        _directory = Lay([directory]).Text;
    }

    /// <summary>Starts the child; 0 or an error number.</summary>
    public int Spawn(out int pid)
    {
        var started = 0;
        var error = NativeMethods.posix_spawn(
            &started, Address(_program), Address(_fileActions), Address(_attributes), Pointers(_arguments.Pointers), Pointers(_environment.Pointers));
        pid = started;
        return error;
    }

    /// <summary>Becomes the program instead of starting it; an error number if that failed, and the descriptors are then the program's.</summary>
    public int Replace()
    {
        for (var i = 0; i < _sources.Count; i++)
        {
            if (NativeMethods.dup2(_sources[i].Descriptor, _numbers[i]) < 0)
            {
                return Marshal.GetLastPInvokeError();
            }
        }

        return NativeMethods.close_range(_firstClosed, uint.MaxValue, NativeMethods.CLOSE_RANGE_CLOEXEC) != 0
            || NativeMethods.chdir(Address(_directory)) != 0
            || NativeMethods.execve(Address(_program), Pointers(_arguments.Pointers), Pointers(_environment.Pointers)) != 0
            ? Marshal.GetLastPInvokeError()
            : 0;
    }

    public void Dispose()
    {
        _ = NativeMethods.posix_spawn_file_actions_destroy(Address(_fileActions));
        _ = NativeMethods.posix_spawnattr_destroy(Address(_attributes));
        _sources.ForEach(source => source.Dispose());
    }

    private static (byte[] Text, nint[] Pointers) Lay(IReadOnlyList<string> strings)
    {
        foreach (var text in strings)
        {
            if (text.Contains('\0', StringComparison.Ordinal))
            {
                throw new ProcessStartException("An argument or environment variable holds a zero character, which ends a string in Linux.");
            }
        }

        var bytes = Encoding.UTF8.GetBytes(string.Concat(strings.Select(text => text + "\0")));
        var laid = GC.AllocateArray<byte>(bytes.Length + 1, pinned: true);
        bytes.CopyTo(laid, 0);
        var pointers = GC.AllocateArray<nint>(strings.Count + 1, pinned: true);
        var offset = 0;
        for (var i = 0; i < strings.Count; i++)
        {
            pointers[i] = (nint)Address(laid) + offset;
            offset += Encoding.UTF8.GetByteCount(strings[i]) + 1;
        }

        return (laid, pointers);
    }

    private static byte* Address(byte[] pinned) => (byte*)Marshal.UnsafeAddrOfPinnedArrayElement(pinned, 0);

    private static byte** Pointers(nint[] pinned) => (byte**)Marshal.UnsafeAddrOfPinnedArrayElement(pinned, 0);

    private static void Check(int error, string operation)
    {
        if (error != 0)
        {
            throw new LinuxException(operation, error);
        }
    }
}
