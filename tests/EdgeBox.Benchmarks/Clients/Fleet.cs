using System.Diagnostics;

namespace EdgeBox.Benchmarks.Clients;

/// <summary>Client processes that run rounds together. They live through a section, so that each is warm after its first round.</summary>
internal sealed class Fleet : IDisposable
{
    private static readonly TimeSpan s_lead = TimeSpan.FromMilliseconds(50);

    private readonly List<ClientProcess> _clients = [];

    /// <summary>Runs plans side by side, one client process each, from the same moment.</summary>
    /// <returns>The answers of each plan.</returns>
    public async Task<List<Answer>[]> RunAsync(params Plan[] plans) => await RunAsync(plans, background: []);

    /// <summary>Runs plans; those in the background are cut short when the others have ended.</summary>
    /// <returns>The answers of each plan, those in the background last.</returns>
    public Task<List<Answer>[]> RunAsync(Plan[] plans, Plan[] background) =>
        RunAsync([.. plans, .. background], plans.Length, answers => Task.WhenAll(answers.Take(plans.Length)));

    /// <summary>Runs plans and cuts them short after a time.</summary>
    public Task<List<Answer>[]> RunForAsync(TimeSpan period, params Plan[] plans) => RunAsync(plans, 0, _ => Task.Delay(s_lead + period));

    /// <inheritdoc/>
    public void Dispose() => _clients.ForEach(client => client.Dispose());

    private async Task<List<Answer>[]> RunAsync(Plan[] plans, int uncut, Func<List<Task<List<Answer>>>, Task> end)
    {
        while (_clients.Count < plans.Length)
        {
            _clients.Add(new ClientProcess());
        }

        var clients = _clients.Take(plans.Length).ToList();
        await Task.WhenAll(clients.Select((client, i) => client.PrepareAsync(plans[i])));
        var begin = Stopwatch.GetTimestamp() + (long)(s_lead.TotalSeconds * Stopwatch.Frequency);
        await Task.WhenAll(clients.Select(client => client.GoAsync(begin)));
        var answers = clients.Select(client => client.AnswersAsync()).ToList();
        await end(answers);
        await Task.WhenAll(clients.Skip(uncut).Select(client => client.StopAsync()));
        return await Task.WhenAll(answers);
    }
}
