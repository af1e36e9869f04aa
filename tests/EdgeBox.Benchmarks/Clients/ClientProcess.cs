using System.Diagnostics;
using System.Globalization;
using System.Text.Json;

namespace EdgeBox.Benchmarks.Clients;

/// <summary>A client process: this program, started once more.</summary>
internal sealed class ClientProcess : IDisposable
{
    private readonly Process _process = Process.Start(new ProcessStartInfo(Environment.ProcessPath!, Arguments())
    {
        RedirectStandardInput = true,
        RedirectStandardOutput = true,
    })!;

    /// <summary>Hands over a plan and waits until its connections are open.</summary>
    public async Task PrepareAsync(Plan plan)
    {
        await SendAsync(JsonSerializer.Serialize(plan, ClientJson.Default.Plan));
        if (await _process.StandardOutput.ReadLineAsync() != ClientProgram.Ready)
        {
            throw new InvalidOperationException("A client process ended before it was ready.");
        }
    }

    /// <summary>Begins the round at a time of the monotonic clock.</summary>
    public Task GoAsync(long at) => SendAsync(ClientProgram.Go + at.ToString(CultureInfo.InvariantCulture));

    /// <summary>Cuts the round short.</summary>
    public Task StopAsync() => SendAsync(ClientProgram.Stop);

    /// <summary>Waits for the end of the round.</summary>
    public async Task<List<Answer>> AnswersAsync()
    {
        var answers = new List<Answer>();
        while (await _process.StandardOutput.ReadLineAsync() is { } line)
        {
            if (line == ClientProgram.Done)
            {
                return answers;
            }

            answers.Add(JsonSerializer.Deserialize(line, ClientJson.Default.Answer)!);
        }

        throw new InvalidOperationException("A client process ended within a round.");
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _process.StandardInput.Close();
        if (!_process.WaitForExit(TimeSpan.FromSeconds(10)))
        {
            _process.Kill();
        }

        _process.Dispose();
    }

    /// <summary>The same program however it was started: by its own name, or by `dotnet` with the library's.</summary>
    private static string[] Arguments() => Path.GetFileNameWithoutExtension(Environment.ProcessPath) == "dotnet"
        ? [Path.Combine(AppContext.BaseDirectory, typeof(ClientProcess).Assembly.GetName().Name + ".dll"), ClientProgram.Verb]
        : [ClientProgram.Verb];

    private async Task SendAsync(string line)
    {
        await _process.StandardInput.WriteLineAsync(line);
        await _process.StandardInput.FlushAsync();
    }
}
