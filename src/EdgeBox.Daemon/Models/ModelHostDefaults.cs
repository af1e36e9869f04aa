using EdgeBox.Daemon.Access.Keys;
using EdgeBox.Daemon.Inference;
using Microsoft.Extensions.Options;

namespace EdgeBox.Daemon.Models;

/// <summary>What every model is served with: limits of the settings, and weights of the settings and of API keys.</summary>
internal sealed class ModelHostDefaults(IOptions<ModelOptions> options, KeyRegistry keys)
{
    /// <summary>How many of a model's workers may die within ten minutes.</summary>
    public int MaxDeaths => options.Value.MaxDeaths;

    /// <summary>Limits and weights for one model's line.</summary>
    public ModelHostOptions Make() => new()
    {
        MaxWaiting = options.Value.MaxWaiting,
        MaxWaitingPerIdentity = options.Value.MaxWaitingPerIdentity,
        MaxRunningPerIdentity = options.Value.MaxRunningPerIdentity,
        Weights = IdentityWeights.ReadAll(options.Value.Weights),
        Granted = keys.WeightOf,
        Patience = options.Value.WorkerPatience,
    };
}
