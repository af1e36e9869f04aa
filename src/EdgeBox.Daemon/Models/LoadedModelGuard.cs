using EdgeBox.V1;

namespace EdgeBox.Daemon.Models;

/// <summary>Keeps a model in the store while it is in memory, or on its way there.</summary>
internal sealed class LoadedModelGuard(ModelTable table) : IModelGuard
{
    public string? WhyKept(ModelName model) => table.Find(model) switch
    {
        null or { Host: null, Load: null } => null,
        { State: ModelState.Draining } => "is being unloaded; wait for that",
        _ => "is in memory; unload it first",
    };
}
