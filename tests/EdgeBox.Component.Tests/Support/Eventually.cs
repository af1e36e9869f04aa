namespace EdgeBox.Component.Tests.Support;

/// <summary>Asks again until the answer is the one that was waited for, or the time is up.</summary>
internal static class Eventually
{
    private static readonly TimeSpan s_interval = TimeSpan.FromMilliseconds(20);

    /// <summary>Asks until there is an answer.</summary>
    /// <returns>The answer and how long it took.</returns>
    /// <exception cref="TimeoutException">There was none in time.</exception>
    public static async Task<(T Answer, TimeSpan Took)> GetAsync<T>(string what, Func<Task<T?>> ask, TimeSpan? patience = null)
        where T : class
    {
        var began = Stopwatch.GetTimestamp();
        using var timer = new PeriodicTimer(s_interval);
        do
        {
            if (await ask() is { } answer)
            {
                return (answer, Stopwatch.GetElapsedTime(began));
            }

            await timer.WaitForNextTickAsync();
        }
        while (Stopwatch.GetElapsedTime(began) < (patience ?? TimeSpan.FromSeconds(20)));

        throw new TimeoutException($"Not in time: {what}");
    }

    /// <summary>Asks until it is so.</summary>
    /// <returns>How long it took.</returns>
    public static async Task<TimeSpan> TrueAsync(string what, Func<Task<bool>> ask, TimeSpan? patience = null) =>
        (await GetAsync(what, async () => await ask() ? what : null, patience)).Took;
}
