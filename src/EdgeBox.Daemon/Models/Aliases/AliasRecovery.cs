using EdgeBox.Daemon.Failures;
using EdgeBox.V1;

namespace EdgeBox.Daemon.Models.Aliases;

/// <summary>Puts in order, before any model is loaded, what the end of the box cut short: those aliases mean what they meant.</summary>
internal sealed partial class AliasRecovery(AliasStore store, AliasTable aliases, ModelStore models, ILogger<AliasRecovery> log) : IHostedService
{
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        foreach (var move in store.Moves())
        {
            // Neither load is to be held against its model: the new one is wanted by nobody any more, and the old one served before.
            await models.RemovePendingAsync(move.Model);
            if (move.InsteadOf is { } old)
            {
                await models.RemovePendingAsync(old);
            }

            await aliases.AbandonAsync(move.Key, new FailureException(ErrorReason.Interrupted, "The box stopped."));
            LogCutShort(log, move.Key.Words, move.Model.ToString());
        }
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    [LoggerMessage(1033, LogLevel.Warning, "The box stopped while {Alias} was being moved to {Model}; it means what it meant", EventName = "AliasMoveCutShort")]
    private static partial void LogCutShort(ILogger logger, string alias, string model);
}
