using System.Globalization;
using EdgeBox.Daemon.Failures;
using EdgeBox.V1;

namespace EdgeBox.Daemon.Models.Planning;

/// <summary>What a model takes, memory by memory, and what is to be had.</summary>
/// <param name="Shape">How it would be loaded.</param>
/// <param name="Devices">What it takes; main memory is among them.</param>
/// <param name="Room">What there is, by device.</param>
internal sealed record MemoryDemand(LoadShape Shape, IReadOnlyList<DeviceDemand> Devices, IReadOnlyDictionary<string, DeviceRoom> Room)
{
    // What is left over is other programs' too, and other models'.
    private const long PartForKept = 8;

    // A plan is no account of every text in flight, and a wall that stands too near ends a worker that did nothing wrong.
    private const long PartForMargin = 4;
    private const long LeastMargin = 256L << 20;

    /// <summary>What it takes, by device.</summary>
    public IReadOnlyDictionary<string, long> Needs => Devices.ToDictionary(device => device.Device, device => device.NeededBytes);

    /// <summary>What texts may take that are kept in case they come again: no more than those of a full cache, and a part of what is left over.</summary>
    public long KeptBytes => Math.Clamp(Left(room => room.FreeBytes, DeviceDemand.Host) / PartForKept, 0, Devices.Sum(device => device.CacheBytes));

    /// <summary>The main memory that a worker which keeps to this plan stays below.</summary>
    public long MostHostBytes
    {
        get
        {
            var planned = Needs[DeviceDemand.Host] + KeptBytes;
            return planned + (planned / PartForMargin) + LeastMargin;
        }
    }

    /// <summary>Whether it fits as things are.</summary>
    public bool Fits => Devices.All(device => Left(room => room.FreeBytes, device.Device) >= 0);

    /// <summary>Whether it would fit if every other model were put out.</summary>
    public bool FitsAlone => Devices.All(device => Left(room => room.AloneBytes, device.Device) >= 0);

    /// <summary>What would be left where the least is left, of a part of what could be had.</summary>
    public long LeastLeft(Func<DeviceRoom, long> of) => Devices.Min(device => Left(of, device.Device));

    /// <summary>Why it does not fit as things are, with the numbers (MODEL_TOO_LARGE); null if it does.</summary>
    public FailureException? Problem(string model)
    {
        if (Devices.FirstOrDefault(device => Left(room => room.FreeBytes, device.Device) < 0) is not { } tight)
        {
            return null;
        }

        var room = Room[tight.Device];
        var place = tight.Device == DeviceDemand.Host ? "main memory" : $"the memory of {tight.Device}";
        var help = FitsAlone
            ? "Unload another model, or take fewer slots or a shorter context."
            : "Take a smaller model or quantisation, fewer slots, or a shorter context; `edgeboxctl model estimate` tells what would fit.";
        return new FailureException(ErrorReason.ModelTooLarge,
            $"{model} needs {ByteWords.Of(tight.NeededBytes)} of {place} ({ByteWords.Of(tight.WeightBytes)} weights, {ByteWords.Of(tight.CacheBytes)} cache, "
            + $"{ByteWords.Of(tight.ComputeBytes)} work space, {ByteWords.Of(tight.OverheadBytes)} overhead), of which {ByteWords.Of(room.FreeBytes)} are free. {help}",
            ("model", model),
            ("device", tight.Device),
            ("needed_bytes", tight.NeededBytes.ToString(CultureInfo.InvariantCulture)),
            ("available_bytes", room.FreeBytes.ToString(CultureInfo.InvariantCulture)));
    }

    private long Left(Func<DeviceRoom, long> of, string device) =>
        of(Room[device]) - Devices.First(demand => demand.Device == device).NeededBytes;
}
