namespace EdgeBox.Daemon.Access;

/// <summary>Counts the connections of each peer, so that one that opens them and says nothing cannot use up everybody's.</summary>
internal sealed class PeerLimiter
{
    private readonly Lock _lock = new();
    private readonly Dictionary<string, int> _counts = [];

    /// <summary>Takes a place for a connection of <paramref name="peer"/>; false if it has <paramref name="limit"/> already.</summary>
    public bool TryEnter(string peer, int limit)
    {
        lock (_lock)
        {
            var count = _counts.GetValueOrDefault(peer);
            if (count >= limit)
            {
                return false;
            }

            _counts[peer] = count + 1;
            return true;
        }
    }

    /// <summary>Gives the place back.</summary>
    public void Leave(string peer)
    {
        lock (_lock)
        {
            var count = _counts[peer] - 1;
            if (count == 0)
            {
                _counts.Remove(peer);
            }
            else
            {
                _counts[peer] = count;
            }
        }
    }
}
