using EdgeBox.Daemon.Inference;
using EdgeBox.Daemon.Models;
using EdgeBox.Daemon.Models.Planning;
using EdgeBox.Daemon.Tests.Inference;
using EdgeBox.Daemon.Tests.Support;
using EdgeBox.V1;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Wire = EdgeBox.Worker.V1;

namespace EdgeBox.Daemon.Tests.Models;

/// <summary>A table of models with real hosts whose workers are played.</summary>
internal sealed class LivingModels : IAsyncDisposable
{
    private readonly ILoggerFactory _logs;
    private readonly List<ModelHost> _hosts = [];

    public LivingModels()
    {
        _logs = LoggerFactory.Create(logging => logging.AddProvider(Log));
        Table = new ModelTable(Time, _logs.CreateLogger<ModelTable>());
    }

    public FakeTimeProvider Time { get; } = new();

    public LogSink Log { get; } = new();

    public ModelTable Table { get; }

    public static ModelName Name(string name) => ModelName.Parse(name, "name");

    /// <summary>A model that nobody serves.</summary>
    public ModelEntry New(string name, ModelState state) => new()
    {
        Name = Name(name), Path = "/m.gguf", Options = new LoadOptions(), State = state, Use = new ModelUse(), Deaths = new DeathLog(3, Time),
    };

    /// <summary>Has a model go all the way to ready.</summary>
    public async Task<(ModelEntry Entry, ScriptedWorker Worker)> ReadyAsync(string name, long bytes = 0, bool pinned = false)
    {
        var (entry, worker) = Loading(name, bytes, pinned);
        await worker.BecomeReadyAsync();
        await entry.Host!.Ready;
        Time.Advance(TimeSpan.FromSeconds(1));
        return (Table.Find(entry.Name)!, worker);
    }

    /// <summary>Has a model be loaded, with a worker that says nothing yet.</summary>
    public (ModelEntry Entry, ScriptedWorker Worker) Loading(string name, long bytes = 0, bool pinned = false)
    {
        var id = Name(name);
        var worker = new ScriptedWorker();
        Table.Change(id, _ => New(name, ModelState.Validating) with { Pinned = pinned });
        Table.Change(id, now => now! with { State = ModelState.Planning });
        var workers = new Queue<ScriptedWorker>([worker]);
        var host = new ModelHost(
            new ModelHostSetup
            {
                Model = id.ToString(),
                Load = new Wire.Load { Slots = 2 },
                Launch = () => workers.TryDequeue(out var next) ? next : new ScriptedWorker(),
                FindChange = () => null,
                OnDeath = (_, _) => { },
                Changed = () => Table.Refresh(id),
                Deaths = Table.Find(id)!.Deaths,
            },
            Time, NullLogger.Instance);
        _hosts.Add(host);
        var entry = Table.Change(id, now => now! with
        {
            State = ModelState.Loading, Host = host, Needs = new Dictionary<string, long> { [DeviceDemand.Host] = bytes },
        })!;
        return (entry, worker);
    }

    /// <summary>Takes a model out as its keeper does, except for the worker.</summary>
    public void Remove(ModelName name)
    {
        Table.Change(name, now => now! with { State = ModelState.Draining });
        Table.Change(name, _ => null);
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var host in _hosts)
        {
            await host.DisposeAsync();
        }

        _logs.Dispose();
        Log.AssertNoUnannouncedErrors();
    }
}
