using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using EdgeBox.Daemon.Audit;
using EdgeBox.Daemon.Failures;
using EdgeBox.Daemon.Inference;
using EdgeBox.Daemon.Operations;
using EdgeBox.V1;
using Microsoft.Extensions.Options;

namespace EdgeBox.Daemon.Models;

/// <summary>The owner of the models on the box: loads, unloads, finds them, and brings them back after a restart.</summary>
internal sealed partial class ModelRegistry(
    ModelLoader loader, ModelStore store, OperationRegistry operations, AuditLog audit, IOptions<ModelOptions> options, ILogger<ModelRegistry> log)
    : IHostedService
{
    private const int MaxModels = 64;

    /// <summary>The actor of what the box does by itself.</summary>
    private const string Box = "box";
    private static readonly TimeSpan s_drain = TimeSpan.FromSeconds(20);

    private readonly ConcurrentDictionary<string, ModelEntry> _entries = new(StringComparer.Ordinal);
    private readonly Lock _gate = new();

    /// <summary>Every model, by name.</summary>
    public IReadOnlyList<ModelEntry> List() => [.. _entries.Values.OrderBy(entry => entry.Name.Id, StringComparer.Ordinal)];

    /// <summary>What is wrong with the models that shall be in memory, in words.</summary>
    public IEnumerable<string> Problems => List()
        .Where(entry => entry.Wanted || entry.Host?.Snapshot.ReadyAt is not null)
        .Select(entry => (Model: entry.Name.ToString(), Problem: entry.Problem ?? entry.Host?.Snapshot.Problem))
        .Where(found => found.Problem is not null)
        .Select(found => $"{found.Model}: {found.Problem!.Message}");

    /// <summary>One model.</summary>
    /// <exception cref="FailureException">MODEL_NOT_FOUND.</exception>
    public ModelEntry Get(string name)
    {
        var parsed = ModelName.Parse(name, "name");
        return _entries.TryGetValue(parsed.Id, out var entry) ? entry : throw NotFound(parsed.ToString());
    }

    /// <summary>The full name of a model that the box knows.</summary>
    /// <param name="name">As a client gave it; empty for the only one.</param>
    /// <exception cref="FailureException">MODEL_NOT_FOUND, or INVALID_ARGUMENT: there are several.</exception>
    public string Choose(string name) => (name.Length == 0 ? TheOnlyOne() : Get(name)).Name.ToString();

    /// <summary>Who serves a model. A request for one that is just being validated waits for that.</summary>
    /// <param name="name">As a client gave it; empty for the only one.</param>
    /// <param name="cancellation">The caller's.</param>
    public async ValueTask<(string Model, ModelHost Host)> ResolveAsync(string name, CancellationToken cancellation)
    {
        var entry = name.Length == 0 ? TheOnlyOne() : Get(name);
        return (entry.Name.ToString(), entry.Host ?? await entry.Served.Task.WaitAsync(cancellation));
    }

    /// <summary>Begins to load a model.</summary>
    /// <param name="request">Judged here.</param>
    /// <param name="actor">Who asks.</param>
    /// <returns>The operation; its response is the model.</returns>
    public async Task<Operation> LoadAsync(LoadModelRequest request, string actor)
    {
        var entry = Judge(request) with { Wanted = actor == Box };
        lock (_gate)
        {
            if (_entries.TryGetValue(entry.Name.Id, out var other) && other.Describe().State is not (ModelState.Failed or ModelState.Unloaded))
            {
                throw new FailureException(ErrorReason.ModelExists,
                    $"{entry.Name} is loaded already. Unload it first, or give another name.", ("model", entry.Name.ToString()));
            }

            if (_entries.Count >= MaxModels && !_entries.ContainsKey(entry.Name.Id))
            {
                throw new FailureException(ErrorReason.InvalidArgument, $"{MaxModels} models are known already. Unload one first.",
                    ("field", "name"), ("limit", MaxModels.ToString(CultureInfo.InvariantCulture)));
            }

            _entries[entry.Name.Id] = entry;
        }

        try
        {
            await audit.AppendAsync("model.load", actor, entry.Name.ToString(), [("path", entry.Path)]);
            await store.PutPendingAsync(entry, CancellationToken.None);
            return await operations.StartAsync("model.load", entry.Name.ToString(), actor,
                async (progress, cancellation) => (await BringUpAsync(entry, progress, cancellation)).Describe());
        }
        catch (FailureException failure)
        {
            // What could not be written down is not begun, and whoever waited for the model is told.
            _entries.TryRemove(KeyValuePair.Create(entry.Name.Id, entry));
            Refuse(entry, failure);
            await ForgetPendingAsync(entry);
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
            await store.RemoveAsync(entry.Name);
            if (_entries.TryGetValue(entry.Name.Id, out var now))
            {
                await StopAsync(now, s_drain);
                _entries.TryRemove(entry.Name.Id, out var _);
                return (now with { Host = null, State = ModelState.Unloaded }).Describe();
            }

            throw NotFound(entry.Name.ToString());
        });
    }

    /// <summary>Loads what was loaded when the box stopped. A model that was being loaded then is not tried again by itself.</summary>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        if (options.Value.Serve is { Length: > 0 } path)
        {
            await LoadAsync(new LoadModelRequest { Path = path }, Box);
            return;
        }

        foreach (var stored in store.List())
        {
            if (stored.Complete)
            {
                await LoadAsync(stored.Request, Box);
            }
            else
            {
                var entry = Judge(stored.Request) with { Wanted = true };
                _entries[entry.Name.Id] = entry;
                SetFailed(entry, Interrupted(entry.Name));
            }
        }
    }

    /// <summary>Stops every worker; the server has drained what was under way.</summary>
    public Task StopAsync(CancellationToken cancellationToken) =>
        Task.WhenAll(_entries.Values.Select(entry => StopAsync(entry, TimeSpan.FromSeconds(2))));

    private static FailureException Interrupted(ModelName name) => new(ErrorReason.Interrupted,
        $"The box stopped while {name} was being loaded. Load it again if that was not because of it.", ("model", name.ToString()));

    private static async Task StopAsync(ModelEntry entry, TimeSpan deadline)
    {
        if (entry.Host is { } host)
        {
            await host.StopAsync(deadline);
        }

        entry.File?.Dispose();
    }

    private static FailureException NotFound(string model) => new(ErrorReason.ModelNotFound,
        $"There is no {model}. `edgeboxctl model list` shows what there is.", ("model", model));

    private ModelEntry TheOnlyOne()
    {
        var all = List();
        IReadOnlyList<ModelEntry> usable = [.. all.Where(entry => entry.State != ModelState.Failed)];
        var entries = usable.Count > 0 ? usable : all;
        return entries.Count switch
        {
            1 => entries[0],
            0 => throw new FailureException(ErrorReason.ModelNotFound,
                "No model is loaded. `edgeboxctl model load /path/to.gguf` loads one.", ("model", "")),
            _ => throw new FailureException(ErrorReason.InvalidArgument,
                $"Several models are loaded; say which: {string.Join(", ", entries.Select(entry => entry.Name.Id))}.", ("field", "model"), ("limit", "a name")),
        };
    }

    private static ModelEntry Judge(LoadModelRequest request)
    {
        var options = request.Options ?? new LoadOptions();
        LoadLimits.Check(options);
        LoadLimits.CheckPath(request.Path);
        return new ModelEntry
        {
            Name = request.Name.Length == 0 ? ModelName.FromFile(request.Path) : ModelName.Parse(request.Name, "name"),
            Path = Path.GetFullPath(request.Path),
            Options = options,
            State = ModelState.Validating,
        };
    }

    [SuppressMessage("Design", "CA1031", Justification = "Whatever went wrong is kept with the model and told again by the operation.")]
    private async Task<ModelEntry> BringUpAsync(ModelEntry entry, OperationProgressSink progress, CancellationToken cancellation)
    {
        ModelHost? host = null;
        ModelFile? file = null;
        try
        {
            progress.Plan(("validating", 1), ("loading", 9));
            progress.Enter("validating");
            file = await Task.Run(() => ModelLoader.Open(entry.Path), cancellation);
            var demand = await loader.PlanAsync(entry, file, cancellation);
            progress.Enter("loading");
            host = loader.Serve(entry, file, demand);
            var served = entry with { File = file, Host = host, State = ModelState.Loading };
            if (!_entries.TryUpdate(entry.Name.Id, served, entry))
            {
                throw new FailureException(ErrorReason.ModelNotReady, $"{entry.Name} was unloaded before it was loaded.", ("model", entry.Name.ToString()));
            }

            entry = served;
            entry.Served.TrySetResult(host);
            await FollowAsync(host, progress, cancellation);
            await store.PutCompleteAsync(entry.Name, cancellation);
            await audit.AppendAsync("model.ready", "box", entry.Name.ToString(), [("path", entry.Path)]);
            return entry;
        }
        catch (Exception exception)
        {
            if (host is not null)
            {
                await host.DisposeAsync();
            }

            file?.Dispose();
            var problem = exception as FailureException ?? new FailureException(
                exception is OperationCanceledException ? ErrorReason.Cancelled : ErrorReason.Internal, $"Loading {entry.Name} did not end well.");
            SetFailed(entry with { Last = host?.Snapshot }, problem);
            await ForgetPendingAsync(entry);
            LogLoadFailed(log, entry.Name.ToString(), problem.Reason, problem.Message);
            throw;
        }
    }

    private void SetFailed(ModelEntry entry, FailureException problem)
    {
        var failed = entry with { Host = null, File = null, State = ModelState.Failed, Problem = problem };
        // One that was unloaded or loaded anew meanwhile is not brought back.
        if (_entries.TryGetValue(entry.Name.Id, out var now) && now.Served == entry.Served)
        {
            _entries.TryUpdate(entry.Name.Id, failed, now);
        }

        Refuse(failed, problem);
    }

    private static void Refuse(ModelEntry entry, FailureException problem)
    {
        entry.Served.TrySetException(problem);
        _ = entry.Served.Task.Exception; // Nobody may be waiting for it.
    }

    private async Task ForgetPendingAsync(ModelEntry entry)
    {
        try
        {
            await store.RemovePendingAsync(entry.Name);
        }
        catch (FailureException failure)
        {
            // The next start finds it pending, and does not try it again by itself.
            LogNotForgotten(log, entry.Name.ToString(), failure.Message);
        }
    }

    private static async Task FollowAsync(ModelHost host, OperationProgressSink progress, CancellationToken cancellation)
    {
        while (!host.Ready.IsCompleted)
        {
            await Task.WhenAny(host.Ready, Task.Delay(TimeSpan.FromMilliseconds(200), TimeProvider.System, cancellation));
            cancellation.ThrowIfCancellationRequested();
            progress.Report(host.Snapshot.LoadFraction);
        }

        await host.Ready;
    }

    [LoggerMessage(1001, LogLevel.Warning, "That {Model} could not be loaded was not stored, ignoring: {Problem}", EventName = "LoadNotForgotten")]
    private static partial void LogNotForgotten(ILogger logger, string model, string problem);

    [LoggerMessage(1000, LogLevel.Warning, "{Model} could not be loaded: {Reason}: {Message}", EventName = "LoadFailed")]
    private static partial void LogLoadFailed(ILogger logger, string model, ErrorReason reason, string message);
}
