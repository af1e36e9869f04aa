using System.Security.Cryptography;
using EdgeBox.Daemon.Failures;
using EdgeBox.Daemon.Time;
using EdgeBox.Platform.Files;
using Microsoft.Win32.SafeHandles;

namespace EdgeBox.Daemon.Models.Store;

/// <summary>Compares blobs with their hashes: those of a model at once and in haste, or all of them one after another, as slowly as one likes.</summary>
internal sealed class BlobVerifier(StoreFolder folder, StoreIndex index, StoreRecords records, TrustedClock clock)
{
    private const int PieceBytes = 256 * 1024;

    private long _position;

    /// <summary>When everything was last looked through, and how far the present look is; 0 if there is none.</summary>
    public (DateTimeOffset? Ended, double Fraction) Pass
    {
        get
        {
            var (began, ended) = records.Scrub();
            if (began is null || ended >= began)
            {
                return (ended, 0);
            }

            var blobs = index.BlobsByAge();
            var done = blobs.Where(blob => blob.Checked >= began).Sum(blob => blob.Bytes) + Volatile.Read(ref _position);
            return (ended, Math.Clamp((double)done / Math.Max(1, blobs.Sum(blob => blob.Bytes)), 0, 1));
        }
    }

    /// <summary>Reads every byte of a model. What is bad is quarantined, what is good is released.</summary>
    public async Task VerifyAsync(InstalledModel model, Action<double> progress, CancellationToken cancellation)
    {
        var files = model.Files.DistinctBy(file => file.Sha256).ToList();
        var total = Math.Max(1, files.Sum(file => (double)file.Bytes));
        var before = 0.0;
        var checks = new Dictionary<string, BlobCheck>();
        foreach (var file in files)
        {
            checks[file.Sha256] = await CheckAsync(file.Sha256, (long)file.Bytes, (blob, hash) => new BlobCopy
            {
                Source = blob, Name = file.File, Range = (0, (long)file.Bytes), Hash = hash, Progress = at => progress((before + at) / total),
            }.RunAsync(cancellation));
            before += file.Bytes;
        }

        await index.NoteAsync(checks);
    }

    /// <summary>When the next look through everything is due; it goes on at once if one was broken off.</summary>
    /// <param name="interval">How long after the beginning of the last one.</param>
    public async Task<TimeSpan> BeginPassAsync(TimeSpan interval)
    {
        if (index.BlobsByAge().Count == 0)
        {
            return interval;
        }

        var (began, ended) = records.Scrub();
        if (began is { } last)
        {
            var wait = last + interval - clock.Now;
            if (ended is null || ended < last)
            {
                return TimeSpan.Zero;
            }

            if (wait > TimeSpan.Zero)
            {
                return wait;
            }
        }

        await records.PutScrubAsync(clock.Now, ended: null);
        return TimeSpan.Zero;
    }

    /// <summary>Looks at the blob that was not looked at for the longest time.</summary>
    /// <param name="pace">Waits before so many bytes are read.</param>
    /// <param name="cancellation">Breaks it off; that blob is begun anew next time.</param>
    /// <returns>Whether there was one left that was not looked at since the pass began; otherwise the pass has ended.</returns>
    public async Task<bool> LookAtNextAsync(Func<int, Task> pace, CancellationToken cancellation)
    {
        var (began, _) = records.Scrub();
        if (index.BlobsByAge() is not [var blob, ..] || blob.Checked >= began)
        {
            await records.PutScrubAsync(began!.Value, clock.Now);
            return false;
        }

        var check = await CheckAsync(blob.Sha256, blob.Bytes, (file, hash) => HashSlowlyAsync(file, blob.Bytes, hash, pace, cancellation));
        await index.NoteAsync(new Dictionary<string, BlobCheck> { [blob.Sha256] = check });
        Volatile.Write(ref _position, 0);
        return true;
    }

    private async Task<string> HashSlowlyAsync(
        SafeFileHandle file, long bytes, IncrementalHash hash, Func<int, Task> pace, CancellationToken cancellation)
    {
        var buffer = new byte[PieceBytes];
        for (var at = 0L; at < bytes;)
        {
            cancellation.ThrowIfCancellationRequested();
            await pace(buffer.Length);
            var count = RandomAccess.Read(file, buffer, at);
            if (count == 0)
            {
                break; // Shorter than it was: the hash will say so.
            }

            hash.AppendData(buffer, 0, count);
            // It must not push out what models that are served need.
            PageCache.Drop(file, at, count);
            at += count;
            Volatile.Write(ref _position, at);
        }

        return Convert.ToHexStringLower(hash.GetCurrentHash());
    }

    private async Task<BlobCheck> CheckAsync(
        string sha256, long bytes, Func<SafeFileHandle, IncrementalHash, Task<string>> read)
    {
        try
        {
            using var file = RegularFile.OpenForReading(folder.BlobPath(sha256), followLinks: false).Handle;
            var length = RandomAccess.GetLength(file);
            if (length != bytes)
            {
                return new BlobCheck(clock.Now, $"a file of {length} bytes in place of {bytes}");
            }

            // What the disk holds is asked for, not what memory remembers of it.
            PageCache.Drop(file, 0, 0);
            using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
            var found = await read(file, hash);
            return new BlobCheck(clock.Now, found == sha256 ? "" : found);
        }
        catch (Exception unreadable) when (unreadable is IOException or FailureException { Reason: V1.ErrorReason.ModelFileUnreadable or V1.ErrorReason.ModelFileChanged })
        {
            return new BlobCheck(clock.Now, unreadable.Message);
        }
    }
}
