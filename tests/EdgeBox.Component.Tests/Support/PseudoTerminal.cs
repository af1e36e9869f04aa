using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace EdgeBox.Component.Tests.Support;

/// <summary>A program that runs on a terminal, and the person in front of it.</summary>
internal sealed partial class PseudoTerminal : IAsyncDisposable
{
    private const int ReadWriteNoControlCloseOnExec = 0x80102;
    private readonly SafeFileHandle _master;
    private readonly FileStream _keyboard;
    private readonly Process _process;
    private readonly StringBuilder _screen = new();
    private readonly Task _reading;
    private TaskCompletionSource _more = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Starts a program as the only one of a fresh terminal.</summary>
    public PseudoTerminal(IReadOnlyList<string> command)
    {
        _master = OpenMaster(ReadWriteNoControlCloseOnExec);
        var name = new byte[128];
        if (_master.IsInvalid || Grant(_master) != 0 || Unlock(_master) != 0 || NameOf(_master, name, (nuint)name.Length) != 0)
        {
            throw new InvalidOperationException("There is no pseudo-terminal to be had.");
        }

        var terminal = Encoding.ASCII.GetString(name).TrimEnd('\0');
        var start = new ProcessStartInfo("bash", ["-c", "exec setsid -w -c \"$@\" <" + terminal + " >" + terminal + " 2>&1", "bash", .. command]) { UseShellExecute = false };
        start.Environment["TERM"] = "xterm";
        _keyboard = new FileStream(_master, FileAccess.ReadWrite, bufferSize: 0, isAsync: false);
        _process = Process.Start(start)!;
        _reading = Task.Factory.StartNew(Read, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
    }

    /// <summary>Everything that was shown.</summary>
    public string Screen
    {
        get
        {
            lock (_screen)
            {
                return _screen.ToString();
            }
        }
    }

    /// <summary>Presses keys.</summary>
    public void Type(string keys) => _keyboard.Write(Encoding.UTF8.GetBytes(keys));

    /// <summary>Waits until something is shown.</summary>
    public async Task SeeAsync(Func<string, bool> isThere)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        while (true)
        {
            var more = Volatile.Read(ref _more);
            if (isThere(Screen))
            {
                return;
            }

            try
            {
                await more.Task.WaitAsync(patience.Token);
            }
            catch (OperationCanceledException)
            {
                throw new TimeoutException($"It was not shown. The screen:\n{Screen}");
            }
        }
    }

    /// <summary>Waits for the program's end and returns its exit code.</summary>
    public async Task<int> WaitAsync()
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        await _process.WaitForExitAsync(patience.Token);
        await _reading.WaitAsync(patience.Token);
        return _process.ExitCode;
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            _process.Kill(entireProcessTree: true);
            await _process.WaitForExitAsync();
        }

        _process.Dispose();
        await _keyboard.DisposeAsync();
    }

    private void Read()
    {
        var buffer = new byte[4096];
        var decoder = new UTF8Encoding(false).GetDecoder();
        var text = new char[4096];
        try
        {
            while (_keyboard.Read(buffer) is var read and > 0)
            {
                var length = decoder.GetChars(buffer, 0, read, text, 0);
                lock (_screen)
                {
                    _screen.Append(text, 0, length);
                }

                Interlocked.Exchange(ref _more, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)).TrySetResult();
            }
        }
        catch (IOException)
        {
            // The last program on the terminal has gone.
        }
    }

    [LibraryImport("libc", EntryPoint = "posix_openpt")]
    private static partial SafeFileHandle OpenMaster(int flags);

    [LibraryImport("libc", EntryPoint = "grantpt")]
    private static partial int Grant(SafeFileHandle master);

    [LibraryImport("libc", EntryPoint = "unlockpt")]
    private static partial int Unlock(SafeFileHandle master);

    [LibraryImport("libc", EntryPoint = "ptsname_r")]
    private static partial int NameOf(SafeFileHandle master, [Out] byte[] name, nuint length);
}
