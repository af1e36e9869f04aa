using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace EdgeBox.Daemon.Tests.Support;

/// <summary>Connects as another user: credentials belong to a thread, and the kernel notes them when it connects.</summary>
internal static class OtherUser
{
    private const long SetUser = 117;
    private const long SetGroup = 119;
    private const long SetGroups = 116;

    public static bool Possible => Environment.UserName == "root";

    public static Socket Connect(Func<Socket> connect, uint user, uint group, params uint[] groups)
    {
        Socket? socket = null;
        Exception? failure = null;
        var thread = new Thread(() =>
        {
            try
            {
                Check(SystemCall(SetGroups, groups.Length, groups, 0));
                Check(SystemCall(SetGroup, (nint)group, (nint)group, (nint)group));
                Check(SystemCall(SetUser, (nint)user, (nint)user, (nint)user));
                socket = connect();
            }
            catch (Exception exception)
            {
                failure = exception;
            }
        });
        thread.Start();
        thread.Join();
        return socket ?? throw new InvalidOperationException("Could not connect as another user.", failure);
    }

    private static void Check(long result)
    {
        if (result != 0)
        {
            throw new InvalidOperationException($"errno {Marshal.GetLastPInvokeError()}");
        }
    }

#pragma warning disable SYSLIB1054, CA2101 // Two lines of a test need no generated code.
    [DllImport("libc", EntryPoint = "syscall", SetLastError = true)]
    private static extern long SystemCall(long number, nint first, nint second, nint third);

    [DllImport("libc", EntryPoint = "syscall", SetLastError = true)]
    private static extern long SystemCall(long number, nint count, uint[] ids, nint unused);
#pragma warning restore SYSLIB1054, CA2101
}
