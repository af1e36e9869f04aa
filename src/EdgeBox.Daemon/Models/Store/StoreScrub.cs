using EdgeBox.Daemon.Failures;
using Microsoft.Extensions.Options;

namespace EdgeBox.Daemon.Models.Store;

/// <summary>Looks through the whole store again and again, so slowly that nobody notices, to find what the disk has lost before it is needed.</summary>
internal sealed partial class StoreScrub(BlobVerifier verifier, IOptions<ModelOptions> options, TimeProvider time, ILogger<StoreScrub> log) : BackgroundService
{
    private const int ShareWhileAnswering = 8;
    private static readonly TimeSpan s_longestWait = TimeSpan.FromHours(1);
    private static readonly TimeSpan s_afterFault = TimeSpan.FromMinutes(1);

    /// <summary>Whether a model is answering somebody.</summary>
    public Func<bool> Answering { get; init; } = () => false;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var rate = ByteSize.Read(options.Value.ScrubRate) ?? 0;
        if (rate == 0)
        {
            return;
        }

        while (true)
        {
            var wait = TimeSpan.Zero;
            try
            {
                wait = await verifier.BeginPassAsync(options.Value.ScrubInterval);
                while (wait == TimeSpan.Zero && await verifier.LookAtNextAsync(bytes => PaceAsync(bytes, rate, stoppingToken), stoppingToken))
                {
                }
            }
            catch (FailureException failure)
            {
                LogNotLooked(failure.Message);
                wait = s_afterFault;
            }

            await Task.Delay(wait < s_longestWait ? wait : s_longestWait, time, stoppingToken);
        }
    }

    private Task PaceAsync(int bytes, long rate, CancellationToken cancellation) =>
        Task.Delay(TimeSpan.FromSeconds((double)bytes / rate * (Answering() ? ShareWhileAnswering : 1)), time, cancellation);

    [LoggerMessage(1011, LogLevel.Warning, "The model store could not be looked through, trying again: {Problem}", EventName = "StoreNotScrubbed")]
    private partial void LogNotLooked(string problem);
}
