namespace EdgeBox.Daemon.Gateway;

/// <summary>Keeps a stream from looking dead while a long prompt is read: clients and proxies give up on those that are silent.</summary>
internal sealed class Heartbeat : IAsyncDisposable
{
    /// <summary>A stream is silent for this long at least before it is told that it lives, and for twice this at most.</summary>
    public static readonly TimeSpan Silence = TimeSpan.FromSeconds(10);

    private readonly PeriodicTimer _timer;
    private readonly Task _beating;

    /// <summary>Begins; ends when disposed of, before the stream does.</summary>
    public Heartbeat(SseWriter events, TimeProvider time)
    {
        _timer = new PeriodicTimer(Silence, time);
        _beating = BeatAsync(events);
    }

    public async ValueTask DisposeAsync()
    {
        _timer.Dispose();
        await _beating;
    }

    private async Task BeatAsync(SseWriter events)
    {
        try
        {
            while (await _timer.WaitForNextTickAsync())
            {
                await events.BeatAsync();
            }
        }
        catch (OperationCanceledException)
        {
            // The client is gone.
        }
    }
}
