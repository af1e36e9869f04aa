using EdgeBox.Daemon.Failures;
using EdgeBox.Daemon.Storage;
using EdgeBox.Platform.Files;
using EdgeBox.V1;
using static EdgeBox.Daemon.Models.Store.StoreFaults;

namespace EdgeBox.Daemon.Models.Store;

/// <summary>
/// The store on the disk: <c>blobs/sha256-HEX</c>, <c>manifests/NAME@VERSION.json</c>, and <c>incoming/</c> for what is being copied. A manifest is
/// written when everything that it names is on the disk, and removed before any of that is: whatever is listed is whole, whenever the power goes.
/// </summary>
internal sealed class StoreFolder
{
    private const string BlobPrefix = "sha256-";
    private const string ManifestSuffix = ".json";
    private const string TemporarySuffix = ".tmp";
    // A worker that is a user of its own opens a blob again by its descriptor; by its name nobody can, since the folders are the owner's alone.
    private const UnixFileMode Blob = UnixFileMode.UserRead | UnixFileMode.GroupRead | UnixFileMode.OtherRead;
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;

    private readonly string _blobs;
    private readonly string _manifests;

    /// <summary>Makes the folders if need be.</summary>
    /// <exception cref="FailureException">STORAGE_FULL or STORAGE_FAILED.</exception>
    public StoreFolder(StateDirectory state, DurableFiles files)
    {
        Files = files;
        Root = Path.Combine(state.Root, "models");
        _blobs = Path.Combine(Root, "blobs");
        _manifests = Path.Combine(Root, "manifests");
        Incoming = Path.Combine(Root, "incoming");
        Guard(Root, () =>
        {
            foreach (var folder in new[] { Root, _blobs, _manifests, Incoming })
            {
                Directory.CreateDirectory(folder, OwnerOnly);
            }

            AtomicFile.SynchronizeDirectory(Root);
            AtomicFile.SynchronizeDirectory(state.Root);
        });
    }

    /// <summary>By what its files are changed.</summary>
    public DurableFiles Files { get; }

    /// <summary>The store's own directory.</summary>
    public string Root { get; }

    /// <summary>Where copies are until they are whole.</summary>
    public string Incoming { get; }

    /// <summary>What is free on its disk, and how large that is.</summary>
    public (long Free, long Size) Space => Guard(Root, () =>
    {
        var drive = new DriveInfo(Root);
        return (drive.AvailableFreeSpace, drive.TotalSize);
    });

    /// <summary>The file with this hash.</summary>
    public string BlobPath(string sha256) => Path.Combine(_blobs, BlobPrefix + sha256);

    /// <summary>The size of a blob; null if there is none.</summary>
    public long? BlobBytes(string sha256)
    {
        var file = new FileInfo(BlobPath(sha256));
        return file.Exists ? file.Length : null;
    }

    /// <summary>Every blob, and its size.</summary>
    public IEnumerable<(string Sha256, long Bytes)> Blobs() => Guard(_blobs, () => new DirectoryInfo(_blobs).GetFiles())
        .Where(file => file.Name.StartsWith(BlobPrefix, StringComparison.Ordinal))
        .Select(file => (file.Name[BlobPrefix.Length..], file.Length));

    /// <summary>What is installed: every manifest, and when it was written. Null in place of one that cannot be read.</summary>
    public IEnumerable<(ModelName Name, ModelManifest? Manifest, DateTimeOffset Written)> Manifests()
    {
        foreach (var file in Guard(_manifests, () => new DirectoryInfo(_manifests).GetFiles("*" + ManifestSuffix)))
        {
            if (NameOf(file) is not { } name)
            {
                continue;
            }

            ModelManifest? manifest = null;
            try
            {
                manifest = ManifestFile.Read(file.FullName);
            }
            catch (FailureException)
            {
                // It is told as a model without its files.
            }

            yield return (name, manifest, file.LastWriteTimeUtc);
        }
    }

    /// <summary>Whether a model of that name, with its version, is installed.</summary>
    public bool IsInstalled(string model) => File.Exists(Path.Combine(_manifests, model + ManifestSuffix));

    /// <summary>Gives a copy that is on the disk its place among the blobs, in place of one that is there.</summary>
    public void Publish(DurableFile copy, string sha256) => Guard(_blobs, () =>
    {
        copy.SetMode(Blob);
        copy.Synchronize();
        Files.Rename(copy.Path, BlobPath(sha256));
    });

    /// <summary>Lists a model; its blobs are in their places.</summary>
    public void Install(ModelName name, ModelManifest manifest, DateTimeOffset time) => Guard(_manifests, () =>
    {
        Files.SynchronizeDirectory(_blobs);
        var path = ManifestPath(name);
        Files.Replace(path, ManifestFile.Write(manifest), path + TemporarySuffix, time);
    });

    /// <summary>Lists a model no longer; its blobs are removed after this.</summary>
    public void Uninstall(ModelName name) => Guard(_manifests, () =>
    {
        Files.Remove(ManifestPath(name));
        Files.SynchronizeDirectory(_manifests);
    });

    /// <summary>Removes blobs that no manifest names.</summary>
    /// <returns>What that gave back.</returns>
    public long RemoveBlobs(IEnumerable<string> hashes) => Guard(_blobs, () =>
    {
        var freed = 0L;
        foreach (var sha256 in hashes)
        {
            var bytes = BlobBytes(sha256) ?? 0;
            freed += Files.Remove(BlobPath(sha256)) ? bytes : 0;
        }

        Files.SynchronizeDirectory(_blobs);
        return freed;
    });

    /// <summary>Removes manifests that were not yet whole when the power went, and lets workers read blobs of a release that kept them to itself.</summary>
    public void Sweep() => Guard(Root, () =>
    {
        foreach (var file in Directory.GetFiles(_manifests, "*" + TemporarySuffix))
        {
            Files.Remove(file);
        }

        foreach (var file in new DirectoryInfo(_blobs).GetFiles(BlobPrefix + "*").Where(file => (file.UnixFileMode & Blob) != Blob))
        {
            file.UnixFileMode = Blob;
        }
    });

    private static ModelName? NameOf(FileInfo file)
    {
        try
        {
            var name = ModelName.Parse(file.Name[..^ManifestSuffix.Length], "name");
            return name.Version.Length > 0 ? name : null;
        }
        catch (FailureException)
        {
            return null; // Not of the box's making.
        }
    }

    private string ManifestPath(ModelName name) => Path.Combine(_manifests, name.Id + ManifestSuffix);
}
