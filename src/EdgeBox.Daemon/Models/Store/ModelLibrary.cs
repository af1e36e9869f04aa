using System.Globalization;
using EdgeBox.Daemon.Audit;
using EdgeBox.Daemon.Failures;
using EdgeBox.Daemon.Inference;
using EdgeBox.Daemon.Operations;
using EdgeBox.V1;
using Google.Protobuf.WellKnownTypes;

namespace EdgeBox.Daemon.Models.Store;

/// <summary>The models that live on the box: what is in the store, and how it gets in and out.</summary>
internal sealed class ModelLibrary(
    StoreFolder folder, StoreIndex index, StoreSpace space, BlobVerifier verifier, OperationRegistry operations, AuditLog audit, IServiceProvider services)
    : IHostedService
{
    private const int MostModels = 1000;

    private readonly HashSet<string> _importing = new(StringComparer.Ordinal);
    private volatile bool _stopping;

    /// <summary>Something about a model in the store has changed.</summary>
    public event Action? Changed
    {
        add => index.Changed += value;
        remove => index.Changed -= value;
    }

    /// <summary>Every model in the store, by name, then the oldest first.</summary>
    public IReadOnlyList<InstalledModel> List() => index.Models;

    /// <summary>The model of that name; without a version, the one that was imported last.</summary>
    public InstalledModel? Find(ModelName name) => index.Find(name);

    /// <summary>Why the box does not load a model; null if it does, or does not have it.</summary>
    public FailureException? QuarantineOf(ModelName name) => index.Find(name)?.Quarantine;

    /// <summary>Refuses to load a model from now on, whatever restarts; what means it falls back.</summary>
    public Task QuarantineAsync(ModelName name, FailureException reason) => index.QuarantineAsync(name, reason);

    /// <summary>Takes that back; a model whose bytes are bad stays quarantined until they are good.</summary>
    public Task ReleaseAsync(ModelName name) => index.ReleaseAsync(name);

    /// <summary>Opens and judges a model of the store.</summary>
    /// <exception cref="FailureException">MODEL_QUARANTINED or MODEL_CORRUPT.</exception>
    public ModelFile Open(InstalledModel model)
    {
        if ((index.Find(model.Name) ?? model).Quarantine is { } quarantine)
        {
            throw quarantine;
        }

        foreach (var part in model.Manifest.Parts.Where(part => folder.BlobBytes(part.Sha256) != (long)part.Bytes))
        {
            throw StoreIndex.Corrupt(model.Name, folder.BlobPath(part.Sha256), part.File, part.Sha256, "a file of another size, or none");
        }

        var paths = model.Manifest.Parts.Select(part => folder.BlobPath(part.Sha256)).ToList();
        try
        {
            return ModelFile.Open(paths[0], paths, followLinks: false);
        }
        catch (FailureException refused) when (refused.Reason == ErrorReason.ModelFileInvalid)
        {
            throw StoreIndex.Corrupt(model.Name, paths[0], model.Manifest.Parts[0].File, model.Manifest.Parts[0].Sha256, refused.Message);
        }
    }

    /// <summary>Begins to copy a model into the store.</summary>
    /// <returns>The operation; its response is the model.</returns>
    /// <exception cref="FailureException">What can be told before anything is copied.</exception>
    public async Task<Operation> ImportAsync(ImportModelRequest request, string actor)
    {
        var source = await Task.Run(() => ImportSource.Look(request.Path));
        ModelName name;
        lock (_importing)
        {
            name = NameOf(request, source);
            CheckNew(name);
            if (!_importing.Add(name.Family))
            {
                throw new FailureException(ErrorReason.ImportUnderWay,
                    $"An import of models/{name.Family} is under way. Wait until it has ended: `edgeboxctl operation list`.", ("model", $"models/{name.Family}"));
            }
        }

        try
        {
            await audit.AppendAsync("model.import", actor, name.ToString(), ("path", source.Path));
            return await operations.StartAsync("model.import", name.ToString(), actor, async (progress, cancellation) =>
            {
                try
                {
                    using var shown = services.GetService<ModelEntries>()?.Show(name, ModelState.Importing);
                    var import = new ModelImport(folder, index, space, name, source) { Stopping = () => _stopping, MakeRoom = DropLeftovers };
                    await import.RunAsync(progress, cancellation);
                    return index.Find(name)!.Describe();
                }
                finally
                {
                    End(name);
                }
            });
        }
        catch
        {
            End(name);
            throw;
        }
    }

    /// <summary>Begins to compare every byte of a model with its hashes.</summary>
    /// <returns>The operation; its response is the model, and it fails with MODEL_CORRUPT if they differ.</returns>
    public async Task<Operation> VerifyAsync(ModelName name, string actor)
    {
        var model = Require(name);
        await audit.AppendAsync("model.verify", actor, model.Name.ToString());
        return await operations.StartAsync("model.verify", model.Name.ToString(), actor, async (progress, cancellation) =>
        {
            progress.Plan(("verifying", 1));
            progress.Enter("verifying");
            using var shown = services.GetService<ModelEntries>()?.Show(model.Name, ModelState.Validating);
            await verifier.VerifyAsync(model, progress.Report, cancellation);
            if (Require(model.Name).Quarantine is { Reason: ErrorReason.ModelQuarantined })
            {
                await index.ReleaseAsync(model.Name); // Its bytes are good, so its workers may try again.
            }

            var now = Require(model.Name);
            return now.Quarantine is { Reason: ErrorReason.ModelCorrupt } corrupt ? throw corrupt : now.Describe();
        });
    }

    /// <summary>Takes a model out of the store. What another one still needs stays.</summary>
    /// <exception cref="FailureException">MODEL_NOT_FOUND; MODEL_BUSY: it is needed.</exception>
    public async Task<RemoveModelResponse> RemoveAsync(ModelName name, string actor)
    {
        var model = name.Version.Length > 0 ? Require(name) : TheOnlyVersion(name);
        if (services.GetServices<IModelGuard>().Select(guard => guard.WhyKept(model.Name)).FirstOrDefault(why => why is not null) is { } reason)
        {
            throw new FailureException(ErrorReason.ModelBusy, $"{model.Name} {reason}", ("model", model.Name.ToString()));
        }

        await audit.AppendAsync("model.remove", actor, model.Name.ToString());
        return new RemoveModelResponse { FreedBytes = (ulong)await index.UninstallAsync(model.Name) };
    }

    /// <summary>How much room the store has, and when it was last looked through.</summary>
    public V1.ModelStore Describe()
    {
        var (ended, fraction) = verifier.Pass;
        return new V1.ModelStore
        {
            UsedBytes = (ulong)index.UsedBytes,
            FreeBytes = (ulong)space.Free,
            ReserveBytes = (ulong)space.Reserve,
            ScrubbedTime = ended is { } time ? Timestamp.FromDateTimeOffset(time) : null,
            ScrubFraction = fraction,
        };
    }

    /// <summary>Brings the disk in line with what is installed, before anything is served from it.</summary>
    public Task StartAsync(CancellationToken cancellationToken)
    {
        // The cut may have come when all was done but the note's removal.
        List<ImportNote> notes = [.. ImportNote.All(folder).Where(note => !folder.IsInstalled(note.Model))];
        ImportNote.Sweep(folder, notes);
        return index.ReconcileAsync([.. notes.SelectMany(note => note.Whole)]);
    }

    /// <summary>From now on an import that is told to stop leaves what it has copied for the next start.</summary>
    public Task StopAsync(CancellationToken cancellationToken)
    {
        _stopping = true;
        return Task.CompletedTask;
    }

    private void End(ModelName name)
    {
        lock (_importing)
        {
            _importing.Remove(name.Family);
        }
    }

    private ModelName NameOf(ImportModelRequest request, ImportSource source)
    {
        var name = request.Name.Length > 0 ? ModelName.Parse(request.Name, "name")
            : source.Given.Name.Length > 0 ? ModelName.Parse(source.Given.Name, "name")
            : ModelName.FromFile(source.PathOf(source.Parts[0]));
        if (request.Version.Length > 0 && name.Version.Length > 0)
        {
            throw Limit.Refuse("version", "is given twice", "NAME@VERSION, or a version apart");
        }

        var version = request.Version.Length > 0 ? request.Version
            : name.Version.Length > 0 ? name.Version
            : source.Given.Version.Length > 0 ? source.Given.Version
            : NextVersion(name);
        return ModelName.Parse($"{name.Family}@{version}", "version");
    }

    private string NextVersion(ModelName name) => (List().Where(model => model.Name.Family == name.Family)
        .Select(model => int.TryParse(model.Name.Version, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : 0)
        .DefaultIfEmpty().Max() + 1L).ToString(CultureInfo.InvariantCulture);

    private void CheckNew(ModelName name)
    {
        var known = index.Find(name);
        // One whose bytes are bad is imported again in its own place.
        if (known is not null && known.Quarantine is not { Reason: ErrorReason.ModelCorrupt })
        {
            throw new FailureException(ErrorReason.ModelExists, $"{name} is in the store already. Give another version, or remove it first.", ("model", name.ToString()));
        }

        if (known is null && List().Count >= MostModels)
        {
            throw Limit.Refuse("name", "is one too many", string.Create(CultureInfo.InvariantCulture, $"{MostModels} models in the store"));
        }
    }

    private InstalledModel Require(ModelName name) => index.Find(name) ?? throw new FailureException(ErrorReason.ModelNotFound,
        $"There is no {name} in the store. `edgeboxctl model list` shows what there is.", ("model", name.ToString()));

    private InstalledModel TheOnlyVersion(ModelName name)
    {
        var versions = List().Where(model => model.Name.Family == name.Family).ToList();
        return versions.Count <= 1 ? Require(name)
            : throw Limit.Refuse("name", "names no version, and there are several", string.Join(", ", versions.Select(model => model.Name.Id)));
    }

    private void DropLeftovers()
    {
        HashSet<string> busy;
        lock (_importing)
        {
            busy = [.. _importing];
        }

        foreach (var note in ImportNote.All(folder).Where(note => !busy.Contains(note.Model[..note.Model.IndexOf('@', StringComparison.Ordinal)])))
        {
            StoreFaults.Guard(folder.Incoming, note.Remove);
            index.RemoveUnneeded(note.Whole);
        }
    }
}
