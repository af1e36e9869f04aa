namespace EdgeBox.Daemon.Models;

/// <summary>Who needs a model in memory, and when it was needed last. It belongs to the <see cref="ModelTable"/>, which changes it under its lock.</summary>
internal sealed class ModelUse
{
    /// <summary>How many need it.</summary>
    public int Leases { get; set; }

    /// <summary>Timestamp of when it was last needed or became ready; 0 if it never was.</summary>
    public long LastStamp { get; set; }

    /// <summary>When it was last needed; null if it never was.</summary>
    public DateTimeOffset? LastAt { get; set; }

    /// <summary>Timestamp of when it last failed.</summary>
    public long FailedStamp { get; set; }
}
