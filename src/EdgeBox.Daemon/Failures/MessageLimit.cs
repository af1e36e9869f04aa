namespace EdgeBox.Daemon.Failures;

/// <summary>The largest gRPC message that the box takes or sends.</summary>
internal static class MessageLimit
{
    /// <summary>16 MiB.</summary>
    public const int Bytes = 16 * 1024 * 1024;
}
