using System.Collections.Concurrent;
using System.Globalization;
using System.Security.Cryptography;
using EdgeBox.Daemon.Failures;
using EdgeBox.Daemon.Models.Store;
using EdgeBox.Daemon.Operations;
using EdgeBox.Platform.Files;
using EdgeBox.V1;

namespace EdgeBox.Daemon.Models.Acceptance;

/// <summary>The owner of acceptance runs and their reports.</summary>
internal sealed class AcceptanceRegistry : IAcceptance
{
    private const int DefaultPage = 50;
    private const int LargestPage = 1000;

    private readonly AcceptanceRunner _runner;
    private readonly AcceptanceStore _store;
    private readonly ModelRegistry _models;
    private readonly ModelLibrary _library;
    private readonly OperationRegistry _operations;
    private readonly ConcurrentDictionary<string, AcceptanceReport> _newest;

    /// <summary>Knows how the last run of each model ended.</summary>
    public AcceptanceRegistry(AcceptanceRunner runner, AcceptanceStore store, ModelRegistry models, ModelLibrary library, OperationRegistry operations)
    {
        (_runner, _store, _models, _library, _operations) = (runner, store, models, library, operations);
        _newest = new(store.Newest().Select(report => KeyValuePair.Create(report.Model, report)), StringComparer.Ordinal);
    }

    /// <summary>The newest report of each model, without its cases.</summary>
    public IEnumerable<AcceptanceReport> Newest => _newest.Values;

    /// <summary>Adds to a model how its last acceptance run ended.</summary>
    public Model Tell(Model model)
    {
        model.Acceptance = _newest.GetValueOrDefault(model.Name)?.Verdict ?? AcceptanceVerdict.Unspecified;
        return model;
    }

    /// <summary>Begins to run a suite: one that is named, or the one that the model brings.</summary>
    /// <returns>The operation; its response is the report without its cases.</returns>
    /// <exception cref="FailureException">INVALID_ARGUMENT, MODEL_NOT_FOUND, or SUITE_INVALID: the model brings no suite.</exception>
    public Task<Operation> TestAsync(TestModelRequest request, string actor)
    {
        SuiteLimits.Check(request.Cost);
        var name = _models.Get(request.Name).Name;
        var source = request.SuitePath.Length > 0 ? FileSource(request.SuitePath) : OwnSource(name) ?? throw new FailureException(ErrorReason.SuiteInvalid,
            $"{name} brings no acceptance suite. Name one with suite_path.", ("path", ""), ("problem", "the model brings none"));
        return _operations.StartAsync("model.test", name.ToString(), actor, async (progress, cancellation) =>
        {
            progress.Plan(("testing", 1));
            progress.Enter("testing");
            return AcceptanceStore.WithoutCases(await RunAsync(name, source, request.Cost, actor, progress, cancellation));
        });
    }

    public async Task<AcceptanceReport?> RunAsync(ModelName model, OperationProgressSink progress, CancellationToken cancellation) =>
        OwnSource(model) is { } source ? await RunAsync(model, source, null, ModelKeeper.Box, progress, cancellation) : null;

    /// <summary>A page of reports, newest first, without their cases.</summary>
    public ListAcceptanceReportsResponse List(ListAcceptanceReportsRequest request)
    {
        var model = request.Model.Length == 0 ? "" : ModelName.Parse(request.Model, "model").ToString();
        var size = PageSize.Of(request.PageSize, DefaultPage, LargestPage);
        var rows = _store.Page(model, PageSize.Before(request.PageToken), size);
        return new ListAcceptanceReportsResponse
        {
            Reports = { rows.Select(row => row.Report) },
            NextPageToken = rows.Count == size ? rows[^1].Number.ToString(CultureInfo.InvariantCulture) : "",
        };
    }

    /// <summary>One report, whole.</summary>
    /// <exception cref="FailureException">REPORT_NOT_FOUND.</exception>
    public AcceptanceReport Get(string name)
    {
        const string Prefix = "reports/";
        return (name.StartsWith(Prefix, StringComparison.Ordinal) ? _store.Find(name[Prefix.Length..]) : null) ?? throw new FailureException(
            ErrorReason.ReportNotFound,
            $"There is no such report; the last {AcceptanceStore.KeptOfModel} of each model are kept. Names look like reports/0123456789abcdef.",
            ("report", name.Length > 64 ? name[..64] : name));
    }

    private async Task<AcceptanceReport> RunAsync(
        ModelName name, SuiteSource source, CostBasis? cost, string actor, OperationProgressSink progress, CancellationToken cancellation)
    {
        var report = await _runner.RunAsync(name, source, cost, actor, progress, cancellation);
        var id = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(8));
        report.Name = "reports/" + id;
        await _store.PutAsync(id, report, actor);
        _newest[report.Model] = AcceptanceStore.WithoutCases(report);
        return report;
    }

    private SuiteSource? OwnSource(ModelName model) => _library.Find(model) is { Manifest.Suite: { } suite } installed
        ? new SuiteSource($"{suite.File} of {installed.Name}", () => _library.OpenSuite(installed), Own: true)
        : null;

    private static SuiteSource FileSource(string path)
    {
        Inference.Limit.AbsolutePath("suite_path", path);
        return new SuiteSource(path, () => Open(path), Own: false);
    }

    private static FileStream Open(string path)
    {
        try
        {
            return new FileStream(RegularFile.OpenForReading(path).Handle, FileAccess.Read);
        }
        catch (RegularFileException refused)
        {
            throw new FailureException(ErrorReason.SuiteInvalid, refused.Message, ("path", path), ("problem", refused.Message));
        }
    }
}
