using System.Runtime.InteropServices;
using EdgeBox.Worker.Caching;
using Microsoft.Win32.SafeHandles;

namespace EdgeBox.Worker.Llama;

/// <summary>Owns the memory into which the engine copied a sequence. It is no object of the runtime: it goes back at once when it is given up.</summary>
internal sealed unsafe class SequenceCopy : SafeHandleZeroOrMinusOneIsInvalid, ISequenceCopy
{
    /// <summary>Invalid if the memory cannot be had.</summary>
    public SequenceCopy(nuint bytes)
        : base(ownsHandle: true)
    {
        Bytes = (long)bytes;
        try
        {
            SetHandle((nint)NativeMemory.Alloc(bytes));
        }
        catch (OutOfMemoryException)
        {
            // Nothing is kept then; nothing depends on it.
        }
    }

    public long Bytes { get; }

    protected override bool ReleaseHandle()
    {
        NativeMemory.Free((void*)handle);
        return true;
    }
}
