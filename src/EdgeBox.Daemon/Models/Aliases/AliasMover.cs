using EdgeBox.Daemon.Failures;
using EdgeBox.Daemon.Operations;

namespace EdgeBox.Daemon.Models.Aliases;

/// <summary>Moves aliases one after the other, so that no two moves count on the same memory or the same old model.</summary>
internal sealed class AliasMover(
    IModelServing models, AliasTable aliases, SwapGates gates, IHostApplicationLifetime lifetime, IAcceptance? acceptance = null) : IDisposable
{
    private readonly SemaphoreSlim _turn = new(1, 1);

    /// <summary>Moves an alias when it is its turn, and takes the old model out of memory afterwards.</summary>
    /// <returns>What it means then.</returns>
    public async Task<AliasMeaning> MoveAsync(MoveWish wish, OperationProgressSink progress, CancellationToken cancellation)
    {
        progress.Plan(AliasMove.Stages);
        var move = new AliasMove(models, aliases, gates, acceptance, wish);
        AliasMeaning moved;
        await _turn.WaitAsync(cancellation);
        try
        {
            moved = await move.RunAsync(progress, cancellation, lifetime.ApplicationStopping);
        }
        finally
        {
            _turn.Release();
        }

        await move.RetireAsync(progress, cancellation);
        return moved;
    }

    /// <summary>Has a model in memory soon, before anybody asks for it.</summary>
    public void Warm(ModelName name) => _ = Task.Run(async () =>
    {
        try
        {
            await models.ServeAsync(name, null, ModelKeeper.Box, test: false, lifetime.ApplicationStopping);
        }
        catch (Exception exception) when (exception is FailureException or OperationCanceledException)
        {
            // The model says itself why it is not well; the next request for it tries again.
        }
    });

    public void Dispose() => _turn.Dispose();
}
