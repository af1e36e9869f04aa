using System.Diagnostics;

namespace EdgeBox.Benchmarks.Gpu;

/// <summary>Measurements that must be over by a time, whatever becomes of one of them.</summary>
/// <param name="all">How long all may take together.</param>
internal sealed class Steps(TimeSpan all)
{
    private static readonly TimeSpan s_longest = TimeSpan.FromSeconds(60);

    private readonly long _begin = Stopwatch.GetTimestamp();

    /// <summary>Runs one; what failed, took too long or was not begun is a figure that says so.</summary>
    public async Task<IReadOnlyList<Figure>> RunAsync(string name, Func<Task<IReadOnlyList<Figure>>> step)
    {
        var left = all - Stopwatch.GetElapsedTime(_begin);
        if (left <= TimeSpan.Zero)
        {
            return [Figure.Missing(name, "there was no time left")];
        }

        try
        {
            return await Task.Run(step).WaitAsync(left < s_longest ? left : s_longest);
        }
        catch (Exception problem)
        {
            // The next step may succeed all the same, and a GPU is not at hand every day.
            return [Figure.Missing(name, $"{problem.GetType().Name}: {problem.Message.ReplaceLineEndings(" ").Replace('|', '/')}")];
        }
    }

    /// <summary>The same for a step of one figure.</summary>
    public Task<IReadOnlyList<Figure>> RunAsync(string name, Func<Task<Figure>> step) => RunAsync(name, async () => (IReadOnlyList<Figure>)[await step()]);
}
