using System.Runtime.InteropServices;

namespace EdgeBox.Worker.Hosting;

/// <summary>What the process takes from itself before it reads anything.</summary>
internal static unsafe class Hardening
{
    /// <summary>Forbids core files and tracing by processes of the same user: memory holds prompts and answers.</summary>
    /// <exception cref="InvalidOperationException">The kernel refused.</exception>
    public static void Apply()
    {
        NativeMethods.resource_limit none = default;
        Check(NativeMethods.setrlimit(NativeMethods.RLIMIT_CORE, &none), "setrlimit(RLIMIT_CORE, 0)");
        Check(NativeMethods.prctl(NativeMethods.PR_SET_DUMPABLE, 0, 0, 0, 0), "prctl(PR_SET_DUMPABLE, 0)");

        // The packs' libraries name the working directory in their search path: nobody else may write to this one.
        Directory.SetCurrentDirectory("/");
    }

    private static void Check(int result, string what)
    {
        if (result != 0)
        {
            throw new InvalidOperationException($"{what} failed: {Marshal.GetLastPInvokeErrorMessage()}");
        }
    }
}
