using System.Globalization;
using EdgeBox.Daemon.Audit;
using EdgeBox.Daemon.Failures;
using EdgeBox.Daemon.Operations;
using EdgeBox.V1;
using Microsoft.Extensions.Options;

namespace EdgeBox.Daemon.Models;

/// <summary>What others ask of the models on the box: finds, loads and unloads them, and brings them back after a restart.</summary>
internal sealed partial class ModelRegistry(
    ModelTable table, ModelKeeper keeper, ModelQuarantine quarantine, ModelEntries entries, OperationRegistry operations, AuditLog audit,
    IOptions<ModelOptions> options)
    : IHostedService, Aliases.IModelServing
{
    private const int MaxModels = 64;

    private static readonly TimeSpan s_drain = TimeSpan.FromSeconds(20);

    /// <summary>Every model, by name.</summary>
    public IReadOnlyList<ModelEntry> List() => table.List();

    /// <summary>What is wrong with the models that shall be in memory, in words.</summary>
    public IEnumerable<string> Problems => List()
        .Where(entry => entry.Wanted || entry.State == ModelState.Quarantined)
        .Select(entry => (Model: entry.Name.ToString(), Problem: entry.Problem ?? entry.Host?.Snapshot.Problem))
        .Where(found => found.Problem is not null)
        .Select(found => $"{found.Model}: {found.Problem!.Message}");

    /// <summary>A model of the box; null if there is none.</summary>
    /// <param name="name">Without a version: one that was loaded from a path under that name, else the newest by import.</param>
    public ModelEntry? Find(ModelName name) => table.Find(name) ?? entries.FindNewest(name);

    /// <summary>One model.</summary>
    /// <exception cref="FailureException">MODEL_NOT_FOUND.</exception>
    public ModelEntry Get(string name)
    {
        var parsed = ModelName.Parse(name, "name");
        return Find(parsed) ?? throw NotFound(parsed.ToString());
    }

    /// <summary>A model that the box knows.</summary>
    /// <param name="name">As a client gave it; empty for the only one.</param>
    /// <exception cref="FailureException">MODEL_NOT_FOUND, or INVALID_ARGUMENT: there are several.</exception>
    public ModelEntry Choose(string name) => name.Length == 0 ? TheOnlyOne() : Get(name);

    /// <summary>Begins to load a model: one of the store by name, or a file by its path.</summary>
    /// <param name="request">Judged here.</param>
    /// <param name="actor">Who asks.</param>
    /// <returns>The operation; its response is the model.</returns>
    public async Task<Operation> LoadAsync(LoadModelRequest request, string actor)
    {
        var asked = entries.Judge(request) with { Wanted = actor == ModelKeeper.Box };
        if (table.Find(asked.Name) is { Installed: not null, Load.Ended.IsCompleted: false })
        {
            return await JoinAsync(asked.Name, actor);
        }

        CheckRoomFor(asked.Name);
        await quarantine.ReleaseAsync(asked.Name, actor);
        asked.Deaths.Forget();
        var entry = table.Change(asked.Name, now => Begin(now, asked))!;
        await keeper.NoteAsync(entry, actor);
        try
        {
            return await operations.StartAsync("model.load", entry.Name.ToString(), actor,
                async (progress, cancellation) => (await keeper.BringUpAsync(entry, progress, cancellation)).Describe());
        }
        catch (FailureException failure)
        {
            await keeper.AbandonAsync(entry, failure);
            throw;
        }
    }

    /// <summary>Begins to take a model out of memory.</summary>
    public async Task<Operation> UnloadAsync(string name, string actor)
    {
        var entry = Get(name);
        await audit.AppendAsync("model.unload", actor, entry.Name.ToString(), []);
        return await operations.StartAsync("model.unload", entry.Name.ToString(), actor, async (progress, _) =>
        {
            progress.Plan(("draining", 1));
            progress.Enter("draining");
            var last = await keeper.DrainAsync(entry.Name, s_drain);
            return (last.Installed is null ? last with { Host = null, State = ModelState.Unloaded } : last).Describe();
        });
    }

    /// <summary>Keeps a model in memory once it is there, or takes that back. It holds until it is taken back, whatever is loaded and unloaded.</summary>
    public async Task<ModelEntry> PinAsync(string name, bool pinned, string actor)
    {
        var entry = Get(name);
        await audit.AppendAsync(pinned ? "model.pin" : "model.unpin", actor, entry.Name.ToString(), []);
        await entries.PinAsync(entry.Name, pinned);
        return table.Change(entry.Name, now => now is null ? null : now with { Pinned = pinned }) ?? throw NotFound(entry.Name.ToString());
    }

    /// <summary>Loads what was loaded when the box stopped. A model that was being loaded then is not tried again by itself.</summary>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        entries.Follow();
        if (options.Value.Serve is { Length: > 0 } path)
        {
            await LoadAsync(new LoadModelRequest { Path = path }, ModelKeeper.Box);
            return;
        }

        foreach (var request in await entries.RememberedAsync())
        {
            await LoadAsync(request, ModelKeeper.Box);
        }
    }

    /// <summary>Stops every worker; the server has drained what was under way.</summary>
    public Task StopAsync(CancellationToken cancellationToken) => Task.WhenAll(List().Select(ModelKeeper.ShutAsync));

    /// <summary>There is no such model.</summary>
    public static FailureException NotFound(string model) => new(ErrorReason.ModelNotFound,
        $"There is no {model}. `edgeboxctl model list` shows what there is.", ("model", model));

    private static ModelEntry Begin(ModelEntry? now, ModelEntry asked)
    {
        var isFree = now is null || (now.Host is null && now.Load is null or { Ended.IsCompleted: true } && (now.Installed is null) == (asked.Installed is null));
        if (!isFree)
        {
            throw new FailureException(ErrorReason.ModelExists,
                $"{asked.Name} is loaded already. Unload it first, or give another name.", ("model", asked.Name.ToString()));
        }

        return asked with { State = asked.Installed is null ? ModelState.Validating : ModelState.Planning, Load = new ModelLoad(), Last = now?.Last, Problem = null };
    }

    /// <summary>An operation that ends as the load ends that a request began.</summary>
    private Task<Operation> JoinAsync(ModelName name, string actor) => operations.StartAsync("model.load", name.ToString(), actor, async (progress, cancellation) =>
    {
        progress.Plan(("loading", 1));
        progress.Enter("loading");
        await ServeAsync(name, null, actor, test: false, cancellation);
        return Get(name.Id).Describe();
    });

    private void CheckRoomFor(ModelName name)
    {
        if (table.Find(name) is null && List().Count(entry => entry.Installed is null) >= MaxModels)
        {
            throw new FailureException(ErrorReason.InvalidArgument, $"{MaxModels} models are known already. Unload one first.",
                ("field", "name"), ("limit", MaxModels.ToString(CultureInfo.InvariantCulture)));
        }
    }

    private ModelEntry TheOnlyOne()
    {
        var all = List();
        var loaded = all.Where(entry => entry.Host is not null || entry.Load is not null).ToList();
        var usable = loaded.Count > 0 ? loaded : all.Where(entry => entry.State == ModelState.Available).ToList();
        var found = usable.Count > 0 ? usable : all;
        return found.Count switch
        {
            1 => found[0],
            0 => throw new FailureException(ErrorReason.ModelNotFound,
                "No model is loaded. `edgeboxctl model load /path/to.gguf` loads one.", ("model", "")),
            _ => throw new FailureException(ErrorReason.InvalidArgument,
                $"There are several models; say which: {string.Join(", ", found.Take(MaxModels).Select(entry => entry.Name.Id))}.", ("field", "model"), ("limit", "a name")),
        };
    }
}
