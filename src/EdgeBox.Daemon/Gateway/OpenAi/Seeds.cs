using EdgeBox.V1;

namespace EdgeBox.Daemon.Gateway.OpenAi;

/// <summary>Gives each of several answers to one question chances of its own.</summary>
internal static class Seeds
{
    /// <summary>Moves a seed that is set by the number of the answer.</summary>
    public static void Shift(SamplingOptions? sampling, uint answer)
    {
        if (sampling is { HasSeed: true })
        {
            sampling.Seed = unchecked(sampling.Seed + answer);
        }
    }
}
