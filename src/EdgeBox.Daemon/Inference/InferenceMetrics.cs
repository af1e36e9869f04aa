using Prometheus;

namespace EdgeBox.Daemon.Inference;

/// <summary>What the box tells Prometheus of its answers. Labels are model names, never anything that a client wrote.</summary>
internal sealed class InferenceMetrics(TimeProvider time)
{
    private static readonly Counter s_requests = Metrics.CreateCounter(
        "edgebox_requests_total", "Answers by how they ended.", "model", "outcome");

    private static readonly Counter s_promptTokens = Metrics.CreateCounter(
        "edgebox_prompt_tokens_total", "Tokens of prompts read.", "model");

    private static readonly Counter s_completionTokens = Metrics.CreateCounter(
        "edgebox_completion_tokens_total", "Tokens made.", "model");

    private static readonly Gauge s_active = Metrics.CreateGauge(
        "edgebox_requests_active", "Answers being made or waited for.", "model");

    private static readonly Histogram s_firstToken = Metrics.CreateHistogram(
        "edgebox_time_to_first_token_seconds",
        "From the request to the first token of the answer.",
        new HistogramConfiguration { LabelNames = ["model"], Buckets = Histogram.ExponentialBuckets(0.005, 2, 14) });

    private static readonly Counter s_deaths = Metrics.CreateCounter(
        "edgebox_worker_deaths_total", "Workers that died.", "model");

    /// <summary>Counts one answer from here to the end of the scope.</summary>
    public Measured Begin(string model) => new(model, time);

    /// <summary>Counts a death.</summary>
    public static void CountDeath(string model) => s_deaths.WithLabels(model).Inc();

    /// <summary>One answer being counted.</summary>
    internal sealed class Measured : IDisposable
    {
        private readonly string _model;
        private readonly TimeProvider _time;
        private readonly long _begun;
        private string _outcome = "not_finished";
        private bool _hasToken;

        public Measured(string model, TimeProvider time)
        {
            _model = model;
            _time = time;
            _begun = time.GetTimestamp();
            s_active.WithLabels(model).Inc();
        }

        /// <summary>Takes note of one event.</summary>
        public void Note(AnswerReader.Answer answer)
        {
            if (answer.Started is { } started)
            {
                s_promptTokens.WithLabels(_model).Inc(started.PromptTokens);
            }
            else if (answer.Delta is { } delta)
            {
                s_completionTokens.WithLabels(_model).Inc(delta.Tokens);
                if (!_hasToken)
                {
                    _hasToken = true;
                    s_firstToken.WithLabels(_model).Observe(_time.GetElapsedTime(_begun).TotalSeconds);
                }
            }
            else
            {
                _outcome = answer.Finished!.Reason.ToString();
            }
        }

        public void Dispose()
        {
            s_active.WithLabels(_model).Dec();
            s_requests.WithLabels(_model, _outcome).Inc();
        }
    }
}
