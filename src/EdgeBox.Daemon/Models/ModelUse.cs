namespace EdgeBox.Daemon.Models;

/// <summary>Counts who needs a model in memory.</summary>
internal sealed class ModelUse
{
    private int _leases;

    /// <summary>How many need it.</summary>
    public int Leases => Volatile.Read(ref _leases);

    /// <summary>Notes one more, until it is disposed of.</summary>
    public IDisposable Take()
    {
        Interlocked.Increment(ref _leases);
        return new One(this);
    }

    private sealed class One(ModelUse use) : IDisposable
    {
        private int _given;

        public void Dispose()
        {
            if (Interlocked.Exchange(ref _given, 1) == 0)
            {
                Interlocked.Decrement(ref use._leases);
            }
        }
    }
}
