using System.Diagnostics;
using System.Globalization;
using EdgeBox.Benchmarks.Clients;
using EdgeBox.Testing;

namespace EdgeBox.Benchmarks;

/// <summary>A llama-server to compare with, started for a measurement. PEER names the program; PEER_ARGS may give it further arguments.</summary>
internal sealed class Peer : IDisposable
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(60);

    private readonly Process _process;

    private Peer(Process process, int port)
    {
        _process = process;
        Target = new Target { Address = string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{port}") };
    }

    /// <summary>Path of the program; null if none was named.</summary>
    public static string? Program { get; } = Environment.GetEnvironmentVariable("PEER") is { Length: > 0 } path ? path : null;

    public Target Target { get; }

    /// <summary>Starts it with as many slots, as much context a slot and as many threads as a box has.</summary>
    public static async Task<Peer> StartAsync(string file, int context, int slots, int threads)
    {
        string Number(int value) => value.ToString(CultureInfo.InvariantCulture);
        var port = FreePorts.Next();
        var start = new ProcessStartInfo(Program!,
            ["--model", file, "--host", "127.0.0.1", "--port", Number(port), "--threads", Number(threads), "--threads-batch", Number(threads),
                "--parallel", Number(slots), "--ctx-size", Number(slots * context), "--cache-ram", "0", "--no-ui", "--log-disable",
                .. (Environment.GetEnvironmentVariable("PEER_ARGS") ?? "").Split(' ', StringSplitOptions.RemoveEmptyEntries)])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        var process = Process.Start(start)!;
        process.OutputDataReceived += (_, _) => { };
        process.ErrorDataReceived += (_, _) => { };
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        var peer = new Peer(process, port);
        using var http = new HttpClient { BaseAddress = new Uri(peer.Target.Address) };
        var begin = Stopwatch.GetTimestamp();
        while (!await AnswersAsync(http))
        {
            if (process.HasExited || Stopwatch.GetElapsedTime(begin) > s_patience)
            {
                peer.Dispose();
                throw new InvalidOperationException($"{Program} does not answer.");
            }

            await Task.Delay(TimeSpan.FromMilliseconds(20));
        }

        return peer;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (!_process.HasExited)
        {
            _process.Kill();
            _process.WaitForExit();
        }

        _process.Dispose();
    }

    private static async Task<bool> AnswersAsync(HttpClient http)
    {
        try
        {
            using var response = await http.GetAsync(new Uri("/health", UriKind.Relative));
            return response.IsSuccessStatusCode;
        }
        catch (HttpRequestException)
        {
            return false;
        }
    }
}
