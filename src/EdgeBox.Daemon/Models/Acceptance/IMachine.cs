namespace EdgeBox.Daemon.Models.Acceptance;

/// <summary>The machine on which a suite runs.</summary>
internal interface IMachine
{
    /// <summary>Processor, memory and GPU, in words.</summary>
    string Words { get; }

    /// <summary>What its GPUs have taken so far; null if none tells.</summary>
    ulong? Millijoules { get; }
}
