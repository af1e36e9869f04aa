using EdgeBox.Daemon.Failures;
using EdgeBox.Daemon.Hosting;
using EdgeBox.Daemon.Operations;
using EdgeBox.Daemon.Time;
using EdgeBox.V1;
using Google.Protobuf.WellKnownTypes;

namespace EdgeBox.Daemon.Models.Acceptance;

/// <summary>Runs acceptance suites: case after case, each as a client's request would be made, and adds up what came of them.</summary>
internal sealed class AcceptanceRunner(ModelRegistry models, CaseRunner cases, IMachine machine, TrustedClock clock, TimeProvider time)
{
    /// <summary>Runs a suite against a model that is in memory, or is brought there for it.</summary>
    /// <param name="name">The model.</param>
    /// <param name="source">The suite.</param>
    /// <param name="cost">What the box costs; null: not told.</param>
    /// <param name="actor">Who wants it. For the box itself the model may be one that clients do not reach yet.</param>
    /// <param name="progress">Is told how many cases are done, within the stage that it is in.</param>
    /// <param name="cancellation">Ends it; nothing is kept.</param>
    /// <returns>The report, without a name.</returns>
    /// <exception cref="FailureException">SUITE_INVALID, INVALID_ARGUMENT, or why the model is not in memory.</exception>
    public async Task<AcceptanceReport> RunAsync(
        ModelName name, SuiteSource source, CostBasis? cost, string actor, OperationProgressSink progress, CancellationToken cancellation)
    {
        SuiteLimits.Check(cost);
        var suite = await Task.Run(() => SuiteReader.Read(source), cancellation);
        var host = (await models.ServeAsync(name, null, actor, test: actor == ModelKeeper.Box, cancellation)).Host;
        using var lease = models.Lease(name);
        var entry = models.Find(name) ?? throw new FailureException(ErrorReason.ModelNotFound, $"There is no {name}.", ("model", name.ToString()));
        var served = new LeasedModel(entry.Name.ToString(), host, entry.Installed?.Manifest, lease);
        var report = new AcceptanceReport
        {
            Model = served.Model,
            SuiteSha256 = suite.Sha256,
            StartTime = Timestamp.FromDateTimeOffset(clock.Now),
            Cost = cost,
            PartSha256 = { await PartHashes.OfAsync(entry, cancellation) },
            Options = OptionsOf(entry, host),
            Machine = machine.Words,
            Version = ReleaseVersion.Text,
            OwnSuite = source.Own,
        };
        var figures = new ReportFigures();
        var (begun, energy) = (time.GetTimestamp(), machine.Millijoules);
        for (var i = 0; i < suite.Cases.Count; i++)
        {
            progress.Report((double)i / suite.Cases.Count);
            report.Results.Add(await cases.RunAsync(served, suite.Cases[i], figures, cancellation));
        }

        figures.Energy = energy is { } before && machine.Millijoules is { } after && after > before ? (after - before) / 1000.0 : null;
        report.Duration = Duration.FromTimeSpan(time.GetElapsedTime(begun));
        figures.WriteTo(report);
        ReportSize.Fit(report);
        return report;
    }

    private static LoadOptions OptionsOf(ModelEntry entry, Inference.ModelHost host)
    {
        var options = entry.Options.Clone();
        if (host.Snapshot.Loaded is { } loaded)
        {
            (options.ContextTokens, options.Slots) = (loaded.ContextTokens, loaded.Slots);
        }

        return options;
    }
}
