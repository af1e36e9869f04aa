using EdgeBox.Daemon.Failures;
using EdgeBox.Daemon.Inference;
using EdgeBox.Daemon.Storage;
using EdgeBox.Daemon.Time;
using EdgeBox.V1;


namespace EdgeBox.Daemon.Models.History;

/// <summary>The owner of what models did hour by hour: adds up in memory what it hears, and writes it down once a minute and at the end.</summary>
internal sealed partial class HistoryKeeper(
    Database database, TrustedClock clock, UsageFeed feed, ModelRegistry models, TimeProvider time, ILogger<HistoryKeeper> log) : BackgroundService
{
    /// <summary>How often it is written down.</summary>
    public static readonly TimeSpan Every = TimeSpan.FromMinutes(1);

    /// <summary>How long it is kept.</summary>
    public static readonly TimeSpan Kept = TimeSpan.FromDays(400);

    /// <summary>Hours that one answer may tell.</summary>
    public const int MaxHours = 2000;

    /// <summary>Hours that may wait to be written down while the disk is full; the oldest give way.</summary>
    private const int MaxWaiting = 4096;

    private readonly Dictionary<(long Hour, string Model), HourSums> _heard = [];
    private ITimer? _timer;
    private long _swept;

    /// <summary>The hours that were asked for, up to now.</summary>
    /// <exception cref="FailureException">INVALID_ARGUMENT.</exception>
    public async Task<V1.ModelHistory> GetAsync(GetModelHistoryRequest request, CancellationToken cancellation)
    {
        var model = request.Model.Length == 0 ? "" : ModelName.Parse(request.Model, "model").ToString();
        var end = request.EndTime?.ToDateTimeOffset() ?? clock.Now;
        var start = request.StartTime?.ToDateTimeOffset() ?? end - TimeSpan.FromDays(1);
        if (start >= end || end - start > TimeSpan.FromHours(MaxHours))
        {
            throw Limit.Refuse("start_time", "is not before end_time, or too long before it", $"at most {MaxHours} hours before it");
        }

        var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        if (await feed.TellAsync(new UsageEvent.Settle(done), cancellation))
        {
            await done.Task.WaitAsync(cancellation);
        }

        var until = HourOf(end) + 1; // With the hour in which it lies.
        var from = Math.Max(HourOf(start), until - MaxHours);
        return new V1.ModelHistory { Hours = { database.Read(connection => HistoryStore.Between(connection, model, from, until)) } };
    }

    public override Task StartAsync(CancellationToken cancellationToken)
    {
        _timer = time.CreateTimer(_ => feed.Tell(new UsageEvent.Settle(null)), null, Every, Every);
        return base.StartAsync(cancellationToken);
    }

    /// <summary>Hears the rest of what was told, and writes it down.</summary>
    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        if (_timer is not null)
        {
            await _timer.DisposeAsync();
        }

        feed.Complete();
        await base.StopAsync(cancellationToken);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await foreach (var happened in feed.Reader.ReadAllAsync(CancellationToken.None)) // Ends when nothing more is told.
        {
            await HearAsync(happened);
        }

        await WriteDownAsync();
    }

    private static long HourOf(DateTimeOffset time) => (long)Math.Floor((time - DateTimeOffset.UnixEpoch).TotalHours);

    private async Task HearAsync(UsageEvent happened)
    {
        switch (happened)
        {
            case UsageEvent.Ended ended:
                Now(ended.Model).Add(ended);
                break;
            case UsageEvent.Waited(var model, var waiting):
                Now(model).NoteWaiting(waiting);
                break;
            case UsageEvent.Died(var model):
                Now(model).AddDeath();
                break;
            case UsageEvent.Settle(var done):
                Look();
                await WriteDownAsync();
                done?.TrySetResult();
                break;
            default:
                break;
        }
    }

    private HourSums Now(string model)
    {
        var key = (HourOf(clock.Now), model);
        if (!_heard.TryGetValue(key, out var sums))
        {
            if (_heard.Count >= MaxWaiting)
            {
                _heard.Remove(_heard.Keys.MinBy(known => known.Hour));
            }

            _heard[key] = sums = new HourSums();
        }

        return sums;
    }

    /// <summary>Looks at what is told by nobody: memory, and lines that stand.</summary>
    private void Look()
    {
        foreach (var entry in models.List())
        {
            if (entry.Host?.Snapshot is { Session: not null } host)
            {
                var sums = Now(entry.Name.ToString());
                sums.NoteWaiting(host.Waiting);
                sums.NoteResident(host.Session.LastSample?.ResidentBytes ?? 0);
            }
        }
    }

    private async Task WriteDownAsync()
    {
        var sweep = HourOf(clock.Now - Kept);
        if (_heard.Count == 0 && sweep == _swept)
        {
            return;
        }

        try
        {
            await database.WriteAsync(connection =>
            {
                foreach (var ((hour, model), sums) in _heard)
                {
                    HistoryStore.Add(connection, model, hour, sums);
                }

                HistoryStore.Forget(connection, sweep);
                return true;
            });
            _heard.Clear();
            _swept = sweep;
        }
        catch (FailureException failure)
        {
            LogNotStored(log, failure.Message);
        }
    }

    [LoggerMessage(1040, LogLevel.Warning, "What models did could not be written down, trying again in a minute: {Problem}", EventName = "HistoryNotStored")]
    private static partial void LogNotStored(ILogger logger, string problem);
}
