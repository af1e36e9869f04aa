using EdgeBox.Daemon.Failures;
using EdgeBox.Daemon.Inference;
using EdgeBox.Daemon.Models.Store;
using EdgeBox.V1;
using Google.Protobuf.WellKnownTypes;

namespace EdgeBox.Daemon.Models;

/// <summary>A model that the box knows: what was asked for, and who serves it.</summary>
/// <remarks>Replaced as a whole when it changes.</remarks>
internal sealed record ModelEntry
{
    private const int MaxFormatName = 64;

    public required ModelName Name { get; init; }

    public required string Path { get; init; }

    public required LoadOptions Options { get; init; }

    /// <summary>Where it is in its life. Only the <see cref="ModelTable"/> sets it once somebody serves it.</summary>
    public required ModelState State { get; init; }

    /// <summary>Its validated file; null until it is.</summary>
    public ModelFile? File { get; init; }

    /// <summary>Who serves it; null while it is not in memory.</summary>
    public ModelHost? Host { get; init; }

    /// <summary>What the last one who served it knew; kept as evidence when the model failed.</summary>
    public HostSnapshot? Last { get; init; }

    /// <summary>Why it is not well, if it is not.</summary>
    public FailureException? Problem { get; init; }

    /// <summary>Whether it shall be in memory: it was ready once, or the box was told to serve it from the start.</summary>
    /// <remarks>A file that an operator tried in vain is no fault of the box.</remarks>
    public bool Wanted { get; init; }

    /// <summary>What the store has of it; null if it was loaded from a path.</summary>
    public InstalledModel? Installed { get; init; }

    /// <summary>Whether it is kept in memory.</summary>
    public bool Pinned { get; init; }

    /// <summary>Whether clients shall not reach it yet.</summary>
    public bool Testing { get; init; }

    /// <summary>What it takes of memory, device by device, while somebody serves it.</summary>
    public IReadOnlyDictionary<string, long> Needs { get; init; } = new Dictionary<string, long>();

    /// <summary>The attempt to load it that is under way, or the one that made it what it is.</summary>
    public ModelLoad? Load { get; init; }

    /// <summary>Who needs it. The same for as long as the box knows the model.</summary>
    public required ModelUse Use { get; init; }

    /// <summary>When its workers died. The same for as long as the box knows the model.</summary>
    public required DeathLog Deaths { get; init; }

    /// <summary>Out of memory: what the store has goes on to exist.</summary>
    public ModelEntry? Out(ModelState state, FailureException? problem = null) => this with
    {
        Host = null, File = null, Load = null, Needs = new Dictionary<string, long>(), Testing = false, State = state, Problem = problem,
    };

    /// <summary>The model as the public contract tells it.</summary>
    public Model Describe()
    {
        var host = Host?.Snapshot;
        var summary = File?.Summary;
        var model = new Model
        {
            Name = Name.ToString(),
            State = State,
            Path = Path,
            FileBytes = (ulong)(File?.Bytes ?? Installed?.Bytes ?? 0),
            Architecture = summary?.Architecture ?? Installed?.Manifest.Architecture ?? "",
            Title = summary?.Name ?? Installed?.Manifest.Title ?? "",
            Manifest = Installed?.Manifest,
            VerifiedTime = Installed?.Verified is { } verified ? Timestamp.FromDateTimeOffset(verified) : null,
            Pinned = Pinned,
            KeepAlive = Options.KeepAlive,
            LastUsedTime = Use.LastAt is { } used ? Timestamp.FromDateTimeOffset(used) : null,
            Problem = (Problem ?? host?.Problem) is { } problem ? FailureStatus.From(problem) : null,
        };
        if (host is null)
        {
            model.Worker = Last is null ? null : DescribeWorker(Last);
            return model;
        }

        model.LoadFraction = host.LoadFraction;
        model.ActiveRequests = (uint)host.Running;
        model.QueuedRequests = (uint)host.Waiting;
        model.ReadyTime = host.ReadyAt is { } ready ? Timestamp.FromDateTimeOffset(ready) : null;
        model.LoadDuration = Duration.FromTimeSpan(host.LoadTook);
        if (host.Loaded is { } loaded)
        {
            model.Parameters = loaded.Parameters;
            model.ContextTokens = loaded.ContextTokens;
            model.Slots = loaded.Slots;
            model.EmbeddingLength = loaded.EmbeddingLength;
            model.Chat = loaded.Chat;
            model.Format = Plausible.OneLine(loaded.Format, MaxFormatName);
            model.Tools = loaded.Tools;
            model.Thinks = loaded.Thinks;
            model.FormatProblem = Plausible.OneLine(loaded.FormatProblem);
        }

        if (host.Session?.Heartbeat is { } heartbeat)
        {
            model.CacheTokens = heartbeat.Cells;
            model.CacheTokensUsed = heartbeat.UsedCells;
            model.CacheTokensKept = heartbeat.KeptCells;
        }

        model.Worker = DescribeWorker(host);
        return model;
    }

    private static WorkerInfo? DescribeWorker(HostSnapshot host) => host.Session is null && host.LastExit.Length == 0
        ? null
        : new WorkerInfo
        {
            Pid = host.Session?.Pid ?? 0,
            Pack = host.Session?.Hello?.Pack ?? "",
            ResidentBytes = host.Session?.LastSample?.ResidentBytes ?? 0,
            Restarts = (uint)host.Restarts,
            LastExit = host.LastExit,
            LastStderr = host.LastStderr,
            Stuck = host.Session?.Stuck ?? false,
        };
}
