using EdgeBox.Daemon.Failures;
using EdgeBox.Platform.Files;

namespace EdgeBox.Daemon.Models.Store;

/// <summary>What imports count on while they are under way.</summary>
internal sealed partial class StoreIndex
{
    /// <summary>Blobs that one import counts on: nobody removes them before it is done.</summary>
    internal sealed class BlobHold(StoreIndex index) : IDisposable
    {
        private readonly HashSet<string> _hashes = new(StringComparer.Ordinal);

        /// <summary>Holds a blob, if it is there and known to be whole.</summary>
        public bool TryTake(string sha256, long bytes)
        {
            lock (index._gate)
            {
                if (index._folder.BlobBytes(sha256) != bytes || index._checks.GetValueOrDefault(sha256) is { Found.Length: > 0 })
                {
                    return false;
                }

                Add(sha256);
                return true;
            }
        }

        /// <summary>Gives a copy that is on the disk its place, or removes it if its like is there already.</summary>
        public void Publish(DurableFile copy, string sha256)
        {
            StoreFaults.Guard(copy.Path, copy.Synchronize);
            lock (index._gate)
            {
                if (TryTake(sha256, copy.Length))
                {
                    StoreFaults.Guard(copy.Path, () => index._folder.Files.Remove(copy.Path));
                    return;
                }

                index._folder.Publish(copy, sha256);
                Add(sha256);
            }
        }

        /// <summary>Removes what nothing else needs: the import came to nothing.</summary>
        public void Drop()
        {
            lock (index._gate)
            {
                List<string> mine = [.. _hashes];
                Release();
                try
                {
                    index._folder.RemoveBlobs(index.Unneeded(mine));
                }
                catch (FailureException)
                {
                    // The next start removes them.
                }
            }
        }

        public void Dispose()
        {
            lock (index._gate)
            {
                Release();
            }
        }

        private void Add(string sha256)
        {
            if (_hashes.Add(sha256))
            {
                index._held[sha256] = index._held.GetValueOrDefault(sha256) + 1;
            }
        }

        private void Release()
        {
            foreach (var sha256 in _hashes)
            {
                if (index._held.TryGetValue(sha256, out var count) && count > 1)
                {
                    index._held[sha256] = count - 1;
                }
                else
                {
                    index._held.Remove(sha256);
                }
            }

            _hashes.Clear();
        }
    }
}
