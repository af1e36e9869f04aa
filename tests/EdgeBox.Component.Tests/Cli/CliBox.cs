using EdgeBox.V1;

namespace EdgeBox.Component.Tests.Cli;

/// <summary>A box with a model that speaks lines by heart and one that does not stop.</summary>
public sealed class CliBox(SharedModels models) : IAsyncLifetime
{
    /// <summary>The model whose answers are known.</summary>
    internal const string Scripted = "scripted";

    /// <summary>The model whose answers do not end.</summary>
    internal const string Endless = "endless";

    internal RunningBox Box { get; private set; } = null!;

    /// <summary>A directory with a client's credentials, as `access issue --out` wrote it.</summary>
    internal string Credentials { get; private set; } = null!;

    public async ValueTask InitializeAsync()
    {
        Box = await RunningBox.StartAsync();
        await Box.LoadAsync(models.Scripted, Scripted);
        // Guessed ahead, thousands of its tokens take a tenth of a second.
        await Box.LoadAsync(models.Endless, Endless, slots: 1, context: 131072);
        Credentials = Path.Combine(Box.Directory, "credentials");
        var issued = await Ctl.RunAsync(Box, "access", "issue", "alice", "--role", "client", "--out", Credentials);
        Assert.True(issued.ExitCode == 0, issued.ToString());
    }

    public ValueTask DisposeAsync() => Box?.DisposeAsync() ?? ValueTask.CompletedTask;

    /// <summary>Waits until a model works on as many requests as that.</summary>
    internal Task<TimeSpan> ActiveAsync(string model, uint requests) =>
        Eventually.TrueAsync($"{model} works on {requests}", async () => (await Box.GetModelAsync(model)).ActiveRequests == requests, TimeSpan.FromSeconds(10));

    /// <summary>The daemon's state of a model.</summary>
    internal async Task<ModelState> StateAsync(string model) => (await Box.GetModelAsync(model)).State;
}
