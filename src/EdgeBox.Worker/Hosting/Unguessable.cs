using System.Runtime.InteropServices;

namespace EdgeBox.Worker.Hosting;

/// <summary>Texts that nobody can guess.</summary>
internal static unsafe class Unguessable
{
    private const int Bytes = 24;

    /// <summary>A text of 192 random bits from the kernel. (The runtime's own sources read /dev/urandom, which the sandbox hides.)</summary>
    public static string Text()
    {
        var bytes = stackalloc byte[Bytes];
        return NativeMethods.getrandom(bytes, Bytes, 0) == Bytes
            ? Convert.ToHexStringLower(new ReadOnlySpan<byte>(bytes, Bytes))
            : throw new InvalidOperationException($"getrandom failed: {Marshal.GetLastPInvokeErrorMessage()}");
    }
}
