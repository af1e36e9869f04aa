using EdgeBox.Daemon.Models.Workers;
using System.Collections.Concurrent;
using EdgeBox.Daemon.Failures;
using EdgeBox.Platform.Processes;
using EdgeBox.V1;
using Microsoft.Extensions.Options;

namespace EdgeBox.Daemon.Models.Planning;

/// <summary>Says what a model takes of memory before it is loaded: as the engine itself accounts for it, held against the tensor table.</summary>
internal sealed partial class MemoryPlanner(WorkerLauncher launcher, IOptions<ModelOptions> options, TimeProvider time, ILogger<MemoryPlanner> log)
    : IDisposable
{
    /// <summary>The driver's context and the work space of its libraries, as those who use such devices tell it; not measured by us.</summary>
    private const long OverheadOfDevice = 512L << 20;

    /// <summary>What the engine notes of a cell of the cache, in main memory: a plan that needs more than there is of this alone is not tried.</summary>
    private const long NoteOfCell = 64;

    private const uint ContextStep = 256;
    private const double PartForFit = 0.9;
    private const int MostRemembered = 256;
    private const int MostAtOnce = 2;

    private readonly ConcurrentDictionary<string, long> _devices = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, DryRunResult> _known = new(StringComparer.Ordinal);
    private readonly SemaphoreSlim _workers = new(MostAtOnce);

    /// <summary>What each device other than main memory has in all, as the engine told it last.</summary>
    public IReadOnlyDictionary<string, long> DeviceTotals => _devices;

    public void Dispose() => _workers.Dispose();

    /// <summary>What a model takes so, device by device, and what there is. With "fit" the largest that fits is chosen.</summary>
    /// <exception cref="FailureException">It cannot be loaded so, whatever there is.</exception>
    public async Task<MemoryDemand> DemandAsync(ModelFile file, LoadOptions asked, CancellationToken cancellation)
    {
        await using var trials = new Trials(this, file);
        return await ChooseAsync(trials, asked, cancellation);
    }

    /// <summary>The same for people: with what would fit, and why it does not, if it does not.</summary>
    /// <param name="file">The model.</param>
    /// <param name="asked">How it would be loaded.</param>
    /// <param name="name">What the words call it.</param>
    /// <param name="cancellation">The caller's.</param>
    public async Task<MemoryEstimate> EstimateAsync(ModelFile file, LoadOptions asked, string name, CancellationToken cancellation)
    {
        await using var trials = new Trials(this, file);
        var demand = await ChooseAsync(trials, asked, cancellation);
        var shape = demand.Shape;
        var estimate = new MemoryEstimate
        {
            Options = shape.ToOptions(asked),
            Fits = demand.Fits,
            FitsAlone = demand.FitsAlone,
            LargestContextTokens = await LargestContextAsync(trials, shape, asked, room => room.AloneBytes, cancellation),
            MostSlots = await MostSlotsAsync(trials, shape, asked, room => room.AloneBytes, cancellation),
            Problem = demand.Problem(name) is { } problem ? FailureStatus.From(problem) : null,
        };
        estimate.Devices.AddRange(demand.Devices.Select(device => Describe(device, demand)));
        return estimate;
    }

    private static DeviceMemory Describe(DeviceDemand device, MemoryDemand demand) => new()
    {
        Device = device.Device,
        WeightBytes = (ulong)device.WeightBytes,
        CacheBytes = (ulong)device.CacheBytes,
        ComputeBytes = (ulong)device.ComputeBytes,
        OverheadBytes = (ulong)device.OverheadBytes,
        OverheadUnverified = device.OverheadUnverified,
        TotalBytes = (ulong)demand.Room[device.Device].TotalBytes,
        FreeBytes = (ulong)demand.Room[device.Device].FreeBytes,
        KeptBytes = device.Device == DeviceDemand.Host ? (ulong)demand.KeptBytes : 0,
    };

    private static async Task<MemoryDemand> ChooseAsync(Trials trials, LoadOptions asked, CancellationToken cancellation)
    {
        var shape = LoadShape.Of(trials.File.Summary, asked);
        if (asked.Fit)
        {
            // What the devices are is known from then on.
            await trials.DemandAsync(shape.With(Least(trials), 1, asked), cancellation);

            // Others need some of it too.
            static long Free(DeviceRoom room) => (long)(room.FreeBytes * PartForFit);
            shape = asked.Slots == 0 ? shape.With(shape.ContextTokens, 1, asked) : shape;
            var context = asked.ContextTokens == 0 ? await LargestContextAsync(trials, shape, asked, Free, cancellation) : shape.ContextTokens;
            shape = shape.With(Math.Max(context, Least(trials)), shape.Slots, asked);
            var slots = asked.Slots == 0 ? await MostSlotsAsync(trials, shape, asked, Free, cancellation) : shape.Slots;
            shape = shape.With(shape.ContextTokens, Math.Max(slots, 1), asked);
        }

        return await trials.DemandAsync(shape, cancellation);
    }

    private static Task<uint> LargestContextAsync(Trials trials, LoadShape shape, LoadOptions asked, Func<DeviceRoom, long> of, CancellationToken cancellation) =>
        FindAsync(Least(trials), (uint)trials.File.Summary.ContextLength, ContextStep, context => shape.With(context, shape.Slots, asked), trials, of, cancellation);

    private static Task<uint> MostSlotsAsync(Trials trials, LoadShape shape, LoadOptions asked, Func<DeviceRoom, long> of, CancellationToken cancellation) =>
        FindAsync(1, LoadShape.MostSlots, 1, slots => shape.With(shape.ContextTokens, slots, asked), trials, of, cancellation);

    private static uint Least(Trials trials) => Math.Min(ContextStep, (uint)trials.File.Summary.ContextLength);

    private static async Task<uint> FindAsync(
        uint least, uint most, uint step, Func<uint, LoadShape> with, Trials trials, Func<DeviceRoom, long> of, CancellationToken cancellation) =>
        (uint)await LargestFit.FindAsync(least, most, step, async number => await trials.LeftAsync(with((uint)number), of, cancellation));

    private long HostLimit(long total) => options.Value.MemoryLimit > 0 ? Math.Min(total, (long)options.Value.MemoryLimit << 20) : total;

    private async Task<DryRun> StartAsync(ModelFile file, CancellationToken cancellation)
    {
        await _workers.WaitAsync(cancellation);
        try
        {
            return new DryRun(launcher.Launch(file.Handles), file, options.Value.WorkerPatience, time);
        }
        catch
        {
            _workers.Release();
            throw;
        }
    }

    private (long Resident, long Mapped) MemoryOfWorkers()
    {
        var (resident, mapped) = (0L, 0L);
        foreach (var worker in launcher.Running)
        {
            resident += (long)(worker.Sample()?.ResidentBytes ?? 0);
            mapped += MainMemory.MappedBytes(worker.Pid);
        }

        return (resident, mapped);
    }

    /// <summary>Holds the engine's account against the tensor table: one that differs is a defect, and nothing is loaded by it.</summary>
    private void Hold(ModelFile file, DryRunResult result)
    {
        if (ClosedForm.Dispute(file.Summary, result.Engine) is { } dispute)
        {
            LogDispute(log, file.Path, dispute);
            throw new FailureException(ErrorReason.Internal,
                $"The plan for {file.Path} does not hold: the engine tells {dispute}. This is a defect of the box; please report it.", ("path", file.Path));
        }
    }

    [LoggerMessage(1020, LogLevel.Error, "The memory plan for {Path} is refused as a defect: the engine tells {Dispute}", EventName = "PlanDisputed")]
    private static partial void LogDispute(ILogger logger, string path, string dispute);

    /// <summary>The dry runs of one question: one worker, started when the first is not known already.</summary>
    private sealed class Trials(MemoryPlanner planner, ModelFile file) : IAsyncDisposable
    {
        private readonly MainMemory _main = MainMemory.Read();
        private readonly (long Resident, long Mapped) _others = planner.MemoryOfWorkers();
        private IReadOnlyDictionary<string, DeviceRoom> _room = new Dictionary<string, DeviceRoom>();
        private DryRun? _run;

        public ModelFile File => file;

        public async Task<MemoryDemand> DemandAsync(LoadShape shape, CancellationToken cancellation)
        {
            if (TooMany(shape) is { } problem)
            {
                throw problem;
            }

            var result = await RunAsync(shape, cancellation);
            var (devices, room) = (new List<DeviceDemand>(), new Dictionary<string, DeviceRoom> { [DeviceDemand.Host] = Main() });
            foreach (var memory in result.Engine.Memories)
            {
                var isHost = memory.Device == DeviceDemand.Host;
                devices.Add(new DeviceDemand(memory.Device, (long)memory.WeightBytes, (long)memory.CacheBytes, (long)memory.ComputeBytes,
                    isHost ? result.ProcessBytes : OverheadOfDevice, OverheadUnverified: !isHost));
                if (!isHost)
                {
                    planner._devices[memory.Device] = (long)memory.TotalBytes;
                    room[memory.Device] = new DeviceRoom((long)memory.TotalBytes, (long)memory.FreeBytes, (long)memory.TotalBytes);
                }
            }

            _room = room;
            return new MemoryDemand(shape, devices, room);
        }

        /// <summary>What would be left where the least is. Where the closed form alone says that it is too much, no worker is asked.</summary>
        public async Task<long> LeftAsync(LoadShape shape, Func<DeviceRoom, long> of, CancellationToken cancellation)
        {
            var known = planner._known.GetValueOrDefault(Key(shape));
            var all = of(Main()) + _room.Where(other => other.Key != DeviceDemand.Host).Sum(other => of(other.Value));
            var least = file.Summary.TensorBytes + ClosedForm.LeastCacheBytes(file.Summary, (long)shape.ContextTokens * shape.Slots);
            return known is null && (least > all || TooMany(shape) is not null)
                ? all - Math.Max(least, all + 1)
                : (await DemandAsync(shape, cancellation)).LeastLeft(of);
        }

        public async ValueTask DisposeAsync()
        {
            if (_run is not null)
            {
                await _run.DisposeAsync();
                planner._workers.Release();
            }
        }

        /// <remarks>Pages of weights that workers have mapped count as available to the kernel; they are in use all the same.</remarks>
        private DeviceRoom Main()
        {
            var total = planner.HostLimit(_main.TotalBytes);
            var free = Math.Clamp(_main.AvailableBytes - _others.Mapped, 0, Math.Max(0, total - _others.Resident));
            return new DeviceRoom(total, free, Math.Min(total, free + _others.Resident));
        }

        private FailureException? TooMany(LoadShape shape)
        {
            var notes = shape.CacheTokens * NoteOfCell;
            return notes <= _main.TotalBytes ? null : new FailureException(ErrorReason.ModelTooLarge,
                $"{shape.Slots} slots of {shape.ContextTokens} tokens need more than {ByteWords.Of(notes)} for the table of the cache alone. Take fewer slots or a shorter context.",
                ("model", file.Path), ("needed_bytes", $"{notes}"), ("available_bytes", $"{_main.TotalBytes}"));
        }

        private string Key(LoadShape shape) => string.Join('|', file.Identities) + shape;

        private async Task<DryRunResult> RunAsync(LoadShape shape, CancellationToken cancellation)
        {
            var key = Key(shape);
            if (planner._known.TryGetValue(key, out var known))
            {
                return known;
            }

            try
            {
                _run ??= await planner.StartAsync(file, cancellation);
                var result = await _run.PlanAsync(shape, cancellation);
                planner.Hold(file, result);
                // What a device has free is true only now.
                if (result.Engine.Memories.All(memory => memory.Device == DeviceDemand.Host) && planner._known.Count < MostRemembered)
                {
                    planner._known[key] = result;
                }

                return result;
            }
            catch (FailureException failure)
            {
                // A file that was changed under the engine explains whatever the engine made of it.
                throw file.FindChange() ?? failure;
            }
        }
    }
}
