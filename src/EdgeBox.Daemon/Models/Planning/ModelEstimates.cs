using EdgeBox.Daemon.Failures;
using EdgeBox.Daemon.Inference;
using EdgeBox.V1;

namespace EdgeBox.Daemon.Models.Planning;

/// <summary>Answers what a model would take, for one that the box knows and for any file on it.</summary>
internal sealed class ModelEstimates(ModelRegistry models, ModelLoader loader, MemoryPlanner planner, MemoryRoom room)
{
    /// <summary>Plans and loads nothing.</summary>
    /// <exception cref="FailureException">INVALID_ARGUMENT, MODEL_NOT_FOUND, or why the file cannot be loaded at all.</exception>
    public async Task<MemoryEstimate> EstimateAsync(EstimateModelRequest request, CancellationToken cancellation)
    {
        var options = request.Options ?? new LoadOptions();
        LoadLimits.Check("options", options);
        if (request.Name.Length == 0 == (request.Path.Length == 0))
        {
            throw new FailureException(ErrorReason.InvalidArgument,
                "Either name or path must be given, and not both.", ("field", "name"), ("limit", "a name, or empty and a path"));
        }

        var known = request.Name.Length == 0 ? null : models.Get(request.Name);
        if (known is null)
        {
            Limit.AbsolutePath("path", request.Path);
        }

        using var file = await Task.Run(() => known is null ? ModelFile.Open(request.Path) : loader.Open(known), cancellation);
        var estimate = await planner.EstimateAsync(file, options, known?.Name.ToString() ?? request.Path, cancellation);
        estimate.WouldEvict.AddRange(WouldEvict(known?.Name ?? ModelName.FromFile(request.Path), estimate));
        return estimate;
    }

    /// <summary>Who would make room for it now, as a load would choose; nobody if it fits or cannot be made to.</summary>
    private IEnumerable<string> WouldEvict(ModelName name, MemoryEstimate estimate)
    {
        var needs = estimate.Devices.ToDictionary(
            device => device.Device, device => (long)(device.WeightBytes + device.CacheBytes + device.ComputeBytes + device.OverheadBytes));
        var (free, holders) = room.Look(name);
        var chosen = Eviction.Choose(needs, free, holders.Where(holder => holder is { Pinned: false, Busy: false }));
        return chosen?.Select(holder => holder.Name.ToString()) ?? [];
    }
}
