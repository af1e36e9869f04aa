using EdgeBox.Daemon.Inference;
using EdgeBox.Daemon.Models.Acceptance;
using EdgeBox.V1;
using Prometheus;

namespace EdgeBox.Daemon.Models;

/// <summary>What the box tells Prometheus of its models as they are: read when it is asked for. A model that is gone is told no more.</summary>
internal sealed class ModelMetrics(IMetricFactory metrics, ModelRegistry models, AcceptanceRegistry acceptance, UsageFeed feed)
{
    private readonly Gauge _state = metrics.CreateGauge(
        "edgebox_model_state", "1 for the state that a model is in.", ["model", "state"]);

    private readonly Gauge _load = metrics.CreateGauge(
        "edgebox_model_load_seconds", "How long the last load took.", ["model"]);

    private readonly Gauge _cells = metrics.CreateGauge(
        "edgebox_cache_tokens", "Tokens that the KV cache has room for.", ["model"]);

    private readonly Gauge _used = metrics.CreateGauge(
        "edgebox_cache_tokens_used", "Tokens of requests that are in the KV cache.", ["model"]);

    private readonly Gauge _kept = metrics.CreateGauge(
        "edgebox_cache_tokens_kept", "Tokens of texts that are kept in main memory in case they come again.", ["model"]);

    private readonly Gauge _resident = metrics.CreateGauge(
        "edgebox_worker_resident_bytes", "Main memory that the worker holds.", ["model"]);

    private readonly Gauge _restarts = metrics.CreateGauge(
        "edgebox_worker_restarts", "How often the worker was started again since the model was loaded, because it had died.", ["model"]);

    private readonly Gauge _passed = metrics.CreateGauge(
        "edgebox_acceptance_passed", "1 if the last acceptance run passed, 0 if it did not.", ["model"]);

    private readonly Gauge _tested = metrics.CreateGauge(
        "edgebox_acceptance_time_seconds", "When the last acceptance run began, in seconds since 1970.", ["model"]);

    private readonly Counter _lost = metrics.CreateCounter(
        "edgebox_history_events_lost_total", "Events that are missing from the history of models, because too many came at once.");

    /// <summary>Has the models looked at whenever somebody asks for the metrics.</summary>
    public void ReadWhenAsked(CollectorRegistry registry) => registry.AddBeforeCollectCallback(Read);

    private void Read()
    {
        var told = models.List().Select(entry => entry.Describe()).ToList();
        Show(_state, told.Select(model => (new[] { model.Name, model.State.ToString() }, 1.0)));
        Show(_load, told.Where(model => model.LoadDuration is not null).Select(model => (new[] { model.Name }, model.LoadDuration.ToTimeSpan().TotalSeconds)));
        Show(_cells, told.Where(model => model.CacheTokens > 0).Select(model => (new[] { model.Name }, (double)model.CacheTokens)));
        Show(_used, told.Where(model => model.CacheTokens > 0).Select(model => (new[] { model.Name }, (double)model.CacheTokensUsed)));
        Show(_kept, told.Where(model => model.CacheTokens > 0).Select(model => (new[] { model.Name }, (double)model.CacheTokensKept)));
        Show(_resident, told.Where(model => model.Worker is { Pid: > 0 }).Select(model => (new[] { model.Name }, (double)model.Worker.ResidentBytes)));
        Show(_restarts, told.Where(model => model.Worker is not null).Select(model => (new[] { model.Name }, (double)model.Worker.Restarts)));
        var reports = acceptance.Newest.ToList();
        Show(_passed, reports.Select(report => (new[] { report.Model }, report.Verdict == AcceptanceVerdict.Passed ? 1.0 : 0)));
        Show(_tested, reports.Select(report => (new[] { report.Model }, (double)report.StartTime.Seconds)));
        _lost.IncTo(feed.Lost);
    }

    private static void Show(Gauge gauge, IEnumerable<(string[] Labels, double Value)> now)
    {
        var values = now.ToList();
        foreach (var gone in gauge.GetAllLabelValues().Where(old => !values.Any(value => value.Labels.SequenceEqual(old))).ToList())
        {
            gauge.RemoveLabelled(gone);
        }

        foreach (var (labels, value) in values)
        {
            gauge.WithLabels(labels).Set(value);
        }
    }
}
