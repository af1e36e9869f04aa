using System.Globalization;
using EdgeBox.Daemon.Failures;
using EdgeBox.V1;
using Microsoft.Extensions.Options;

namespace EdgeBox.Daemon.Models;

/// <summary>Makes room for models, one after the other, so that no two count on the same free memory.</summary>
internal sealed class MemoryRoom(ModelTable table, IFreeMemory memory, IOptions<ModelOptions> options, TimeProvider time) : IDisposable
{
    /// <summary>How long memory may take to be free again after a worker has ended.</summary>
    public static readonly TimeSpan ReturnPatience = TimeSpan.FromSeconds(10);

    private static readonly TimeSpan s_look = TimeSpan.FromMilliseconds(50);

    private readonly SemaphoreSlim _admission = new(1, 1);

    /// <summary>Waits for this model's turn and makes room for it.</summary>
    /// <param name="name">The model.</param>
    /// <param name="needed">What it needs, device by device.</param>
    /// <param name="putOut">Takes a model out of memory and returns when its worker is gone; false: it is needed again, and stays.</param>
    /// <param name="cancellation">Gives up.</param>
    /// <returns>The turn: to be given back when what the model needs is written down with it.</returns>
    /// <exception cref="FailureException">MODEL_TOO_LARGE: it never fits. MODEL_BUSY: it does not fit beside what has to stay.</exception>
    public async Task<IDisposable> MakeAsync(
        ModelName name, IReadOnlyDictionary<string, long> needed, Func<ModelName, Task<bool>> putOut, CancellationToken cancellation)
    {
        await _admission.WaitAsync(cancellation);
        try
        {
            var began = time.GetTimestamp();
            while (true)
            {
                var moved = table.Moved;
                var (free, holders) = Look(name);
                if (Eviction.Choose(needed, free, holders.Where(holder => holder is { Pinned: false, Busy: false })) is { } chosen)
                {
                    if (chosen.Count == 0)
                    {
                        return new Turn(_admission);
                    }

                    await PutOutAsync(name, needed, chosen, putOut, cancellation);
                }
                else
                {
                    await WaitForBusyAsync(name, needed, free, holders, moved, options.Value.RoomPatience - time.GetElapsedTime(began), cancellation);
                }
            }
        }
        catch
        {
            _admission.Release();
            throw;
        }
    }

    /// <summary>Whether a model fits once another one has gone, and not beside it, whatever else may be put out for it.</summary>
    public bool FitsOnlyInPlaceOf(ModelName name, IReadOnlyDictionary<string, long> needed, ModelName other, IReadOnlyDictionary<string, long> both)
    {
        var (free, holders) = Look(name);
        var movable = holders.Where(holder => !holder.Pinned).ToList();
        return !Eviction.Fits(both, free, movable.Where(holder => holder.Name != other && !holder.Busy)) && Eviction.Fits(needed, free, movable);
    }

    /// <summary>What is free for a model, and who takes the rest.</summary>
    public (IReadOnlyDictionary<string, long> Free, IReadOnlyList<MemoryHolder> Holders) Look(ModelName name)
    {
        var entries = table.List().Where(entry => entry.Host is not null && entry.Name != name).ToList();
        var free = memory.Read().ToDictionary(pair => pair.Key, pair => pair.Value - entries.Sum(entry => Coming(entry, pair.Key)));
        // The kernel counts weights that are mapped from a file as free, though they are read with every token: they are counted here as well.
        var limit = options.Value.MemoryLimit > 0 ? (long)options.Value.MemoryLimit << 20 : memory.HostTotal;
        var left = limit - entries.Sum(entry => entry.Needs.GetValueOrDefault(KernelMemory.Host));
        free[KernelMemory.Host] = Math.Min(left, free.GetValueOrDefault(KernelMemory.Host, left));
        return (free, [.. entries.Select(entry =>
            new MemoryHolder(entry.Name, entry.Needs, entry.Pinned, table.IsBusy(entry), entry.Use.LastStamp))]);
    }

    public void Dispose() => _admission.Dispose();

    /// <summary>What one that is being loaded will take and has not taken yet.</summary>
    private static long Coming(ModelEntry entry, string device)
    {
        if (entry.State != ModelState.Loading)
        {
            return 0;
        }

        var taken = device == KernelMemory.Host ? (long)(entry.Host?.Snapshot.Session?.LastSample?.ResidentBytes ?? 0) : 0;
        return Math.Max(0, entry.Needs.GetValueOrDefault(device) - taken);
    }

