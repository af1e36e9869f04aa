using System.Globalization;
using EdgeBox.Daemon.Failures;
using EdgeBox.Daemon.Models.Planning;
using EdgeBox.V1;
using Microsoft.Extensions.Options;

namespace EdgeBox.Daemon.Models.Store;

/// <summary>The room of the store: what imports under way will still need is not given to another, and a reserve is left to the rest of the box.</summary>
internal sealed class StoreSpace(StoreFolder folder, IOptions<ModelOptions> options)
{
    private const long LeastReserve = 1L << 30;
    private const int ReserveParts = 50;

    private readonly Lock _gate = new();
    private long _promised;

    /// <summary>What is free on the disk.</summary>
    public long Free => folder.Space.Free;

    /// <summary>What imports leave free.</summary>
    public long Reserve => options.Value.StoreReserve.Length > 0
        ? ByteSize.Read(options.Value.StoreReserve) ?? 0
        : Math.Max(LeastReserve, folder.Space.Size / ReserveParts);

    /// <summary>Claims room for an import; null if there is too little.</summary>
    public Claim? TryClaim(long bytes)
    {
        lock (_gate)
        {
            if (bytes > 0 && Free - _promised - Reserve < bytes)
            {
                return null;
            }

            _promised += bytes;
            return new Claim(this, bytes);
        }
    }

    /// <summary>The refusal of an import that needs more room.</summary>
    public FailureException Full(string model, long needed)
    {
        var (free, reserve) = (Free, Reserve);
        return new FailureException(ErrorReason.StoreFull,
            $"{model} needs {ByteWords.Of(needed)} of the store; {ByteWords.Of(free)} are free, of which {ByteWords.Of(reserve)} stay free for the rest of the box. "
            + "Make room with `edgeboxctl model remove`. Nothing was copied.",
            ("needed_bytes", needed.ToString(CultureInfo.InvariantCulture)),
            ("free_bytes", free.ToString(CultureInfo.InvariantCulture)),
            ("reserve_bytes", reserve.ToString(CultureInfo.InvariantCulture)));
    }

    private void Give(long bytes)
    {
        lock (_gate)
        {
            _promised -= bytes;
        }
    }

    /// <summary>What one import will still need.</summary>
    internal sealed class Claim(StoreSpace space, long bytes) : IDisposable
    {
        private long _left = bytes;

        /// <summary>So much of it is on the disk now.</summary>
        public void Use(long used)
        {
            var now = Math.Min(used, _left);
            _left -= now;
            space.Give(now);
        }

        public void Dispose() => Use(_left);
    }
}
