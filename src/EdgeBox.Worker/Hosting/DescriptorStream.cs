using System.Runtime.InteropServices;

namespace EdgeBox.Worker.Hosting;

/// <summary>Reads and writes an inherited descriptor with read(2) and write(2) alone, as the sandbox allows nothing else.</summary>
internal sealed unsafe class DescriptorStream(int descriptor) : Stream
{
    public override bool CanRead => true;

    public override bool CanWrite => true;

    public override bool CanSeek => false;

    public override long Length => throw new NotSupportedException();

    public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    public override int Read(Span<byte> buffer)
    {
        fixed (byte* start = buffer)
        {
            while (true)
            {
                var got = NativeMethods.read(descriptor, start, (nuint)buffer.Length);
                if (got >= 0)
                {
                    return (int)got;
                }

                ThrowUnlessInterrupted("read");
            }
        }
    }

    public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

    public override void Write(ReadOnlySpan<byte> buffer)
    {
        fixed (byte* start = buffer)
        {
            var done = 0;
            while (done < buffer.Length)
            {
                var put = NativeMethods.write(descriptor, start + done, (nuint)(buffer.Length - done));
                if (put >= 0)
                {
                    done += (int)put;
                }
                else
                {
                    ThrowUnlessInterrupted("write");
                }
            }
        }
    }

    public override void Flush()
    {
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    private static void ThrowUnlessInterrupted(string what)
    {
        if (Marshal.GetLastPInvokeError() != NativeMethods.EINTR)
        {
            throw new IOException($"{what} on the channel failed: {Marshal.GetLastPInvokeErrorMessage()}");
        }
    }
}
