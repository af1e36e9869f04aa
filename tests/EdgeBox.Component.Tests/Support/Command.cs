namespace EdgeBox.Component.Tests.Support;

/// <summary>What a program that has ended left behind.</summary>
internal sealed record Ran(int ExitCode, string Output, string Error)
{
    public override string ToString() => $"exit code {ExitCode}\n--- output\n{Output}\n--- error\n{Error}";
}

/// <summary>Runs other programs to their end.</summary>
internal static class Command
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(60);

    /// <summary>Runs a program; kills it and fails if it takes longer than a minute, or than is said.</summary>
    /// <param name="command">The program and its arguments.</param>
    /// <param name="input">What it reads from standard input, which then ends.</param>
    /// <param name="environment">Variables to set.</param>
    /// <param name="directory">Where it runs; null: here.</param>
    /// <param name="limit">How long it may take; null: a minute.</param>
    public static async Task<Ran> RunAsync(
        IReadOnlyList<string> command, string input = "", IReadOnlyDictionary<string, string>? environment = null, string? directory = null, TimeSpan? limit = null)
    {
        var start = new ProcessStartInfo(command[0], command.Skip(1))
        {
            RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true, UseShellExecute = false,
            StandardInputEncoding = new UTF8Encoding(false), WorkingDirectory = directory ?? "",
        };
        foreach (var (name, value) in environment ?? new Dictionary<string, string>())
        {
            start.Environment[name] = value;
        }

        using var process = Process.Start(start)!;
        using var patience = new CancellationTokenSource(limit ?? s_patience);
        var output = process.StandardOutput.ReadToEndAsync(patience.Token);
        var error = process.StandardError.ReadToEndAsync(patience.Token);
        try
        {
            await FeedAsync(process, input);
            await process.WaitForExitAsync(patience.Token);
            return new Ran(process.ExitCode, await output, await error);
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            throw new TimeoutException($"{string.Join(' ', command)} took longer than {(limit ?? s_patience).TotalSeconds} seconds.");
        }
    }

    /// <summary>Whether a program can be found.</summary>
    public static bool Exists(string name) =>
        Path.IsPathRooted(name) ? File.Exists(name) : (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':').Any(folder => File.Exists(Path.Combine(folder, name)));

    private static async Task FeedAsync(Process process, string input)
    {
        try
        {
            await process.StandardInput.WriteAsync(input);
            process.StandardInput.Close();
        }
        catch (IOException)
        {
            // It ended without reading all of it; its exit code says why.
        }
    }
}
