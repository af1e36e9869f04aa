using System.Diagnostics.CodeAnalysis;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using EdgeBox.Platform.Interop;

namespace EdgeBox.Platform.Processes;

/// <summary>
/// A child process that was bound before its first instruction: by landlock to its granted paths, by seccomp to an allow-list of system
/// calls, to its own descriptors and to its limits. It ends when this object is disposed.
/// </summary>
public sealed class SandboxedProcess : IAsyncDisposable
{
    /// <summary>The descriptor that is the child's end of <see cref="Channel"/>.</summary>
    public const int ChannelDescriptor = 3;

    /// <summary>The first of the descriptors given with <see cref="SandboxedProcessOptions.Descriptors"/>.</summary>
    public const int FirstGivenDescriptor = 4;

    private readonly ProcessWatch _watch;

    private SandboxedProcess(ProcessWatch watch, NetworkStream channel)
    {
        _watch = watch;
        Channel = channel;
    }

    /// <summary>The process id; it stays this process's own until <see cref="Exited"/> is done.</summary>
    public int Pid => _watch.Pid;

    /// <summary>Our end of a stream socket whose other end is descriptor 3 of the child; reads 0 bytes when the child is gone.</summary>
    public Stream Channel { get; }

    /// <summary>Done when the process has ended and is reaped, and all it wrote to standard output and error is in the tail.</summary>
    public Task<ProcessExit> Exited => _watch.Exited;

    /// <summary>The last 8 KiB of standard output and error, as UTF-8.</summary>
    public string StderrTail => _watch.Tail;

    /// <summary>Starts a program in its sandbox.</summary>
    /// <exception cref="SandboxUnavailableException">The kernel lacks landlock or seccomp.</exception>
    /// <exception cref="ProcessStartException">The program or something granted to it is not there or not usable.</exception>
    public static SandboxedProcess Start(SandboxedProcessOptions options)
    {
        Require(options);
        try
        {
            return Launch(options);
        }
        catch (LinuxException e)
        {
            throw new ProcessStartException($"'{options.Program}' was not started. {e.Message}", e);
        }
    }

    /// <summary>
    /// Turns this process into a sandboxed program, as if it had been started so by whoever started this one. Whatever else runs in this process
    /// ends; it does not return.
    /// </summary>
    /// <param name="options">As for <see cref="Start"/>; the out-of-memory score is left as it is.</param>
    /// <param name="channel">Becomes descriptor 3.</param>
    /// <param name="output">Becomes standard output and error, also if it fails.</param>
    /// <exception cref="SandboxUnavailableException">The kernel lacks landlock or seccomp.</exception>
    /// <exception cref="ProcessStartException">The program or something granted to it is not there or not usable.</exception>
    [DoesNotReturn]
    public static void Become(SandboxedProcessOptions options, SafeHandle channel, SafeHandle output)
    {
        Require(options);
        try
        {
            using var ruleset = SandboxSupport.Current.LandlockAbi > 0 ? Rules(options) : null;
            using var plan = Plan(options, channel, output);
            ProcessWatch.Limit(0, options.Limits);
            throw new RestrictedThread(plan, ruleset, Filter(options, NativeMethods.getppid())).Replace(options.Program);
        }
        catch (LinuxException e)
        {
            throw new ProcessStartException($"'{options.Program}' was not started. {e.Message}", e);
        }
    }

    /// <summary>Kills it at once (SIGKILL); does nothing when it has ended. A process in state D ends only when the kernel lets go of it.</summary>
    public void Kill() => _watch.Kill();

    /// <summary>What the kernel says of it now, or null when it has ended.</summary>
    public ProcessState? ReadState() => _watch.ReadState();

    /// <summary>Kills it and waits until it is reaped, which for a process in state D may take as long as the device it waits for.</summary>
    public async ValueTask DisposeAsync()
    {
        _watch.Kill();
        await Channel.DisposeAsync().ConfigureAwait(false);
        await _watch.Exited.ConfigureAwait(false);
        _watch.Dispose();
    }

    private static void Require(SandboxedProcessOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        RequireAbsolute(options.Program, nameof(options.Program));
        RequireAbsolute(options.WorkingDirectory, nameof(options.WorkingDirectory));
        if (SandboxSupport.Current.Missing is { } missing && !options.DangerouslyRunEvenWithoutSandbox)
        {
            throw new SandboxUnavailableException(missing);
        }
    }

    private static SandboxedProcess Launch(SandboxedProcessOptions options)
    {
        using var ruleset = SandboxSupport.Current.LandlockAbi > 0 ? Rules(options) : null;
        var (channel, childChannel) = Descriptors.SocketPair();
        var (output, childOutput) = Descriptors.Pipe();
        try
        {
            using (childChannel)
            using (childOutput)
            using (var plan = Plan(options, childChannel, childOutput))
            {
                var pid = new RestrictedThread(plan, ruleset, Filter(options, Environment.ProcessId)).Run(options.Program);
                return new SandboxedProcess(ProcessWatch.Begin(pid, output, options), new NetworkStream(channel, ownsSocket: true));
            }
        }
        catch
        {
            channel.Dispose();
            output.Dispose();
            throw;
        }
    }

    private static LandlockRuleset Rules(SandboxedProcessOptions options)
    {
        var ruleset = new LandlockRuleset(SandboxSupport.Current.LandlockAbi);
        try
        {
            ruleset.Grant(new SandboxPath(options.Program, SandboxAccess.ReadExecute));
            if (ElfInterpreter.Find(options.Program) is { } interpreter)
            {
                ruleset.Grant(new SandboxPath(interpreter, SandboxAccess.ReadExecute));
            }

            foreach (var grant in SandboxPath.Runtime.Concat(options.Paths))
            {
                RequireAbsolute(grant.Path, nameof(options.Paths));
                ruleset.Grant(grant);
            }

            for (var i = 0; i < options.Descriptors.Count; i++)
            {
                ruleset.GrantIfRegularFile(options.Descriptors[i], $"/proc/self/fd/{FirstGivenDescriptor + i}");
            }

            return ruleset;
        }
        catch
        {
            ruleset.Dispose();
            throw;
        }
    }

    private static FilterInstruction[]? Filter(SandboxedProcessOptions options, int starter) =>
        SandboxSupport.Current.SystemCallFilter && SystemCallTable.Current is { } table
            ? SystemCallFilter.Compile(table, SystemCallPolicy.For(starter, options.ComputeDevices))
            : null;

    private static SpawnPlan Plan(SandboxedProcessOptions options, SafeHandle channel, SafeHandle output)
    {
        var plan = new SpawnPlan(options.Program, options.Arguments, options.Environment.Select(pair => $"{pair.Key}={pair.Value}"));
        try
        {
            using var nothing = Descriptors.Open("/dev/null", NativeMethods.O_RDONLY);
            plan.Give(nothing, 0);
            plan.Give(output, 1);
            plan.Give(output, 2);
            plan.Give(channel, ChannelDescriptor);
            for (var i = 0; i < options.Descriptors.Count; i++)
            {
                plan.Give(options.Descriptors[i], FirstGivenDescriptor + i);
            }

            plan.Finish(FirstGivenDescriptor + options.Descriptors.Count, options.WorkingDirectory);
            return plan;
        }
        catch
        {
            plan.Dispose();
            throw;
        }
    }

    private static void RequireAbsolute(string path, string option)
    {
        if (!Path.IsPathRooted(path))
        {
            throw new ProcessStartException($"{option}: '{path}' is not an absolute path.");
        }
    }
}
