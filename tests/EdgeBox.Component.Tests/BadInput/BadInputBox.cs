using EdgeBox.V1;

namespace EdgeBox.Component.Tests.BadInput;

/// <summary>A box that serves a model, which must not notice what other clients send.</summary>
public sealed class BadInputBox(SharedModels models) : IAsyncLifetime
{
    /// <summary>The name of the model that must stay unharmed.</summary>
    internal const string Model = "bystander";

    private int _daemon;
    private int _worker;

    internal RunningBox Box { get; private set; } = null!;

    public async ValueTask InitializeAsync()
    {
        Box = await RunningBox.StartAsync();
        _worker = (await Box.LoadAsync(models.Random, Model)).Worker.Pid;
        _daemon = Box.Pid;
    }

    public ValueTask DisposeAsync() => Box?.DisposeAsync() ?? ValueTask.CompletedTask;

    /// <summary>Fails unless the daemon and the model's worker are the ones of the beginning, another client gets answers and the audit chain verifies.</summary>
    internal async Task AssertUnharmedAsync()
    {
        Assert.False(Box.HasExited, Box.Log);
        Assert.Equal(_daemon, Box.Pid);
        var model = await Box.GetModelAsync(Model);
        Assert.Equal((ModelState.Ready, _worker, 0u), (model.State, model.Worker.Pid, model.Worker.Restarts));
        Assert.True(await Box.Inference.TokenizeAsync(Model) > 0);
        Assert.NotNull(await Box.Inference.ChatAsync(Model, "hello", maxTokens: 2));
        await Box.AssertAuditIntactAsync();
        Assert.DoesNotContain("Defect during", Box.Log, StringComparison.Ordinal);
    }
}
