namespace EdgeBox.Daemon.Inference;

/// <summary>What models are told beside what clients say.</summary>
internal sealed class InferenceOptions
{
    /// <summary>Where it stands in the settings.</summary>
    public const string Section = "Inference";

    /// <summary>Whether they are told today's date in conversations.</summary>
    public bool TellDate { get; set; } = true;
}
