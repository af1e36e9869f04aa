using EdgeBox.Daemon.Failures;
using EdgeBox.V1;

namespace EdgeBox.Daemon.Models.Aliases;

/// <summary>Puts in order, before any model is loaded, what the end of the box cut short: those aliases mean what they meant.</summary>
internal sealed partial class AliasRecovery(AliasStore store, AliasTable aliases, ModelStore models, ILogger<AliasRecovery> log) : IHostedService
{
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        var moves = store.Moves();
        // A load that was cut short is not to be held against what an alias means, which has served before, nor against what nobody wants any more.
        foreach (var model in aliases.List().Select(meaning => meaning.Model).Concat(moves.Select(move => move.Model)).Distinct())
        {
            await models.RemovePendingAsync(model);
        }

        foreach (var move in moves)
        {
            await aliases.AbandonAsync(move.Key, new FailureException(ErrorReason.Interrupted, "The box stopped."));
            LogCutShort(log, move.Key.Words, move.Model.ToString());
        }
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    [LoggerMessage(1033, LogLevel.Warning, "The box stopped while {Alias} was being moved to {Model}; it means what it meant", EventName = "AliasMoveCutShort")]
    private static partial void LogCutShort(ILogger logger, string alias, string model);
}
