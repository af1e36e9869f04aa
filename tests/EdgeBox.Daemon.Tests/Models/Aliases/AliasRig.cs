using EdgeBox.Daemon.Audit;
using EdgeBox.Daemon.Failures;
using EdgeBox.Daemon.Inference;
using EdgeBox.Daemon.Models;
using EdgeBox.Daemon.Models.Aliases;
using EdgeBox.Daemon.Operations;
using EdgeBox.Daemon.Tests.Support;
using EdgeBox.V1;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;

namespace EdgeBox.Daemon.Tests.Models.Aliases;

/// <summary>Aliases on a real database, and models that are only played.</summary>
internal sealed class AliasRig : IModelServing, IAcceptance, IHostApplicationLifetime, IAsyncDisposable
{
    private readonly CancellationTokenSource _stopping = new();
    private readonly Dictionary<ModelName, ModelState> _models = [];

    public AliasRig(string directory)
    {
        State = new TestState(directory);
        Store = new AliasStore(State.Database, State.Audit);
        Table = new AliasTable(Store, new ModelTable(State.Time, NullLogger<ModelTable>.Instance), State.Clock);
        Gates = new SwapGates(Options.Create(new ModelOptions { MaxWaiting = 3, MaxWaitingPerIdentity = 2 }));
        Mover = new AliasMover(this, Table, Gates, this, this);
        foreach (var name in (string[])["m@1", "m@2", "m@3"])
        {
            _models[Name(name)] = ModelState.Available;
        }
    }

    public TestState State { get; }

    public AliasStore Store { get; }

    public AliasTable Table { get; }

    public SwapGates Gates { get; }

    public AliasMover Mover { get; }

    /// <summary>What was done to models, in order.</summary>
    public List<string> Done { get; } = [];

    /// <summary>Whether two models fit at once.</summary>
    public bool BothFit { get; set; } = true;

    /// <summary>What a model that is served now fails with, by its name.</summary>
    public Dictionary<string, FailureException> Broken { get; } = [];

    /// <summary>Models that are kept in memory.</summary>
    public HashSet<string> Pinned { get; } = [];

    /// <summary>What the acceptance suite comes to.</summary>
    public AcceptanceReport? Report { get; set; }

    /// <summary>Done while the suite runs.</summary>
    public Func<Task> WhileTesting { get; set; } = () => Task.CompletedTask;

    public CancellationToken ApplicationStarted => CancellationToken.None;

    public CancellationToken ApplicationStopping => _stopping.Token;

    public CancellationToken ApplicationStopped => CancellationToken.None;

    public static ModelName Name(string name) => ModelName.Parse(name, "name");

    public static AliasKey Key(string name = "chat", string identity = "") => AliasKey.Parse(name, identity);

    /// <summary>Moves an alias.</summary>
    public Task<AliasMeaning> MoveAsync(string model, string alias = "chat", string identity = "", bool test = true, CancellationToken cancellation = default) => Mover.MoveAsync(
        new MoveWish(Key(alias, identity), Name(model), TimeSpan.FromMinutes(10), test, "uid:0", AuditEntry.Of("alias.set", "uid:0", alias)),
        new OperationProgressSink(), cancellation);

    /// <summary>The models in memory.</summary>
    public IEnumerable<string> InMemory => _models.Where(model => model.Value != ModelState.Available).Select(model => $"{model.Key.Id} {model.Value}");

    public ModelEntry? Find(ModelName name) => !_models.TryGetValue(name, out var state) ? null : new ModelEntry
    {
        Name = name, Path = "", Options = new LoadOptions { Slots = 7 }, State = state, Pinned = Pinned.Contains(name.Id),
        Use = new ModelUse(), Deaths = new DeathLog(3, State.Time),
    };

    public Task<bool> MustReplaceAsync(ModelName name, ModelName other, CancellationToken cancellation) => Task.FromResult(!BothFit);

    public Task<ServedModel> ServeAsync(ModelName name, LoadOptions? options, string actor, bool test, CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        Done.Add($"serve {name.Id}{(test ? " to test" : "")}{(options is { Slots: 7 } ? " as before" : "")}");
        if (Broken.TryGetValue(name.Id, out var failure))
        {
            throw failure;
        }

        _models[name] = _models[name] == ModelState.Available && test ? ModelState.Testing : ModelState.Ready;
        return Task.FromResult(new ServedModel(name, null!));
    }

    public IDisposable Lease(ModelName name)
    {
        Assert.NotEqual(ModelState.Available, _models[name]);
        return new CancellationTokenSource();
    }

    public void Publish(ModelName name) => _models[name] = _models[name] == ModelState.Testing ? ModelState.Ready : _models[name];

    public Task ReleaseAsync(ModelName name, TimeSpan drain, string actor)
    {
        Done.Add($"release {name.Id}");
        _models[name] = ModelState.Available;
        return Task.CompletedTask;
    }

    public Task RetireAsync(ModelName name, TimeSpan drain, Func<bool> isWanted, string actor, CancellationToken cancellation)
    {
        if (!isWanted())
        {
            Done.Add($"retire {name.Id}");
            _models[name] = ModelState.Available;
        }

        return Task.CompletedTask;
    }

    public async Task<AcceptanceReport?> RunAsync(ModelName model, OperationProgressSink progress, CancellationToken cancellation)
    {
        Done.Add($"test {model.Id}");
        await WhileTesting();
        cancellation.ThrowIfCancellationRequested();
        return Report;
    }

    public void StopApplication() => _stopping.Cancel();

    public async ValueTask DisposeAsync()
    {
        Mover.Dispose();
        Table.Dispose();
        _stopping.Dispose();
        await State.DisposeAsync();
    }
}
