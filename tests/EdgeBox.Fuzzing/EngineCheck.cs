using System.Diagnostics;
using System.Globalization;

namespace EdgeBox.Fuzzing;

/// <summary>Gives every file of a directory to the real engine in processes that may die, and counts what becomes of them.</summary>
internal sealed class EngineCheck(string pack, string directory, string ledger)
{
    private const int FilesOfOneProcess = 200;
    private static readonly TimeSpan s_patience = TimeSpan.FromMinutes(2);

    /// <summary>The child's side: one line to standard output before a file and one after it.</summary>
    public static int Child(string pack, IReadOnlyList<string> files)
    {
        Engine.Start(pack);
        foreach (var file in files)
        {
            Console.WriteLine("> " + file);
            Console.Out.Flush();
            Console.WriteLine("< " + Engine.Try(file));
            Console.Out.Flush();
        }

        return 0;
    }

    /// <summary>Checks the files that the ledger does not have yet; gives the number that ended a process.</summary>
    public int Run()
    {
        var known = File.Exists(ledger) ? File.ReadLines(ledger).Select(l => l.Split('\t')[1]).ToHashSet() : [];
        var waiting = new Queue<string>(Directory.EnumerateFiles(directory).Where(f => !known.Contains(Path.GetFileName(f))).Order());
        while (waiting.Count > 0)
        {
            var files = new List<string>();
            while (files.Count < FilesOfOneProcess && waiting.TryDequeue(out var file))
            {
                files.Add(file);
            }

            foreach (var left in RunSome(files))
            {
                waiting.Enqueue(left);
            }
        }

        var totals = File.Exists(ledger)
            ? File.ReadLines(ledger).GroupBy(l => l.Split('\t')[0]).ToDictionary(g => g.Key, g => g.Count())
            : [];
        Console.WriteLine(string.Join(", ", totals.OrderBy(t => t.Key).Select(t => $"{t.Key} {t.Value}")));
        return totals.GetValueOrDefault("DIED");
    }

    /// <summary>Runs one process over files and gives those that it did not come to.</summary>
    private List<string> RunSome(List<string> files)
    {
        var start = new ProcessStartInfo(Environment.ProcessPath!) { RedirectStandardOutput = true, RedirectStandardError = true };
        if (Path.GetFileNameWithoutExtension(Environment.ProcessPath) == "dotnet")
        {
            start.ArgumentList.Add(typeof(EngineCheck).Assembly.Location);
        }

        start.ArgumentList.Add("engine-child");
        start.ArgumentList.Add(pack);
        files.ForEach(start.ArgumentList.Add);
        using var process = Process.Start(start)!;
        var errors = process.StandardError.ReadToEndAsync();
        using var timer = new Timer(_ => process.Kill(), null, s_patience, Timeout.InfiniteTimeSpan);
        var (begun, done) = (0, 0);
        while (process.StandardOutput.ReadLine() is { } line)
        {
            if (line.StartsWith('>'))
            {
                begun++;
            }
            else if (line.StartsWith('<'))
            {
                Note(line[2..], files[done], "");
                done++;
            }
        }

        process.WaitForExit();
        if (done == files.Count)
        {
            return [];
        }

        if (begun == done)
        {
            throw new InvalidOperationException($"the engine did not start: {errors.Result}");
        }

        var last = errors.Result.Split('\n').FirstOrDefault(l => l.Contains("GGML_ASSERT", StringComparison.Ordinal)) ?? errors.Result.Split('\n')[0];
        Note("DIED", files[done], string.Create(CultureInfo.InvariantCulture, $"exit {process.ExitCode}: {last.Trim()}"));
        return files[(done + 1)..];
    }

    private void Note(string result, string file, string detail)
    {
        File.AppendAllText(ledger, $"{result}\t{Path.GetFileName(file)}\t{detail}\n");
        if (result == "DIED")
        {
            Console.WriteLine($"DIED {file} {detail}");
        }
    }
}