    private async Task PutOutAsync(
        ModelName name, IReadOnlyDictionary<string, long> needed, IReadOnlyList<MemoryHolder> chosen, Func<ModelName, Task<bool>> putOut, CancellationToken cancellation)
    {
        var all = true;
        foreach (var holder in chosen)
        {
            all &= await putOut(holder.Name);
        }

        // A worker that was reaped has given everything back to the kernel; a driver may take longer. Nobody else is put out meanwhile.
        var since = time.GetTimestamp();
        while (all && !Eviction.Fits(needed, Look(name).Free, []) && time.GetElapsedTime(since) < ReturnPatience)
        {
            await Task.Delay(s_look, time, cancellation);
        }
    }

    private async Task WaitForBusyAsync(
        ModelName name, IReadOnlyDictionary<string, long> needed, IReadOnlyDictionary<string, long> free, IReadOnlyList<MemoryHolder> holders,
        Task moved, TimeSpan left, CancellationToken cancellation)
    {
        if (!Eviction.Fits(needed, free, holders))
        {
            throw TooLarge(name, needed, free, holders);
        }

        var movable = holders.Where(holder => !holder.Pinned).ToList();
        if (!Eviction.Fits(needed, free, movable))
        {
            throw Held(name, needed, free, [.. holders.Where(holder => holder.Pinned)], "pinned", null);
        }

        if (left <= TimeSpan.Zero)
        {
            throw Held(name, needed, free, [.. movable.Where(holder => holder.Busy)], "in use", TimeSpan.FromSeconds(10));
        }

        await moved.WaitAsync(left, time, cancellation).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        cancellation.ThrowIfCancellationRequested(); // That the time is over the next look finds.
    }

    private static FailureException TooLarge(
        ModelName name, IReadOnlyDictionary<string, long> needed, IReadOnlyDictionary<string, long> free, IReadOnlyList<MemoryHolder> holders)
    {
        var (device, need) = Lacking(needed, free, holders);
        var most = free[device] + holders.Sum(holder => holder.Bytes.GetValueOrDefault(device));
        return new FailureException(ErrorReason.ModelTooLarge,
            $"{name} needs about {MemoryPlan.Words(need)} of {Place(device)}; with nothing else loaded there are {MemoryPlan.Words(Math.Max(0, most))} to give. "
            + "Take a smaller model or quantisation, fewer slots, or a shorter context.",
            ("model", name.ToString()), ("device", device), ("needed_bytes", Number(need)), ("available_bytes", Number(Math.Max(0, most))));
    }

    private static FailureException Held(
        ModelName name, IReadOnlyDictionary<string, long> needed, IReadOnlyDictionary<string, long> free, IReadOnlyList<MemoryHolder> by, string how, TimeSpan? retry)
    {
        var (device, need) = Lacking(needed, free, []);
        var names = string.Join(", ", by.Select(holder => holder.Name.Id));
        return new FailureException(ErrorReason.ModelBusy,
            $"{name} needs about {MemoryPlan.Words(need)} of {Place(device)}, of which {MemoryPlan.Words(Math.Max(0, free[device]))} are free; "
            + $"{names}, which would have to make room, {(by.Count == 1 ? "is" : "are")} {how}. Unload or unpin what is not needed, or wait.",
            ("model", name.ToString()), ("device", device), ("needed_bytes", Number(need)), ("available_bytes", Number(Math.Max(0, free[device]))),
            ("held_by", names)) { RetryAfter = retry };
    }

    private static (string Device, long Bytes) Lacking(
        IReadOnlyDictionary<string, long> needed, IReadOnlyDictionary<string, long> free, IReadOnlyList<MemoryHolder> gone)
    {
        var (device, bytes) = needed.First(need => !Eviction.Fits(new Dictionary<string, long> { [need.Key] = need.Value }, free, gone));
        return (device, bytes);
    }

    private static string Place(string device) => device == KernelMemory.Host ? "main memory" : $"the memory of {device}";

    private static string Number(long value) => value.ToString(CultureInfo.InvariantCulture);

    /// <summary>The right to be the one who counts on free memory.</summary>
    private sealed class Turn(SemaphoreSlim admission) : IDisposable
    {
        private int _over;

        public void Dispose()
        {
            if (Interlocked.Exchange(ref _over, 1) == 0)
            {
                admission.Release();
            }
        }
    }
}
