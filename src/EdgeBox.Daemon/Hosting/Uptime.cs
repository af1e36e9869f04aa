namespace EdgeBox.Daemon.Hosting;

/// <summary>How long the daemon has been up.</summary>
internal sealed class Uptime(TimeProvider time)
{
    private readonly long _since = time.GetTimestamp();

    /// <summary>Since it was composed, by the monotonic clock.</summary>
    public TimeSpan Elapsed => time.GetElapsedTime(_since);
}
