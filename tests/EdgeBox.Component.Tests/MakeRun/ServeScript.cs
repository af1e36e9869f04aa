using EdgeBox.Testing;

namespace EdgeBox.Component.Tests.MakeRun;

/// <summary>scripts/run.sh, as <c>make run</c> starts it: in the foreground, as the leader of its process group.</summary>
internal sealed class ServeScript : IDisposable
{
    private const int Interrupt = 2;
    private readonly Process _process;
    private readonly StringBuilder _output = new();
    private readonly StringBuilder _error = new();
    private readonly TaskCompletionSource _serves = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly long _began = Stopwatch.GetTimestamp();

    private ServeScript(ProcessStartInfo start, int port)
    {
        Port = port;
        _process = Process.Start(start)!;
        _process.OutputDataReceived += (_, line) => Keep(_output, line.Data);
        _process.ErrorDataReceived += (_, line) => Keep(_error, line.Data);
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
    }

    public int Port { get; }

    /// <summary>The group's id, which is its leader's.</summary>
    public int Group => _process.Id;

    /// <summary>How long it took to the first line of the answer.</summary>
    public TimeSpan Answered { get; private set; }

    public string Output => Read(_output);

    public string Error => Read(_error);

    /// <summary>Starts it.</summary>
    /// <param name="directory">Where it keeps its state.</param>
    /// <param name="model">MODEL=; null for the demonstration.</param>
    public static ServeScript Start(string directory, string? model = null)
    {
        var (port, http) = (FreePorts.Next(), FreePorts.Next());
        // A test run in the background of a shell ignores Ctrl-C; whoever types `make run` does not.
        var start = new ProcessStartInfo("env", ["--default-signal=INT", "setsid", "bash", Path.Combine(Product.Root, "scripts/run.sh")])
        {
            RedirectStandardOutput = true, RedirectStandardError = true, RedirectStandardInput = true, UseShellExecute = false,
        };
        start.Environment["EDGEBOX_RUN_DIR"] = directory;
        start.Environment["PORT"] = $"{port}";
        start.Environment["HTTP_PORT"] = $"{http}";
        start.Environment["MODEL"] = model ?? "";
        return new ServeScript(start, port);
    }

    /// <summary>Returns when it has said everything that it says before it waits for Ctrl-C.</summary>
    public async Task ServesAsync()
    {
        var ended = _process.WaitForExitAsync();
        await Task.WhenAny(_serves.Task, ended).WaitAsync(TimeSpan.FromSeconds(60));
        Assert.True(_serves.Task.IsCompleted, $"{Output}\n{Error}");
    }

    /// <summary>Types Ctrl-C.</summary>
    public void InterruptAll() => Product.Signal(-Group, Interrupt);

    /// <summary>Waits for its end.</summary>
    /// <returns>Its exit code.</returns>
    public async Task<int> EndAsync()
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        await _process.WaitForExitAsync(patience.Token);
        return _process.ExitCode;
    }

    /// <summary>What is left of its process group.</summary>
    public IReadOnlyList<string> Left() =>
    [
        .. Directory.EnumerateDirectories("/proc").Where(path => int.TryParse(Path.GetFileName(path), out _)).Select(StatOf)
            .Where(fields => fields.Length > 4 && fields[2] == $"{Group}").Select(fields => string.Join(' ', fields[..3])),
    ];

    public void Dispose()
    {
        if (!_process.HasExited)
        {
            Product.Signal(-Group, 15);
        }

        _process.Dispose();
    }

    private static string[] StatOf(string path)
    {
        try
        {
            var line = File.ReadAllText(Path.Combine(path, "stat"));
            return line[(line.LastIndexOf(')') + 2)..].Split(' ');
        }
        catch (IOException)
        {
            return [];
        }
    }

    private static string Read(StringBuilder text)
    {
        lock (text)
        {
            return text.ToString();
        }
    }

    private void Keep(StringBuilder text, string? line)
    {
        if (line is null)
        {
            return;
        }

        lock (text)
        {
            text.Append(line).Append('\n');
        }

        if (line.StartsWith("Model: ", StringComparison.Ordinal) && !line.StartsWith("Model: edgebox-demo", StringComparison.Ordinal))
        {
            Answered = Stopwatch.GetElapsedTime(_began);
        }
        else if (line.StartsWith("Ctrl-C stops it", StringComparison.Ordinal))
        {
            _serves.TrySetResult();
        }
    }
}
