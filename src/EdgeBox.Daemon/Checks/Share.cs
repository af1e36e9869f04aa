namespace EdgeBox.Daemon.Checks;

/// <summary>Shares of counts as a person reckons them: 0.8 of ten is eight, although the nearest binary number to 0.8 is above it.</summary>
internal static class Share
{
    /// <summary>So much of a count.</summary>
    public static decimal Of(float share, long count) => (decimal)share * count;
}
