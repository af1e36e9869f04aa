using System.Security.Cryptography;
using EdgeBox.Daemon.Failures;
using EdgeBox.Daemon.Operations;
using EdgeBox.Platform.Files;
using EdgeBox.V1;
using Microsoft.Win32.SafeHandles;

namespace EdgeBox.Daemon.Models.Store;

/// <summary>The work of one import: judge, make sure that it fits, copy and hash each file once, judge what was copied, list it.</summary>
/// <remarks>
/// What is judged at the end is what is in the store, so it does not matter who changes the source meanwhile. An import that stops because the box stops,
/// or because its source can no longer be read, leaves what it has copied for the next try; any other gives the room back.
/// </remarks>
internal sealed class ModelImport(StoreFolder folder, StoreIndex index, StoreSpace space, ModelName name, ImportSource source)
{
    private readonly ImportNote _note = ImportNote.Of(folder, name);
    private readonly StoreIndex.BlobHold _hold = index.Hold();
    private long _total;
    private long _before;

    /// <summary>Whether the box is stopping.</summary>
    public Func<bool> Stopping { get; init; } = () => false;

    /// <summary>Removes what other imports that were cut off have left, to make room.</summary>
    public Action MakeRoom { get; init; } = () => { };

    /// <summary>How much is copied before that is noted, to go on from after a cut.</summary>
    public long CheckpointBytes { get; init; } = 512L << 20;

    /// <summary>Does it.</summary>
    /// <exception cref="FailureException">Why it came to nothing.</exception>
    public async Task RunAsync(OperationProgressSink progress, CancellationToken cancellation)
    {
        try
        {
            progress.Plan(("validating", 1), ("copying", 97), ("listing", 2));
            progress.Enter("validating");
            using var opened = await Task.Run(() => Judge(source.Parts.Select(source.PathOf)), cancellation);
            using var claim = Claim();
            progress.Enter("copying");
            List<ModelPart> copied = [];
            foreach (var file in source.Files)
            {
                copied.Add(await CopyAsync(file, claim, progress, cancellation));
            }

            progress.Enter("listing");
            await ListAsync(copied);
            _note.Remove();
        }
        catch (Exception exception)
        {
            var goesOn = (exception is OperationCanceledException && Stopping()) || exception is FailureException { Reason: ErrorReason.ModelFileUnreadable };
            if (!goesOn || _note.Parts.Count == 0)
            {
                GiveBack();
            }

            throw;
        }
        finally
        {
            _hold.Dispose();
        }
    }

    private static FileIdentity Look(string path)
    {
        using var file = Open(path);
        return RegularFile.Identity(file);
    }

    private static SafeFileHandle Open(string path)
    {
        try
        {
            return RegularFile.OpenForReading(path, followLinks: false).Handle;
        }
        catch (RegularFileException refused)
        {
            throw new FailureException(ErrorReason.ModelFileUnreadable, refused.Message, ("path", path), ("problem", refused.Message));
        }
    }

    private ModelFile Judge(IEnumerable<string> parts) => ModelFile.Open(source.Path, parts, followLinks: false);

    private StoreSpace.Claim Claim()
    {
        var needed = 0L;
        foreach (var file in source.Files)
        {
            var identity = Look(source.PathOf(file));
            if (file.Bytes != 0 && (long)file.Bytes != identity.Size)
            {
                throw Wrong(file, $"{file.Bytes} bytes", $"{identity.Size} bytes");
            }

            if (file == source.Given.Suite && identity.Size > ManifestLimits.MostSuiteBytes)
            {
                throw ManifestLimits.Invalid(source.ManifestPath, $"names a suite of {identity.Size} bytes; allowed: at most {ManifestLimits.MostSuiteBytes}", "suite.bytes");
            }

            _total += identity.Size;
            needed += IsThere(file, identity) ? 0 : identity.Size - (_note.Find(file.File, identity)?.Done ?? 0);
        }

        if (space.TryClaim(needed) is { } claim)
        {
            return claim;
        }

        MakeRoom();
        return space.TryClaim(needed) ?? throw space.Full(name.ToString(), needed);
    }

    private bool IsThere(ModelPart file, FileIdentity identity) =>
        (file.Sha256.Length > 0 && _hold.TryTake(file.Sha256, identity.Size))
        || (_note.Find(file.File, identity) is { IsWhole: true } whole && _hold.TryTake(whole.Sha256, identity.Size));

