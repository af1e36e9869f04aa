using System.Globalization;
using EdgeBox.Daemon.Audit;
using EdgeBox.V1;

namespace EdgeBox.Daemon.Models.Store;

/// <summary>What is done before anything is served: the disk is brought in line with what its manifests say.</summary>
internal sealed partial class StoreIndex
{
    /// <summary>In place of a hash where there is no file.</summary>
    private const string Nothing = "no file";

    /// <summary>
    /// Reads what is installed, removes what a cut left behind, and finds what is missing. What an import that was cut off has copied is kept: it goes on
    /// from there when it is asked for again.
    /// </summary>
    public async Task ReconcileAsync(IReadOnlyCollection<string> unfinished)
    {
        var found = new Dictionary<string, BlobCheck>(StringComparer.Ordinal);
        List<string> swept;
        long freed;
        lock (_gate)
        {
            _folder.Sweep();
            _checks = records.Blobs();
            _quarantines = records.Quarantines();
            foreach (var (name, manifest, written) in _folder.Manifests())
            {
                _manifests[name.Id] = (name, manifest, written);
            }

            // A manifest that cannot be read no longer says what it needs: nothing is removed until that is decided.
            var unreadable = _manifests.Values.Any(entry => entry.Manifest is null);
            swept = unreadable ? [] : [.. Unneeded(_folder.Blobs().Select(blob => blob.Sha256)).Except(unfinished)];
            freed = swept.Count > 0 ? _folder.RemoveBlobs(swept) : 0;
            foreach (var file in _manifests.Values.SelectMany(entry => FilesOf(entry.Manifest)))
            {
                if (Missing(file) is { } words && _checks.GetValueOrDefault(file.Sha256) is null or { Found: "" })
                {
                    found[file.Sha256] = new BlobCheck(clock.Now, words);
                }
            }

            Rebuild();
        }

        if (swept.Count > 0)
        {
            await records.ForgetBlobsAsync(swept);
            await records.PutBlobsAsync(new Dictionary<string, BlobCheck>(), AuditEntry.Of("store.swept", "box", "models",
                ("files", swept.Count.ToString(CultureInfo.InvariantCulture)), ("bytes", freed.ToString(CultureInfo.InvariantCulture))));
        }

        if (found.Count > 0)
        {
            await NoteAsync(found);
        }
    }

    private string? Missing(ModelPart file) => _folder.BlobBytes(file.Sha256) switch
    {
        null => Nothing,
        var bytes when bytes != (long)file.Bytes => string.Create(CultureInfo.InvariantCulture, $"a file of {bytes} bytes in place of {file.Bytes}"),
        _ => null,
    };
}
