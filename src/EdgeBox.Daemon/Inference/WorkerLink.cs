using System.Buffers;
using System.Buffers.Binary;
using System.IO.Pipelines;
using System.Runtime.ExceptionServices;
using System.Threading.Channels;
using Google.Protobuf;
using Wire = EdgeBox.Worker.V1;

namespace EdgeBox.Daemon.Inference;

/// <summary>The framed conversation with one worker: length (4 bytes, little endian), then a protobuf message.</summary>
/// <remarks>Nothing that arrives is trusted: a frame that is too long or does not parse ends the link with <see cref="InvalidDataException"/>.</remarks>
internal sealed class WorkerLink : IAsyncDisposable
{
    /// <summary>The longest frame taken or sent, in bytes.</summary>
    public const int MaxFrameBytes = 64 * 1024 * 1024;

    private const int HeaderBytes = 4;

    /// <summary>Commands that may wait for the worker to read; a worker that lets more pile up has stopped reading.</summary>
    private const int MaxPendingCommands = 1024;

    /// <summary>Events that are handed on together, e.g. those of one step of the engine.</summary>
    private const int MaxTogether = 64;

    private readonly Stream _stream;
    private readonly Func<IReadOnlyList<Wire.Event>, ValueTask> _onEvents;
    private readonly Action<Exception?> _onClosed;
    private readonly Channel<Wire.Command> _outbound = Channel.CreateBounded<Wire.Command>(
        new BoundedChannelOptions(MaxPendingCommands) { SingleReader = true });

    private readonly CancellationTokenSource _stopping = new();
    private readonly Task _reading;
    private readonly Task _writing;
    private int _closed;

    /// <summary>Starts to read and write at once.</summary>
    /// <param name="stream">The daemon's end of the socket.</param>
    /// <param name="onEvents">Called for events that came together, in their order; reading waits for it.</param>
    /// <param name="onClosed">Called once, with what ended the link, or null at end of file.</param>
    public WorkerLink(Stream stream, Func<IReadOnlyList<Wire.Event>, ValueTask> onEvents, Action<Exception?> onClosed)
    {
        _stream = stream;
        _onEvents = onEvents;
        _onClosed = onClosed;
        _reading = Task.Run(() => GuardAsync(ReadAllAsync));
        _writing = Task.Run(() => GuardAsync(WriteAllAsync));
    }

    /// <summary>Completes when everything that the worker said was heard.</summary>
    public Task Heard => _reading;

    /// <summary>Hands a command to the writer; false if too many wait already.</summary>
    public bool TrySend(Wire.Command command) => _outbound.Writer.TryWrite(command);

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        await _stream.DisposeAsync();
        await Task.WhenAll(_reading, _writing);
        _stopping.Dispose();
    }

    private async Task GuardAsync(Func<CancellationToken, Task> work)
    {
        try
        {
            await work(_stopping.Token);
            Close(null);
        }
        catch (OperationCanceledException) when (_stopping.IsCancellationRequested)
        {
            Close(null);
        }
        catch (Exception exception) when (exception is IOException or ObjectDisposedException or InvalidDataException
            or InvalidProtocolBufferException or ChannelClosedException)
        {
            Close(exception);
        }
    }

    private void Close(Exception? why)
    {
        if (Interlocked.Exchange(ref _closed, 1) == 0)
        {
            _outbound.Writer.TryComplete();
            _onClosed(why);
        }
    }

    private async Task ReadAllAsync(CancellationToken cancellation)
    {
        var reader = PipeReader.Create(_stream, new StreamPipeReaderOptions(leaveOpen: true));
        while (true)
        {
            var result = await reader.ReadAsync(cancellation);
            var buffer = result.Buffer;
            for (var more = true; more;)
            {
                var events = new List<Wire.Event>();
                var broken = TakeEvents(ref buffer, events);
                if (events.Count > 0)
                {
                    await _onEvents(events);
                }

                broken?.Throw();
                more = events.Count == MaxTogether;
            }

            reader.AdvanceTo(buffer.Start, buffer.End);
            if (result.IsCompleted)
            {
                return;
            }
        }
    }

    /// <summary>Takes what came; what came before a frame that breaks the contract is heard.</summary>
    /// <returns>What is wrong with the frame after the events.</returns>
    private static ExceptionDispatchInfo? TakeEvents(ref ReadOnlySequence<byte> buffer, List<Wire.Event> events)
    {
        try
        {
            while (events.Count < MaxTogether && TryTakeFrame(ref buffer, out var frame))
            {
                events.Add(Wire.Event.Parser.ParseFrom(frame));
            }

            return null;
        }
        catch (Exception exception) when (exception is InvalidDataException or InvalidProtocolBufferException)
        {
            return ExceptionDispatchInfo.Capture(exception);
        }
    }

    private static bool TryTakeFrame(ref ReadOnlySequence<byte> buffer, out ReadOnlySequence<byte> frame)
    {
        frame = default;
        if (buffer.Length < HeaderBytes)
        {
            return false;
        }

        Span<byte> header = stackalloc byte[HeaderBytes];
        buffer.Slice(0, HeaderBytes).CopyTo(header);
        var length = BinaryPrimitives.ReadUInt32LittleEndian(header);
        if (length > MaxFrameBytes)
        {
            throw new InvalidDataException($"The worker sent a frame of {length} bytes; the limit is {MaxFrameBytes}.");
        }

        if (buffer.Length < HeaderBytes + length)
        {
            return false;
        }

        frame = buffer.Slice(HeaderBytes, length);
        buffer = buffer.Slice(HeaderBytes + length);
        return true;
    }

    private async Task WriteAllAsync(CancellationToken cancellation)
    {
        await foreach (var command in _outbound.Reader.ReadAllAsync(cancellation))
        {
            var size = command.CalculateSize();
            var frame = ArrayPool<byte>.Shared.Rent(HeaderBytes + size);
            try
            {
                BinaryPrimitives.WriteInt32LittleEndian(frame, size);
                command.WriteTo(frame.AsSpan(HeaderBytes, size));
                await _stream.WriteAsync(frame.AsMemory(0, HeaderBytes + size), cancellation);
            }
            finally
            {
                // Prompts must not linger in buffers that others will rent.
                ArrayPool<byte>.Shared.Return(frame, clearArray: true);
            }
        }
    }
}
