using Prometheus;

namespace EdgeBox.Daemon.Inference;

/// <summary>What the box tells Prometheus of the lines of its models. Labels are model names and fixed words.</summary>
internal sealed class QueueMetrics(IMetricFactory metrics, UsageFeed feed)
{
    public Gauge Waiting { get; } = metrics.CreateGauge(
        "edgebox_requests_waiting", "Requests that wait for a slot.", ["model", "priority"]);

    public Gauge Paused { get; } = metrics.CreateGauge(
        "edgebox_requests_paused", "Answers that stand still because their clients do not read.", ["model"]);

    public Histogram Wait { get; } = metrics.CreateHistogram(
        "edgebox_queue_wait_seconds",
        "From the request to a slot.",
        new HistogramConfiguration { LabelNames = ["model", "priority"], Buckets = Histogram.ExponentialBuckets(0.005, 2.5, 12) });

    public Counter Refused { get; } = metrics.CreateCounter(
        "edgebox_queue_refused_total", "Requests refused because as many waited as may: of the model, or of one identity.", ["model", "scope"]);

    /// <summary>The meter of one model.</summary>
    public QueueMeter Of(string model) => new(this, feed, model);
}

/// <summary>Counts what happens in the line of one model.</summary>
internal sealed class QueueMeter(QueueMetrics metrics, UsageFeed feed, string model)
{
    private const string Interactive = "interactive";
    private const string Batch = "batch";

    private int _waiting;

    /// <summary>Shows how many wait and stand still.</summary>
    public void Show(HostSnapshot counts)
    {
        metrics.Waiting.WithLabels(model, Interactive).Set(counts.Waiting - counts.WaitingBatch);
        metrics.Waiting.WithLabels(model, Batch).Set(counts.WaitingBatch);
        metrics.Paused.WithLabels(model).Set(counts.Paused);
        if (counts.Waiting > _waiting)
        {
            feed.Tell(new UsageEvent.Waited(model, counts.Waiting));
        }

        _waiting = counts.Waiting;
    }

    /// <summary>Counts a request that has waited.</summary>
    public void CountWait(bool batch, TimeSpan waited) =>
        metrics.Wait.WithLabels(model, batch ? Batch : Interactive).Observe(waited.TotalSeconds);

    /// <summary>Counts a request for which there was no room: "model" or "identity".</summary>
    public void CountRefusal(string scope) => metrics.Refused.WithLabels(model, scope).Inc();
}
