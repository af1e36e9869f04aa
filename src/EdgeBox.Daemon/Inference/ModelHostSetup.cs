using EdgeBox.Daemon.Failures;
using Wire = EdgeBox.Worker.V1;

namespace EdgeBox.Daemon.Inference;

/// <summary>What a <see cref="ModelHost"/> serves and by what means.</summary>
internal sealed record ModelHostSetup
{
    /// <summary>"models/NAME".</summary>
    public required string Model { get; init; }

    /// <summary>The file that it is made from.</summary>
    public string Path { get; init; } = "";

    /// <summary>Starts a worker for the model, sandboxed. Throws <see cref="FailureException"/> if it cannot.</summary>
    public required Func<IWorkerProcess> Launch { get; init; }

    /// <summary>The command that makes the worker load the model.</summary>
    public required Wire.Load Load { get; init; }

    /// <summary>Says why the model's file is not what was validated any more, or null if it is.</summary>
    public required Func<FailureException?> FindChange { get; init; }

    /// <summary>Told of each death: how it ended and what it wrote last.</summary>
    public required Action<WorkerExit, int> OnDeath { get; init; }

    /// <summary>Told whenever <see cref="ModelHost.Snapshot"/> is another one; from the host's own loop, so it must be brief.</summary>
    public Action? Changed { get; init; }

    /// <summary>Says when the workers have died often enough; null: never.</summary>
    public DeathLog? Deaths { get; init; }

    /// <summary>Counts what happens in the line; null: nobody does.</summary>
    public QueueMeter? Meter { get; init; }

    /// <summary>Limits and patience.</summary>
    public ModelHostOptions Options { get; init; } = new();
}
