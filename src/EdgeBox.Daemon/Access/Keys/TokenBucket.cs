namespace EdgeBox.Daemon.Access.Keys;

/// <summary>
/// So much a minute: what was not used is saved up to one minute's worth, and what was used beyond that is owed. Not thread-safe: one owner.
/// </summary>
internal sealed class TokenBucket(TimeProvider time)
{
    private double _level;
    private double _perMinute;
    private long _filled = time.GetTimestamp();

    /// <summary>What is there now; below zero what is owed.</summary>
    /// <param name="perMinute">As the key's quota says now; a bucket that is new to it is full.</param>
    public double Fill(double perMinute)
    {
        var now = time.GetTimestamp();
        _level = perMinute == _perMinute ? Math.Min(perMinute, _level + (time.GetElapsedTime(_filled, now).TotalMinutes * perMinute)) : perMinute;
        (_perMinute, _filled) = (perMinute, now);
        return _level;
    }

    /// <summary>Takes some, whether it is there or not.</summary>
    public void Take(double amount) => _level -= amount;

    /// <summary>How long until so much is there.</summary>
    public TimeSpan Until(double amount) => _perMinute > 0 && amount > _level ? TimeSpan.FromMinutes((amount - _level) / _perMinute) : TimeSpan.Zero;
}