    private async Task<ModelPart> CopyAsync(ModelPart file, StoreSpace.Claim claim, OperationProgressSink progress, CancellationToken cancellation)
    {
        var path = source.PathOf(file);
        using var opened = Open(path);
        var identity = RegularFile.Identity(opened);
        var sha256 = file.Sha256;
        if (!IsThere(file, identity))
        {
            using var copy = await BeginAsync(file, identity, cancellation);
            sha256 = await FillAsync(copy, opened, (file, identity), claim, progress, cancellation);
            if (file.Sha256.Length > 0 && file.Sha256 != sha256)
            {
                throw Wrong(file, file.Sha256, sha256);
            }

            if (RegularFile.Identity(opened) != identity)
            {
                throw new FailureException(ErrorReason.ModelFileChanged, $"{path} changed while it was copied. Import it again when nothing writes to it any more.", ("path", path));
            }

            _hold.Publish(copy.File, sha256);
            StoreFaults.Guard(folder.Incoming, () => _note.Put(new ImportedPart(file.File, identity.Size, identity.ModifiedNanoseconds, identity.Size, sha256)));
        }
        else if (sha256.Length == 0)
        {
            sha256 = _note.Find(file.File, identity)!.Sha256;
        }

        _before += identity.Size;
        progress.Report((double)_before / Math.Max(1, _total));
        return new ModelPart { File = file.File, Sha256 = sha256, Bytes = (ulong)identity.Size };
    }

    /// <summary>A copy to go on with: what is on the disk of one that was cut off, if that is what was noted; else an empty one.</summary>
    private async Task<Copy> BeginAsync(ModelPart file, FileIdentity identity, CancellationToken cancellation)
    {
        if (_note.Find(file.File, identity) is { IsWhole: false } noted && File.Exists(_note.PartPath))
        {
            var partial = StoreFaults.Guard(_note.PartPath, () => folder.Files.OpenExisting(_note.PartPath));
            var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
            if (partial.Length >= noted.Done
                && await new BlobCopy { Source = partial.Handle, Name = _note.PartPath, Range = (0, noted.Done), Hash = hash }.RunAsync(cancellation) == noted.Sha256)
            {
                StoreFaults.Guard(_note.PartPath, () => partial.Cut(noted.Done));
                return new Copy(partial, hash, noted.Done);
            }

            hash.Dispose();
            partial.Dispose();
        }

        return StoreFaults.Guard(_note.PartPath, () =>
        {
            folder.Files.Remove(_note.PartPath);
            return new Copy(folder.Files.Create(_note.PartPath), IncrementalHash.CreateHash(HashAlgorithmName.SHA256), 0);
        });
    }

    private async Task<string> FillAsync(
        Copy copy, SafeFileHandle opened, (ModelPart Part, FileIdentity Identity) file, StoreSpace.Claim claim, OperationProgressSink progress, CancellationToken cancellation)
    {
        var size = file.Identity.Size;
        // Where the file system can, the copy shares the source's bytes until one of them is changed: only the hash is left to be made.
        var cloned = copy.From == 0 && copy.File.TryClone(opened) && copy.File.Length == size;
        var done = copy.From;
        return await new BlobCopy
        {
            Source = cloned ? copy.File.Handle : opened,
            Target = cloned ? null : copy.File,
            Name = source.PathOf(file.Part),
            Range = (copy.From, size),
            Hash = copy.Hash,
            CheckpointBytes = CheckpointBytes,
            Progress = at =>
            {
                claim.Use(at - done);
                done = at;
                progress.Report((double)(_before + at) / Math.Max(1, _total));
            },
            Checkpoint = cloned
                ? null
                : (at, prefix) => StoreFaults.Guard(folder.Incoming,
                    () => _note.Put(new ImportedPart(file.Part.File, size, file.Identity.ModifiedNanoseconds, at, prefix))),
        }.RunAsync(cancellation);
    }

    private async Task ListAsync(List<ModelPart> copied)
    {
        var parts = copied.Take(source.Parts.Count).ToList();
        using var file = await Task.Run(() => Judge(parts.Select(part => folder.BlobPath(part.Sha256))));
        var manifest = ManifestFacts.Complete(source.Given, name, file.Summary, source.ManifestPath);
        manifest.Parts.Clear();
        manifest.Parts.AddRange(parts);
        manifest.Suite = copied.Count > parts.Count ? copied[^1] : null;
        await index.InstallAsync(name, manifest);
    }

    private FailureException Wrong(ModelPart file, string expected, string found) => new(ErrorReason.ModelCorrupt,
        $"{source.PathOf(file)} is not what its manifest says: {expected} was expected, {found} was found. Get the file again.",
        ("path", source.PathOf(file)), ("expected", expected), ("found", found));

    private void GiveBack()
    {
        try
        {
            _note.Remove();
        }
        catch (IOException)
        {
            // The next start removes it.
        }

        _hold.Drop();
    }

    /// <summary>A copy under way.</summary>
    private sealed record Copy(DurableFile File, IncrementalHash Hash, long From) : IDisposable
    {
        public void Dispose()
        {
            File.Dispose();
            Hash.Dispose();
        }
    }
}
