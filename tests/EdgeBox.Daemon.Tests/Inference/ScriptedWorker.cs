using System.Buffers.Binary;
using System.IO.Pipelines;
using EdgeBox.Daemon.Inference;
using Google.Protobuf;
using Wire = EdgeBox.Worker.V1;

namespace EdgeBox.Daemon.Tests.Inference;

/// <summary>The worker's end of the link, played by a test: what a real worker cannot be made to do on purpose.</summary>
internal sealed class ScriptedWorker : IWorkerProcess
{
    private static int s_lastPid = 1000;

    private readonly Pipe _toWorker = new();
    private readonly Pipe _toDaemon = new();
    private readonly TaskCompletionSource<WorkerExit> _exited = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public ScriptedWorker() => Channel = new Duplex(_toDaemon.Reader.AsStream(), _toWorker.Writer.AsStream());

    public int Pid { get; } = Interlocked.Increment(ref s_lastPid);

    public Stream Channel { get; }

    public Task<WorkerExit> Exited => _exited.Task;

    public string StderrTail => "last words";

    public WorkerSample State { get; set; } = new('S', TimeSpan.Zero, 1);

    public bool Killed { get; private set; }

    public void Kill()
    {
        Killed = true;
        Die("killed by SIGKILL");
    }

    public void Die(string words)
    {
        if (_exited.TrySetResult(new WorkerExit(words)))
        {
            _toDaemon.Writer.Complete();
        }
    }

    /// <summary>Closes its socket and lives on.</summary>
    public void HangUp() => _toDaemon.Writer.Complete();

    public WorkerSample? Sample() => _exited.Task.IsCompleted ? null : State;

    /// <summary>Says hello, takes the load command, and says that the model is ready.</summary>
    public async Task<Wire.Load> BecomeReadyAsync(uint slots = 2)
    {
        await SayAsync(new Wire.Event { Hello = new Wire.Hello { Protocol = 1, Pack = "cpu" } });
        var load = (await HearAsync()).Load;
        await SayAsync(new Wire.Event { Loaded = new Wire.Loaded { Slots = slots, ContextTokens = 128 } });
        return load;
    }

    public async Task SayAsync(Wire.Event said)
    {
        var frame = new byte[4 + said.CalculateSize()];
        BinaryPrimitives.WriteInt32LittleEndian(frame, frame.Length - 4);
        said.WriteTo(frame.AsSpan(4));
        await SayRawAsync(frame);
    }

    public async Task SayRawAsync(byte[] bytes) => await _toDaemon.Writer.WriteAsync(bytes);

    public async Task<Wire.Command> HearAsync()
    {
        var stream = _toWorker.Reader.AsStream(leaveOpen: true);
        var header = new byte[4];
        await stream.ReadExactlyAsync(header);
        var body = new byte[BinaryPrimitives.ReadInt32LittleEndian(header)];
        await stream.ReadExactlyAsync(body);
        return Wire.Command.Parser.ParseFrom(body);
    }

    public ValueTask DisposeAsync()
    {
        Die("killed by SIGKILL");
        return ValueTask.CompletedTask;
    }

    /// <summary>Two one-way streams as one.</summary>
    private sealed class Duplex(Stream reading, Stream writing) : Stream
    {
        public override bool CanRead => true;

        public override bool CanWrite => true;

        public override bool CanSeek => false;

        public override long Length => throw new InvalidOperationException();

        public override long Position { get => throw new InvalidOperationException(); set => throw new InvalidOperationException(); }

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
            reading.ReadAsync(buffer, cancellationToken);

        public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default) =>
            writing.WriteAsync(buffer, cancellationToken);

        public override void Flush() => writing.Flush();

        public override int Read(byte[] buffer, int offset, int count) => reading.Read(buffer, offset, count);

        public override void Write(byte[] buffer, int offset, int count) => writing.Write(buffer, offset, count);

        public override long Seek(long offset, SeekOrigin origin) => throw new InvalidOperationException();

        public override void SetLength(long value) => throw new InvalidOperationException();
    }
}
