using EdgeBox.V1;

namespace EdgeBox.Daemon.Models;

/// <summary>How a model is loaded: what was asked for over what its manifest says.</summary>
internal static class LoadDefaults
{
    /// <summary>Options over those of a manifest: each one that is set takes its place.</summary>
    public static LoadOptions Over(ModelManifest manifest, LoadOptions? asked)
    {
        var options = manifest.Load?.Clone() ?? new LoadOptions();
        if (options.ContextTokens == 0)
        {
            options.ContextTokens = manifest.ContextTokens;
        }

        if (asked is not null)
        {
            if (asked.KeepAlive is not null)
            {
                options.KeepAlive = null; // Seconds and fractions would be joined.
            }

            options.MergeFrom(asked);
        }

        return options;
    }
}
