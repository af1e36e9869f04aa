using System.Security.Cryptography;
using System.Threading.Channels;
using EdgeBox.Daemon.Failures;
using EdgeBox.Platform.Files;
using EdgeBox.V1;
using Microsoft.Win32.SafeHandles;

namespace EdgeBox.Daemon.Models.Store;

/// <summary>
/// Reads a file once, hashes it, and writes it elsewhere: three loops that hand blocks on, so that the slowest of the three alone says how long it
/// takes. What was read and written is dropped from the page cache, where models that are served have better use for it.
/// </summary>
internal sealed class BlobCopy
{
    private const int BlockBytes = 1 << 20;
    private const int MostBlocks = 16;
    private const long WriteBehind = 16L << 20;

    private readonly Channel<Block> _free = System.Threading.Channels.Channel.CreateBounded<Block>(MostBlocks);
    private readonly Channel<Block> _read = System.Threading.Channels.Channel.CreateBounded<Block>(MostBlocks);
    private readonly Channel<Block> _hashed = System.Threading.Channels.Channel.CreateBounded<Block>(MostBlocks);

    /// <summary>What is read.</summary>
    public required SafeFileHandle Source { get; init; }

    /// <summary>What it is called where something is wrong with it.</summary>
    public required string Name { get; init; }

    /// <summary>Where reading begins and ends.</summary>
    public required (long From, long To) Range { get; init; }

    /// <summary>Hash of what comes before; goes on over what is read.</summary>
    public required IncrementalHash Hash { get; init; }

    /// <summary>Where it is written, at the same place; null: nowhere.</summary>
    public DurableFile? Target { get; init; }

    /// <summary>Told how far it is whenever a block is done.</summary>
    public Action<long>? Progress { get; init; }

    /// <summary>Told of a length that is on the disk, and the hash up to there; null: nobody.</summary>
    public Action<long, string>? Checkpoint { get; init; }

    /// <summary>How much is copied between two checkpoints.</summary>
    public long CheckpointBytes { get; init; } = long.MaxValue;

    /// <summary>Does it.</summary>
    /// <returns>SHA-256 of everything up to the end of the range.</returns>
    /// <exception cref="FailureException">MODEL_FILE_UNREADABLE or MODEL_FILE_CHANGED: the source; STORAGE_FULL or STORAGE_FAILED: the target.</exception>
    public async Task<string> RunAsync(CancellationToken cancellationToken)
    {
        PageCache.ReadAhead(Source);
        for (var i = 0; i < MostBlocks; i++)
        {
            _free.Writer.TryWrite(new Block(new byte[BlockBytes]));
        }

        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        Task[] loops = [Loop(ReadAsync, stop), Loop(HashAsync, stop), Loop(WriteAsync, stop)];
        await Task.WhenAll(loops).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        // The loop that failed first has stopped the others.
        if (loops.Where(loop => loop.IsFaulted).Select(loop => loop.Exception!.InnerException).FirstOrDefault() is { } fault)
        {
            System.Runtime.ExceptionServices.ExceptionDispatchInfo.Throw(fault);
        }

        cancellationToken.ThrowIfCancellationRequested();
        return Convert.ToHexStringLower(Hash.GetCurrentHash());
    }

    private static Task Loop(Func<CancellationToken, Task> loop, CancellationTokenSource stop) => Task.Run(async () =>
    {
        try
        {
            await loop(stop.Token);
        }
        catch
        {
            await stop.CancelAsync();
            throw;
        }
    });

    private async Task ReadAsync(CancellationToken cancellation)
    {
        for (var at = Range.From; at < Range.To;)
        {
            var block = await _free.Reader.ReadAsync(cancellation);
            block.Offset = at;
            block.Length = 0;
            var wanted = (int)Math.Min(BlockBytes, Range.To - at);
            while (block.Length < wanted)
            {
                block.Length += ReadSome(block, wanted);
            }

            at += block.Length;
            await _read.Writer.WriteAsync(block, cancellation);
        }

        _read.Writer.Complete();
    }

    private int ReadSome(Block block, int wanted)
    {
        try
        {
            return RandomAccess.Read(Source, block.Bytes.AsSpan(block.Length, wanted - block.Length), block.Offset + block.Length) is > 0 and var count
                ? count
                : throw new FailureException(ErrorReason.ModelFileChanged,
                    $"{Name} became shorter while it was read. Try again when nothing writes to it any more.", ("path", Name));
        }
        catch (IOException failed)
        {
            throw new FailureException(ErrorReason.ModelFileUnreadable,
                $"{Name} could not be read any further: {failed.Message} If it is on a medium that was pulled out, put it back and try again: an import goes on where it stopped.",
                ("path", Name), ("problem", failed.Message));
        }
    }

    private async Task HashAsync(CancellationToken cancellation)
    {
        await foreach (var block in _read.Reader.ReadAllAsync(cancellation))
        {
            Hash.AppendData(block.Bytes, 0, block.Length);
            var end = block.Offset + block.Length;
            block.Prefix = Checkpoint is not null && end < Range.To && end / CheckpointBytes > block.Offset / CheckpointBytes
                ? Convert.ToHexStringLower(Hash.GetCurrentHash())
                : null;
            await _hashed.Writer.WriteAsync(block, cancellation);
        }

        _hashed.Writer.Complete();
    }

    private async Task WriteAsync(CancellationToken cancellation)
    {
        var begun = Range.From;
        await foreach (var block in _hashed.Reader.ReadAllAsync(cancellation))
        {
            var end = block.Offset + block.Length;
            if (Target is { } target)
            {
                StoreFaults.Guard(target.Path, () => target.Write(block.Offset, block.Bytes.AsSpan(0, block.Length)));
            }

            if (end - begun >= WriteBehind)
            {
                // Begun now, it does not all have to be waited for at the end.
                Target?.BeginWriting(begun, end - begun);
                PageCache.Drop(Source, begun, end - begun);
                begun = end;
            }

            if (block.Prefix is { } prefix)
            {
                Save(end, prefix);
            }

            Progress?.Invoke(end);
            await _free.Writer.WriteAsync(block, cancellation);
        }
    }

    private void Save(long end, string prefix)
    {
        if (Target is { } target)
        {
            StoreFaults.Guard(target.Path, target.Synchronize);
            PageCache.Drop(target.Handle, 0, end);
        }

        Checkpoint!(end, prefix);
    }

    /// <summary>A stretch of the file on its way through the loops.</summary>
    private sealed class Block(byte[] bytes)
    {
        public byte[] Bytes { get; } = bytes;

        public int Length { get; set; }

        public long Offset { get; set; }

        /// <summary>Hash up to its end, where a checkpoint is due.</summary>
        public string? Prefix { get; set; }
    }
}
