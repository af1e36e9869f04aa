using EdgeBox.V1;
using Prometheus;

namespace EdgeBox.Daemon.Inference;

/// <summary>What the box tells Prometheus of its answers. Labels are model names, never anything that a client wrote.</summary>
internal sealed class InferenceMetrics(IMetricFactory metrics, UsageFeed feed, TimeProvider time)
{
    private readonly Counter _requests = metrics.CreateCounter(
        "edgebox_requests_total", "Answers by how they ended.", ["model", "outcome"]);

    private readonly Counter _promptTokens = metrics.CreateCounter(
        "edgebox_prompt_tokens_total", "Tokens of prompts read.", ["model"]);

    private readonly Counter _cachedTokens = metrics.CreateCounter(
        "edgebox_cached_prompt_tokens_total", "Tokens of prompts that were still known and not read again.", ["model"]);

    private readonly Counter _draftedTokens = metrics.CreateCounter(
        "edgebox_drafted_tokens_total", "Tokens guessed ahead.", ["model"]);

    private readonly Counter _acceptedTokens = metrics.CreateCounter(
        "edgebox_accepted_tokens_total", "Tokens guessed ahead that were right.", ["model"]);

    private readonly Counter _dropped = metrics.CreateCounter(
        "edgebox_slow_clients_dropped_total", "Answers given up because their clients did not read.", ["model"]);

    // How often, and not what: a worker that was taken over could call it anything.
    private readonly Counter _oddities = metrics.CreateCounter(
        "edgebox_format_oddities_total", "What models did against their own formats and was read nonetheless.", ["model"]);

    private readonly QueueMetrics _queues = new(metrics, feed);

    private readonly Counter _completionTokens = metrics.CreateCounter(
        "edgebox_completion_tokens_total", "Tokens made.", ["model"]);

    private readonly Gauge _active = metrics.CreateGauge(
        "edgebox_requests_active", "Answers being made or waited for.", ["model"]);

    private readonly Histogram _firstToken = metrics.CreateHistogram(
        "edgebox_time_to_first_token_seconds",
        "From the request to the first token of the answer.",
        new HistogramConfiguration { LabelNames = ["model"], Buckets = Histogram.ExponentialBuckets(0.005, 2, 14) });

    private readonly Counter _deaths = metrics.CreateCounter(
        "edgebox_worker_deaths_total", "Workers that died.", ["model"]);

    private readonly UsageFeed _feed = feed;
    private readonly TimeProvider _time = time;

    /// <summary>Counts one answer from here to the end of the scope.</summary>
    /// <param name="model">"models/NAME".</param>
    /// <param name="charge">Told what it took; null: nobody is.</param>
    public Measured Begin(string model, Action<Usage>? charge = null) => new(model, this, charge);

    /// <summary>Counts what happens in the line of a model.</summary>
    public QueueMeter QueueOf(string model) => _queues.Of(model);

    /// <summary>Counts a death.</summary>
    public void CountDeath(string model)
    {
        _deaths.WithLabels(model).Inc();
        _feed.Tell(new UsageEvent.Died(model));
    }

    /// <summary>One answer being counted.</summary>
    internal sealed class Measured : IDisposable
    {
        private readonly string _model;
        private readonly InferenceMetrics _all;
        private readonly Action<Usage>? _charge;
        private readonly long _begun;
        private string? _outcome;
        private Usage? _usage;
        private TimeSpan? _firstToken;
        private long _promptTokens;
        private long _told;

        public Measured(string model, InferenceMetrics all, Action<Usage>? charge)
        {
            _model = model;
            _all = all;
            _charge = charge;
            _begun = all._time.GetTimestamp();
            _all._active.WithLabels(model).Inc();
        }

        /// <summary>Takes note of one event.</summary>
        public void Note(AnswerReader.Answer answer)
        {
            if (answer.Started is { } started)
            {
                _promptTokens += started.PromptTokens;
                _all._promptTokens.WithLabels(_model).Inc(started.PromptTokens);
            }
            else if ((answer.Delta?.Tokens ?? answer.Call?.Tokens) is { } tokens)
            {
                _told += tokens;
                _all._completionTokens.WithLabels(_model).Inc(tokens);
                if (_firstToken is null)
                {
                    _firstToken = _all._time.GetElapsedTime(_begun);
                    _all._firstToken.WithLabels(_model).Observe(_firstToken.Value.TotalSeconds);
                }
            }
            else if (answer.Finished is { } finished)
            {
                (_outcome, _usage) = (finished.Reason.ToString(), finished.Usage);

                // Attempts that did not pass were made, and never told.
                _all._completionTokens.WithLabels(_model).Inc(Math.Max(0, finished.Usage.CompletionTokens - (double)_told));
                _all._cachedTokens.WithLabels(_model).Inc(finished.Usage.CachedPromptTokens);
                _all._draftedTokens.WithLabels(_model).Inc(finished.Usage.DraftedTokens);
                _all._acceptedTokens.WithLabels(_model).Inc(finished.Usage.AcceptedTokens);
                _all._oddities.WithLabels(_model).Inc(finished.Oddities.Values.Sum(count => (double)count));
            }
        }

        /// <summary>Takes note of an answer that comes at once.</summary>
        public void NoteDone(string outcome, Usage usage)
        {
            (_outcome, _usage) = (outcome, usage);
            _all._promptTokens.WithLabels(_model).Inc(usage.PromptTokens);
        }

        /// <summary>Takes note that the client did not read its answer.</summary>
        public void NoteDropped() => _all._dropped.WithLabels(_model).Inc();

        public void Dispose()
        {
            _all._active.WithLabels(_model).Dec();
            _all._requests.WithLabels(_model, _outcome ?? "not_finished").Inc();
            var usage = _usage ?? new Usage { PromptTokens = (uint)_promptTokens, CompletionTokens = (uint)_told };
            _charge?.Invoke(usage);
            _all._feed.Tell(new UsageEvent.Ended(_model, Failed: _outcome is null, usage, _firstToken));
        }
    }
}
