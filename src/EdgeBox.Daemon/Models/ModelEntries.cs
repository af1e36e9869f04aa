using EdgeBox.Daemon.Failures;
using EdgeBox.Daemon.Models.Store;
using EdgeBox.V1;

namespace EdgeBox.Daemon.Models;

/// <summary>Makes the entries of the <see cref="ModelTable"/>: from requests, from what the store holds, and from what is remembered.</summary>
internal sealed class ModelEntries(ModelTable table, ModelLibrary library, ModelStore store, ModelLoader loader)
{
    private readonly Lock _following = new();

    /// <summary>Of the versions of a model in the store, the one that was imported last; null if there is none.</summary>
    public ModelEntry? FindNewest(ModelName name) => library.Find(name) is { } installed ? table.Find(installed.Name) : null;

    /// <summary>From here on, the table has whatever the store holds.</summary>
    public void Follow()
    {
        library.Changed += Sync;
        Sync();
    }

    /// <summary>Settles whether a model is kept in memory.</summary>
    public Task PinAsync(ModelName name, bool pinned) => store.PutPinnedAsync(name, pinned);

    /// <summary>What was in memory when the box stopped, pinned models first. What the box cannot load by itself stands in the table, with the reason.</summary>
    public async Task<IReadOnlyList<LoadModelRequest>> RememberedAsync()
    {
        var requests = new List<(LoadModelRequest Request, bool Pinned)>();
        foreach (var stored in store.List())
        {
            var name = ModelName.Parse(stored.Request.Name, "name");
            if (stored.Request.Path.Length == 0 && library.Find(name) is null)
            {
                await store.RemoveAsync(name); // It was removed by a release that does not know of this.
                continue;
            }

            var entry = Judge(stored.Request);
            var problem = entry.Problem ?? (stored.Complete ? null : Interrupted(name));
            if (problem is null)
            {
                requests.Add((stored.Request, entry.Pinned));
            }
            else
            {
                var state = problem.Reason == ErrorReason.ModelQuarantined ? ModelState.Quarantined : ModelState.Failed;
                table.Change(name, _ => entry with { Wanted = true, State = state, Problem = problem });
            }
        }

        return [.. requests.OrderByDescending(pair => pair.Pinned).Select(pair => pair.Request)];
    }

    /// <summary>What a request to load asks for; nothing is changed by it.</summary>
    /// <exception cref="FailureException">INVALID_ARGUMENT; MODEL_NOT_FOUND: it names none of the store.</exception>
    public ModelEntry Judge(LoadModelRequest request)
    {
        LoadLimits.Check("options", request.Options ?? new LoadOptions());
        if (request.Path.Length == 0 && request.Name.Length > 0)
        {
            var name = ModelName.Parse(request.Name, "name");
            var installed = library.Find(name) ?? throw ModelRegistry.NotFound(name.ToString());
            return FromStore(installed) with { Options = LoadDefaults.Over(installed.Manifest, request.Options) };
        }

        Inference.Limit.AbsolutePath("path", request.Path);
        var own = request.Name.Length == 0 ? ModelName.FromFile(request.Path) : ModelName.Parse(request.Name, "name");
        return New(own, ModelState.Validating, store.SettingsOf(own)) with
        {
            Path = Path.GetFullPath(request.Path), Options = request.Options ?? new LoadOptions(),
        };
    }

    private static FailureException Interrupted(ModelName name) => new(ErrorReason.Interrupted,
        $"The box stopped while {name} was being loaded. Load it again if that was not because of it.", ("model", name.ToString()));

    private void Sync()
    {
        lock (_following)
        {
            var installed = library.List();
            foreach (var model in installed)
            {
                var made = table.Find(model.Name) ?? FromStore(model);
                table.Change(model.Name, now => Update(now ?? made, model));
            }

            var names = installed.Select(model => model.Name).ToHashSet();
            foreach (var gone in table.List().Where(entry => entry.Installed is not null && !names.Contains(entry.Name)))
            {
                table.Change(gone.Name, now => now is { Host: null, Load: null } ? null : now);
            }
        }
    }

    /// <summary>Shows that a model is being imported, or its bytes read, until the end of that. What is in memory or on its way there is shown as such.</summary>
    public IDisposable Show(ModelName name, ModelState phase)
    {
        var made = New(name, phase, store.SettingsOf(name));
        table.Change(name, now => now switch
        {
            null when phase == ModelState.Importing => made with { Problem = null },
            { Host: null, Load: null, Installed: not null } when phase == ModelState.Validating => now with { State = phase },
            _ => now,
        });
        return new Shown(this, name);
    }

    private void Settle(ModelName name) => table.Change(name, now =>
        now is not { Host: null, Load: null, State: ModelState.Importing or ModelState.Validating } ? now
        : library.Find(name) is { } model && model.Name == name ? Update(Known(now, model) with { Installed = model, State = ModelState.Available }, model)
        : null);

    /// <summary>While a model was being imported nobody knew how its manifest has it loaded.</summary>
    private static ModelEntry Known(ModelEntry now, InstalledModel model) =>
        now.State == ModelState.Importing ? now with { Options = LoadDefaults.Over(model.Manifest, null) } : now;

    private static ModelEntry Update(ModelEntry now, InstalledModel model)
    {
        now = Known(now, model);
        var isAtRest = now is { Host: null, Load: null } && (now.Installed is not null || now.State == ModelState.Importing);
        if (isAtRest && now.State == ModelState.Quarantined && model.Quarantine is null)
        {
            now.Deaths.Forget();
        }

        return !isAtRest || now.State == ModelState.Validating ? now.Installed is null ? now : now with { Installed = model }
            : model.Quarantine is { } bad ? now with { Installed = model, State = ModelState.Quarantined, Problem = bad }
            : now.State == ModelState.Failed ? now with { Installed = model }
            : now with { Installed = model, State = ModelState.Available, Problem = null };
    }

    private ModelEntry FromStore(InstalledModel model)
    {
        var state = model.Quarantine is null ? ModelState.Available : ModelState.Quarantined;
        return New(model.Name, state, store.SettingsOf(model.Name)) with
        {
            Installed = model, Options = LoadDefaults.Over(model.Manifest, null), Problem = model.Quarantine,
        };
    }

    private ModelEntry New(ModelName name, ModelState state, ModelStore.Settings settings)
    {
        var known = table.Find(name);
        return new ModelEntry
        {
            Name = name, Path = "", Options = new LoadOptions(), State = state, Pinned = settings.Pinned, Problem = settings.Quarantine,
            Use = known?.Use ?? new ModelUse(), Deaths = known?.Deaths ?? loader.NewDeathLog(),
        };
    }

    /// <summary>What is shown of a model for a while.</summary>
    private sealed class Shown(ModelEntries entries, ModelName name) : IDisposable
    {
        private int _over;

        public void Dispose()
        {
            if (Interlocked.Exchange(ref _over, 1) == 0)
            {
                entries.Settle(name);
            }
        }
    }
}
