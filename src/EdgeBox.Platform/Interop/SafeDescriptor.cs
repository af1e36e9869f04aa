using Microsoft.Win32.SafeHandles;

namespace EdgeBox.Platform.Interop;

/// <summary>An owned file descriptor that is neither a file nor a socket to .NET: a pidfd, a pipe end, a ruleset.</summary>
internal sealed class SafeDescriptor : SafeHandleMinusOneIsInvalid
{
    public SafeDescriptor()
        : base(ownsHandle: true)
    {
    }

    public SafeDescriptor(int descriptor)
        : this() => SetHandle(descriptor);

    public int Descriptor => (int)DangerousGetHandle();

    protected override bool ReleaseHandle() => NativeMethods.close((int)handle) == 0;
}
