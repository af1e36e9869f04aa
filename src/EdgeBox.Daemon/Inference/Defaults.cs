using EdgeBox.V1;

namespace EdgeBox.Daemon.Inference;

/// <summary>Fills in what a request does not say with what a model's manifest says.</summary>
internal static class Defaults
{
    /// <summary>A conversation with the model's ways of choosing tokens and of thinking.</summary>
    public static ChatRequest Fill(ChatRequest request, ModelManifest? manifest)
    {
        var fillsEffort = request.Effort == ReasoningEffort.Unspecified && manifest is { Effort: not ReasoningEffort.Unspecified };
        if (manifest?.Sampling is null && !fillsEffort)
        {
            return request;
        }

        var filled = request.Clone();
        filled.Sampling = Over(manifest!.Sampling, request.Sampling);
        filled.Effort = fillsEffort ? manifest.Effort : request.Effort;
        return filled;
    }

    /// <summary>A text with the model's ways of choosing tokens.</summary>
    public static CompleteRequest Fill(CompleteRequest request, ModelManifest? manifest)
    {
        if (manifest?.Sampling is null)
        {
            return request;
        }

        var filled = request.Clone();
        filled.Sampling = Over(manifest.Sampling, request.Sampling);
        return filled;
    }

    /// <summary>Sampling options over others: each one that is set takes its place.</summary>
    public static SamplingOptions? Over(SamplingOptions? others, SamplingOptions? own)
    {
        if (others is null || own is null)
        {
            return own ?? others?.Clone();
        }

        var both = others.Clone();
        if (own.DryBreakers.Count > 0)
        {
            both.DryBreakers.Clear(); // Lists would be joined.
        }

        if (own.LogitBias.Count > 0)
        {
            both.LogitBias.Clear();
        }

        both.MergeFrom(own);
        return both;
    }
}
