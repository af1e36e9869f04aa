using EdgeBox.Daemon.Access;
using Microsoft.Extensions.Options;

namespace EdgeBox.Daemon.Hosting;

/// <summary>
/// The order of the stop: new calls are refused at once, calls in progress may go on until the drain time is over and are then cut
/// off; after the server the features stop in the reverse of the order in which they were composed.
/// </summary>
internal sealed partial class Shutdown(
    IHostApplicationLifetime lifetime,
    ConnectionRegistry connections,
    ApplianceHealth health,
    TimeProvider time,
    IOptions<HostingOptions> options,
    IOptions<HostOptions> host,
    ILogger<Shutdown> logger) : IHostedLifecycleService, IDisposable
{
    private static readonly TimeSpan s_timeToFlush = TimeSpan.FromSeconds(20);

    private ITimer? _deadline;

    public Task StartingAsync(CancellationToken cancellationToken)
    {
        host.Value.ShutdownTimeout = options.Value.DrainTimeout + s_timeToFlush;
        return Task.CompletedTask;
    }

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartedAsync(CancellationToken cancellationToken)
    {
        health.Started();
        lifetime.ApplicationStopping.Register(Begin);
        return Task.CompletedTask;
    }

    public Task StoppingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public void Dispose() => _deadline?.Dispose();

    private void Begin()
    {
        health.Stopping();
        LogDraining(connections.Count, options.Value.DrainTimeout);
        _deadline = time.CreateTimer(_ => CutOff(), null, options.Value.DrainTimeout, Timeout.InfiniteTimeSpan);
    }

    private void CutOff()
    {
        var cut = connections.EndAll();
        if (cut > 0)
        {
            LogCutOff(cut);
        }
    }

    [LoggerMessage(110, LogLevel.Information, "Stopping; {Connections} connections may go on for {Drain}")]
    private partial void LogDraining(int connections, TimeSpan drain);

    [LoggerMessage(111, LogLevel.Warning, "Cut off {Connections} connections that were not done in time")]
    private partial void LogCutOff(int connections);
}
