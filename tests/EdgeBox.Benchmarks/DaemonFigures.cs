using System.Diagnostics;
using System.Globalization;

namespace EdgeBox.Benchmarks;

/// <summary>What the daemon costs before anybody asks it anything.</summary>
internal static class DaemonFigures
{
    private const int Starts = 10;
    private static readonly TimeSpan s_settle = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan s_idle = TimeSpan.FromSeconds(60);

    /// <summary>From the start of the process to its first answer, with its state made and its files in memory.</summary>
    public static async IAsyncEnumerable<Figure> StartAsync(string directory)
    {
        await (await Box.StartAsync(directory)).DisposeAsync();
        var seconds = new List<double>();
        for (var i = 0; i < Starts; i++)
        {
            await using var box = await Box.StartAsync(directory);
            seconds.Add(box.ToFirstAnswer.TotalSeconds);
        }

        var sample = new Sample(seconds);
        yield return Figure.AtMost("start to serving, warm", 0.5, sample.Median, "s", $"no model; {sample.Spread("s")}");
    }

    /// <summary>Memory and processor time with no model and no client.</summary>
    public static async IAsyncEnumerable<Figure> IdleAsync(string directory)
    {
        await using var box = await Box.StartAsync(directory);
        await Task.Delay(s_settle);
        var before = ProcessorTime(box.Pid);
        var begin = Stopwatch.GetTimestamp();
        await Task.Delay(s_idle);
        var share = (ProcessorTime(box.Pid) - before) / Stopwatch.GetElapsedTime(begin);

        yield return Figure.AtMost("idle memory of edgeboxd", 90, ResidentBytes(box.Pid) / 1e6, "MB", "resident set after 70 s");
        yield return Figure.AtMost("idle CPU of edgeboxd", 0.1, share * 100, "%", "of one core, over 60 s");
    }

    /// <summary>A whole run of the command line, process and all.</summary>
    public static async IAsyncEnumerable<Figure> CommandLineAsync(string directory)
    {
        await using var box = await Box.StartAsync(directory);
        var milliseconds = new List<double>();
        for (var i = 0; i <= 20; i++)
        {
            var begin = Stopwatch.GetTimestamp();
            using var process = Process.Start(new ProcessStartInfo(Programs.Cli, ["--endpoint", "unix:" + Box.SocketIn(directory), "status"])
            {
                RedirectStandardOutput = true,
            })!;
            var said = await process.StandardOutput.ReadToEndAsync();
            await process.WaitForExitAsync();
            if (process.ExitCode != 0 || said.Length == 0)
            {
                throw new InvalidOperationException($"edgeboxctl status ended with {process.ExitCode}");
            }

            if (i > 0)
            {
                milliseconds.Add(Stopwatch.GetElapsedTime(begin).TotalMilliseconds);
            }
        }

        var sample = new Sample(milliseconds);
        yield return Figure.AtMost("edgeboxctl status, cold", 100, sample.Median, "ms", $"a new process each time; {sample.Spread("ms")}");
    }

    private static TimeSpan ProcessorTime(int pid)
    {
        using var process = Process.GetProcessById(pid);
        return process.TotalProcessorTime;
    }

    private static double ResidentBytes(int pid) => 1024 * double.Parse(
        File.ReadLines($"/proc/{pid}/status").First(line => line.StartsWith("VmRSS:", StringComparison.Ordinal)).Split([' ', '\t'], StringSplitOptions.RemoveEmptyEntries)[1],
        CultureInfo.InvariantCulture);
}
