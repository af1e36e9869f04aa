using System.Collections.Immutable;
using EdgeBox.Daemon.Audit;
using EdgeBox.Daemon.Failures;
using EdgeBox.Daemon.Time;
using EdgeBox.V1;

namespace EdgeBox.Daemon.Models.Store;

/// <summary>The owner of what is in the store: which models, what is known of their bytes, and which blobs somebody still needs.</summary>
internal sealed partial class StoreIndex(
    StoreFolder folder, StoreRecords records, TrustedClock clock, IServiceProvider services, ILogger<StoreIndex> log)
{
    private readonly StoreFolder _folder = folder;
    private readonly Lock _gate = new();
    private readonly Dictionary<string, (ModelName Name, ModelManifest? Manifest, DateTimeOffset Imported)> _manifests = [];
    private readonly Dictionary<string, int> _held = [];
    private Dictionary<string, BlobCheck> _checks = [];
    private Dictionary<string, FailureException> _quarantines = [];
    private Snapshot _snapshot = new([]);

    /// <summary>Something about a model in the store has changed.</summary>
    public event Action? Changed;

    /// <summary>Every model in the store, by name, then the oldest first.</summary>
    public ImmutableArray<InstalledModel> Models => Volatile.Read(ref _snapshot).Models;

    /// <summary>What all blobs take.</summary>
    public long UsedBytes => _folder.Blobs().Sum(blob => blob.Bytes);

    /// <summary>The model of that name; without a version, the one that was imported last.</summary>
    public InstalledModel? Find(ModelName name) => name.Version.Length > 0
        ? Models.FirstOrDefault(model => model.Name == name)
        : Models.LastOrDefault(model => model.Name.Family == name.Id);

    /// <summary>Lists a model whose blobs are in their places.</summary>
    public async Task InstallAsync(ModelName name, ModelManifest manifest)
    {
        var now = clock.Now;
        lock (_gate)
        {
            // Which one was imported last must be told even of two within one tick of a clock.
            var last = _manifests.Values.Select(entry => entry.Imported).DefaultIfEmpty().Max();
            var imported = now > last ? now : last.AddMicroseconds(1);
            _folder.Install(name, manifest, imported);
            _manifests[name.Id] = (name, manifest, imported);
        }

        // What was copied was hashed as it was; a model of that name that was quarantined for other bytes is so no longer.
        await ReleaseAsync(name);
        await NoteAsync(FilesOf(manifest).Select(file => file.Sha256).Distinct().ToDictionary(sha256 => sha256, _ => new BlobCheck(now, "")));
    }

    /// <summary>Takes a model off the list, and removes the blobs that nothing else needs.</summary>
    /// <returns>What that gave back.</returns>
    public async Task<long> UninstallAsync(ModelName name)
    {
        List<string> unneeded;
        long freed;
        lock (_gate)
        {
            _folder.Uninstall(name);
            _manifests.Remove(name.Id, out var gone);
            unneeded = Unneeded(FilesOf(gone.Manifest).Select(file => file.Sha256));
            freed = _folder.RemoveBlobs(unneeded);
            unneeded.ForEach(sha256 => _checks.Remove(sha256));
            Rebuild();
        }

        Changed?.Invoke();
        await records.ForgetBlobsAsync(unneeded);
        await ReleaseAsync(name);
        return freed;
    }

    /// <summary>Removes those of these blobs that nothing needs.</summary>
    public void RemoveUnneeded(IEnumerable<string> hashes)
    {
        lock (_gate)
        {
            _folder.RemoveBlobs(Unneeded(hashes));
        }
    }

    /// <summary>Says which of these blobs are whole and already there, and keeps them until the hold is given back.</summary>
    public BlobHold Hold() => new(this);

    /// <summary>Notes what blobs were found to be. Models of blobs that are bad are quarantined and what means them falls back; others are released.</summary>
    public async Task NoteAsync(IReadOnlyDictionary<string, BlobCheck> checks)
    {
        List<InstalledModel> fallen;
        List<InstalledModel> risen;
        lock (_gate)
        {
            var before = Models.Where(model => model.Quarantine is null).Select(model => model.Name).ToHashSet();
            // What was removed while it was looked at is nobody's any more.
            checks = checks.Where(check => Unneeded([check.Key]).Count == 0).ToDictionary();
            foreach (var (sha256, check) in checks)
            {
                _checks[sha256] = check;
            }

            var known = Models.Select(model => model.Name).ToHashSet();
            Rebuild();
            fallen = [.. Models.Where(model => model.Quarantine is not null && before.Contains(model.Name))];
            risen = [.. Models.Where(model => model.Quarantine is null && known.Contains(model.Name) && !before.Contains(model.Name))];
        }

        Changed?.Invoke();
        await records.PutBlobsAsync(checks, [
            .. fallen.Select(model => AuditEntry.Of("model.quarantined", "box", model.Name.ToString(),
                [("reason", FailureTable.NameOf(model.Quarantine!.Reason)), .. model.Quarantine.Facts.Where(fact => fact.Key != "model")])),
            .. risen.Select(model => AuditEntry.Of("model.released", "box", model.Name.ToString())),
        ]);
        foreach (var model in fallen)
        {
            await FallBackAsync(model.Name, model.Quarantine!);
        }
    }

    /// <summary>Quarantines a model for another reason than its bytes.</summary>
    public async Task QuarantineAsync(ModelName name, FailureException reason)
    {
        await records.QuarantineAsync(name, reason, clock.Now);
        lock (_gate)
        {
            _quarantines[name.Id] = reason;
            Rebuild();
        }

        Changed?.Invoke();
        await FallBackAsync(name, reason);
    }

    /// <summary>Takes that back.</summary>
    public async Task ReleaseAsync(ModelName name)
    {
        lock (_gate)
        {
            if (!_quarantines.Remove(name.Id))
            {
                return;
            }

            Rebuild();
        }

        await records.ReleaseAsync(name);
        Changed?.Invoke();
    }

    /// <summary>What is known of every blob that a model needs, the longest ago looked at first.</summary>
    public IReadOnlyList<(string Sha256, long Bytes, DateTimeOffset Checked)> BlobsByAge()
    {
        lock (_gate)
        {
            return [.. _manifests.Values.SelectMany(entry => FilesOf(entry.Manifest)).DistinctBy(file => file.Sha256)
                .Select(file => (file.Sha256, (long)file.Bytes, _checks.GetValueOrDefault(file.Sha256)?.Checked ?? DateTimeOffset.MinValue))
                .OrderBy(blob => blob.Item3)];
        }
    }

    private static IEnumerable<ModelPart> FilesOf(ModelManifest? manifest) =>
        manifest is null ? [] : manifest.Suite is { } suite ? manifest.Parts.Append(suite) : manifest.Parts;

    private async Task FallBackAsync(ModelName name, FailureException reason)
    {
        LogQuarantined(name.ToString(), reason.Message);
        foreach (var fallback in services.GetServices<IModelFallback>())
        {
            await fallback.FallBackAsync(name, reason);
        }
    }

    /// <summary>Those of these blobs that no manifest names and no import holds.</summary>
    private List<string> Unneeded(IEnumerable<string> hashes)
    {
        var needed = _manifests.Values.SelectMany(entry => FilesOf(entry.Manifest)).Select(file => file.Sha256).ToHashSet(StringComparer.Ordinal);
        return [.. hashes.Distinct().Where(sha256 => !needed.Contains(sha256) && !_held.ContainsKey(sha256))];
    }

    private void Rebuild()
    {
        var models = _manifests.Values.Select(entry => Make(entry.Name, entry.Manifest, entry.Imported))
            .OrderBy(model => model.Name.Family, StringComparer.Ordinal).ThenBy(model => model.Imported).ThenBy(model => model.Name.Version, StringComparer.Ordinal);
        Volatile.Write(ref _snapshot, new Snapshot([.. models]));
    }

    private InstalledModel Make(ModelName name, ModelManifest? manifest, DateTimeOffset imported)
    {
        var files = FilesOf(manifest).ToList();
        var checks = files.ConvertAll(file => _checks.GetValueOrDefault(file.Sha256));
        return new InstalledModel
        {
            Name = name,
            Manifest = manifest ?? new ModelManifest { Schema = ManifestLimits.Schema, Name = name.Family, Version = name.Version },
            Imported = imported,
            Verified = checks.TrueForAll(check => check is { Found: "" }) && checks.Count > 0 ? checks.Min(check => check!.Checked) : null,
            Quarantine = BadBytes(name, manifest, files)
                ?? (_quarantines.TryGetValue(name.Id, out var reason)
                    ? new FailureException(ErrorReason.ModelQuarantined, $"The box does not load {name}: {reason.Message}", ("model", name.ToString()), ("problem", reason.Message))
                    : null),
        };
    }

    private FailureException? BadBytes(ModelName name, ModelManifest? manifest, List<ModelPart> files)
    {
        if (manifest is null)
        {
            return new FailureException(ErrorReason.ModelCorrupt, $"The manifest of {name} cannot be read. Remove the model and import it again.",
                ("model", name.ToString()), ("expected", "a manifest"), ("found", "something else"));
        }

        return files.Select(file => (File: file, Check: _checks.GetValueOrDefault(file.Sha256)))
            .Where(pair => pair.Check is { Found.Length: > 0 })
            .Select(pair => Corrupt(name, _folder.BlobPath(pair.File.Sha256), pair.File.File, pair.File.Sha256, pair.Check!.Found))
            .FirstOrDefault();
    }

    /// <summary>That a file of a model is not what it was.</summary>
    public static FailureException Corrupt(ModelName name, string path, string file, string expected, string found) => new(ErrorReason.ModelCorrupt,
        $"{file} of {name} is not what was imported: SHA-256 {expected} was expected, found: {found}. Import the model again from where it came.",
        ("model", name.ToString()), ("path", path), ("expected", expected), ("found", found));

    [LoggerMessage(1010, LogLevel.Warning, "{Model} is quarantined: {Problem}", EventName = "ModelQuarantined")]
    private partial void LogQuarantined(string model, string problem);

    /// <summary>Everything in the store at one moment.</summary>
    private sealed record Snapshot(ImmutableArray<InstalledModel> Models);
}
