using Grpc.HealthCheck;
using Health = EdgeBox.V1.Health;
using ServingStatus = Grpc.Health.V1.HealthCheckResponse.Types.ServingStatus;

namespace EdgeBox.Daemon.Hosting;

/// <summary>Something that is not as it should be, in plain words.</summary>
/// <param name="Severity"><see cref="Health.Degraded"/> or <see cref="Health.Bad"/>.</param>
/// <param name="Text">One sentence: what is wrong and what to do.</param>
internal sealed record HealthProblem(Health Severity, string Text)
{
    /// <summary>The box serves, and this needs a look.</summary>
    public static HealthProblem Degraded(string text) => new(Health.Degraded, text);

    /// <summary>The box cannot serve because of this.</summary>
    public static HealthProblem Bad(string text) => new(Health.Bad, text);
}

/// <summary>How the box does at one moment.</summary>
/// <param name="Health">In one word.</param>
/// <param name="Problems">Why it is not good.</param>
internal sealed record HealthSnapshot(Health Health, IReadOnlyList<string> Problems);

/// <summary>The owner of the box's health: features report problems under their own key and clear them; <c>grpc.health.v1</c> follows.</summary>
internal sealed class ApplianceHealth
{
    private readonly Lock _lock = new();
    private readonly SortedDictionary<string, HealthProblem> _problems = new(StringComparer.Ordinal);
    private readonly HealthServiceImpl _probe;
    private Health _phase = Health.Starting;

    public ApplianceHealth(HealthServiceImpl probe)
    {
        _probe = probe;
        Publish();
    }

    /// <summary>The health now.</summary>
    public HealthSnapshot Snapshot
    {
        get
        {
            lock (_lock)
            {
                return new HealthSnapshot(Current(), [.. _problems.Values.Select(p => p.Text)]);
            }
        }
    }

    /// <summary>Sets the problem of <paramref name="source"/>, in place of the one it had.</summary>
    public void Report(string source, HealthProblem problem) => Change(() => _problems[source] = problem);

    /// <summary>Says that <paramref name="source"/> has no problem (any more).</summary>
    public void Clear(string source) => Change(() => _problems.Remove(source));

    /// <summary>The start is over.</summary>
    public void Started() => Change(() => _phase = Health.Good);

    /// <summary>The stop has begun.</summary>
    public void Stopping() => Change(() => _phase = Health.Stopping);

    /// <summary>Says whether one gRPC service can be used, for clients that watch it, e.g. <c>edgebox.v1.InferenceService</c>.</summary>
    public void SetServing(string service, bool serving) => _probe.SetStatus(service, Serving(serving));

    private void Change(Action change)
    {
        lock (_lock)
        {
            change();
            Publish();
        }
    }

    private void Publish() => _probe.SetStatus(string.Empty, Serving(Current() is Health.Good or Health.Degraded));

    private Health Current() =>
        _phase != Health.Good ? _phase
        : _problems.Count == 0 ? Health.Good
        : _problems.Values.Max(p => p.Severity);

    private static ServingStatus Serving(bool serving) =>
        serving ? ServingStatus.Serving : ServingStatus.NotServing;
}
