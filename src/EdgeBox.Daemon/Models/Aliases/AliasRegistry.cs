using EdgeBox.Daemon.Audit;
using EdgeBox.Daemon.Failures;
using EdgeBox.Daemon.Inference;
using EdgeBox.Daemon.Models.Store;
using EdgeBox.Daemon.Operations;
using EdgeBox.V1;
using Google.Protobuf.WellKnownTypes;

namespace EdgeBox.Daemon.Models.Aliases;

/// <summary>What others ask of the aliases: moves them, forgets them, lets them return from what has turned out to be bad.</summary>
internal sealed partial class AliasRegistry(
    AliasTable aliases, AliasMover mover, ModelLibrary library, OperationRegistry operations, ILogger<AliasRegistry> log) : IModelFallback
{
    private static readonly TimeSpan s_usualDrain = TimeSpan.FromMinutes(10);
    private static readonly TimeSpan s_longestDrain = TimeSpan.FromHours(1);

    /// <summary>Every alias, by name, then by identity.</summary>
    public IEnumerable<Alias> List() => aliases.List().Select(meaning => meaning.Describe());

    /// <summary>A model with the aliases that mean it.</summary>
    public Model Tell(Model model)
    {
        model.Aliases.AddRange(aliases.List().Where(meaning => meaning.Model.ToString() == model.Name).Select(meaning => meaning.Key.ToString()).Distinct());
        return model;
    }

    /// <summary>Begins to make an alias mean a model.</summary>
    /// <returns>The operation; its response is the alias.</returns>
    /// <exception cref="FailureException">INVALID_ARGUMENT, MODEL_NOT_FOUND, MODEL_QUARANTINED, MODEL_CORRUPT.</exception>
    public Task<Operation> SetAsync(SetAliasRequest request, string actor)
    {
        var key = AliasKey.Parse(request.Name, request.Identity);
        var model = OfTheStore(ModelName.Parse(request.Model, "model"));
        return BeginAsync("alias.set", new MoveWish(key, model, DrainOf(request.Drain), !request.SkipTest, actor, AuditEntry.Of(
            "alias.set", actor, key.ToString(), ("identity", key.Identity), ("model", model.ToString()), ("test", request.SkipTest ? "skipped" : "wanted"))));
    }

    /// <summary>Begins to make an alias mean what it meant before.</summary>
    /// <remarks>Without a test: it has served before, and whoever goes back is in a hurry.</remarks>
    /// <returns>The operation; its response is the alias.</returns>
    /// <exception cref="FailureException">INVALID_ARGUMENT, ALIAS_NOT_FOUND, NOTHING_TO_ROLL_BACK, MODEL_NOT_FOUND, MODEL_QUARANTINED.</exception>
    public Task<Operation> RollbackAsync(RollbackAliasRequest request, string actor)
    {
        var key = AliasKey.Parse(request.Name, request.Identity);
        var previous = aliases.Get(key).Previous ?? throw new FailureException(ErrorReason.NothingToRollBack,
            $"{key.Words} has meant nothing else before. `edgeboxctl model alias {key.Name} MODEL` makes it mean another model.", ("alias", key.ToString()));
        var model = OfTheStore(previous);
        return BeginAsync("alias.rollback", new MoveWish(key, model, DrainOf(request.Drain), Test: false, actor, AuditEntry.Of(
            "alias.rollback", actor, key.ToString(), ("identity", key.Identity), ("model", model.ToString()))));
    }

    /// <summary>Forgets an alias; the model that it meant stays as it is.</summary>
    /// <exception cref="FailureException">INVALID_ARGUMENT, ALIAS_NOT_FOUND.</exception>
    public Task DeleteAsync(DeleteAliasRequest request, string actor) => aliases.RemoveAsync(AliasKey.Parse(request.Name, request.Identity), actor);

    /// <inheritdoc />
    public async Task FallBackAsync(ModelName bad, FailureException why)
    {
        foreach (var meaning in aliases.List().Where(meaning => meaning.Model == bad))
        {
            try
            {
                if (meaning.Previous is { } previous && library.Find(previous) is { Quarantine: null } && await aliases.FallBackAsync(meaning.Key, bad, why) is not null)
                {
                    LogFellBack(log, meaning.Key.Words, bad.ToString(), previous.ToString(), why.Reason);
                    mover.Warm(previous);
                }
                else
                {
                    LogNowhereToGo(log, meaning.Key.Words, bad.ToString(), why.Reason);
                }
            }
            catch (FailureException failure)
            {
                LogNotWritten(log, meaning.Key.Words, failure.Message);
            }
        }
    }

    private static TimeSpan DrainOf(Duration? asked)
    {
        if (asked is null)
        {
            return s_usualDrain;
        }

        return asked.Seconds >= 0 && asked.Nanos is >= 0 and < 1_000_000_000 && (asked.Seconds < s_longestDrain.TotalSeconds || asked is { Seconds: 3600, Nanos: 0 })
            ? asked.ToTimeSpan()
            : throw Limit.Refuse("drain", "is no time that answers are waited for", "0 seconds to 1 hour");
    }

    private ModelName OfTheStore(ModelName asked) => library.Find(asked) switch
    {
        { Quarantine: { } bad } => throw bad,
        { } installed => installed.Name,
        null => throw new FailureException(ErrorReason.ModelNotFound,
            $"There is no {asked} in the store, and an alias means only what is: import it first. `edgeboxctl model list` shows what there is.", ("model", asked.ToString())),
    };

    private Task<Operation> BeginAsync(string kind, MoveWish wish) => operations.StartAsync(
        kind, wish.Key.ToString(), wish.Actor, async (progress, cancellation) => (await mover.MoveAsync(wish, progress, cancellation)).Describe());

    [LoggerMessage(1030, LogLevel.Warning, "{Alias} means {Previous} again, because {Bad} is bad: {Reason}", EventName = "AliasFellBack")]
    private static partial void LogFellBack(ILogger logger, string alias, string bad, string previous, ErrorReason reason);

    [LoggerMessage(1031, LogLevel.Warning, "{Alias} means {Bad}, which is bad ({Reason}), and there is no good model that it meant before", EventName = "AliasHasNoOther")]
    private static partial void LogNowhereToGo(ILogger logger, string alias, string bad, ErrorReason reason);

    [LoggerMessage(1032, LogLevel.Warning, "That {Alias} returns to the model before was not stored: {Problem}", EventName = "AliasNotStored")]
    private static partial void LogNotWritten(ILogger logger, string alias, string problem);
}
