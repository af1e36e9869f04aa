using System.Collections.Immutable;
using EdgeBox.Daemon.Access.Keys;
using EdgeBox.Daemon.Audit;
using EdgeBox.Daemon.Failures;
using EdgeBox.Daemon.Inference;
using EdgeBox.Daemon.Time;
using EdgeBox.V1;

namespace EdgeBox.Daemon.Models.Aliases;

/// <summary>The owner of what aliases mean: on the disk first, then for requests.</summary>
internal sealed class AliasTable(AliasStore store, ModelTable models, TrustedClock clock, KeyRegistry? keys = null) : IDisposable
{
    /// <summary>How many aliases there may be, one for each identity counted apart.</summary>
    public const int MaxAliases = 256;

    private readonly SemaphoreSlim _writing = new(1, 1);
    private ImmutableSortedDictionary<AliasKey, AliasMeaning> _meanings = Sorted(store.List());

    /// <summary>Every alias, by name, then by identity.</summary>
    public IEnumerable<AliasMeaning> List() => Volatile.Read(ref _meanings).Values;

    /// <summary>What an alias means for exactly this identity; null if nothing was settled for it.</summary>
    public AliasMeaning? Find(AliasKey key) => Volatile.Read(ref _meanings).GetValueOrDefault(key);

    /// <summary>What was settled about an alias.</summary>
    /// <exception cref="FailureException">ALIAS_NOT_FOUND.</exception>
    public AliasMeaning Get(AliasKey key) => Find(key) ?? throw NotFound(key.Words);

    /// <summary>Whether an alias means a model.</summary>
    public bool Means(ModelName model) => List().Any(meaning => meaning.Model == model);

    /// <summary>The model that somebody asks for.</summary>
    /// <param name="asked">
    /// What stands where a model goes. An alias wins over a model of the same name: an operator set it on purpose, while a model may be
    /// called so by whoever made its file. "models/NAME" and NAME@VERSION are always the model, "aliases/NAME" is always the alias.
    /// </param>
    /// <param name="identity">
    /// Who asks: what was settled for exactly this identity holds before what was settled for its tier, and that before what was settled for
    /// everybody.
    /// </param>
    /// <param name="unsaid">The aliases that are meant if nothing stands there, the first that there is.</param>
    /// <returns>A model's name, or what was asked for if that is no alias; empty if nothing was, and no such alias is there.</returns>
    /// <exception cref="FailureException">ALIAS_NOT_FOUND.</exception>
    public string Resolve(string asked, string identity, params ReadOnlySpan<string> unsaid)
    {
        if (asked.Length > 0)
        {
            return asked.StartsWith(AliasKey.Prefix, StringComparison.Ordinal)
                ? MeaningOf(asked[AliasKey.Prefix.Length..], identity) ?? throw NotFound(asked)
                : MeaningOf(asked, identity) ?? asked;
        }

        foreach (var name in unsaid)
        {
            if (MeaningOf(name, identity) is { } model)
            {
                return model;
            }
        }

        return "";
    }

    /// <summary>Notes that an alias is about to be moved.</summary>
    /// <exception cref="FailureException">INVALID_ARGUMENT: it would be one too many.</exception>
    public async Task BeginAsync(AliasStore.Move move, AuditEntry entry)
    {
        CheckRoomFor(move.Key);
        await store.BeginAsync(move, entry);
    }

    /// <summary>Notes that a move has come to nothing; the alias means what it meant.</summary>
    public Task AbandonAsync(AliasKey key, FailureException why) => store.AbandonAsync(key, AuditEntry.Of(
        "alias.not_moved", "box", key.ToString(), ("identity", key.Identity), ("why", FailureTable.NameOf(why.Reason))));

    /// <summary>Moves an alias: from when this returns, requests go to the new model.</summary>
    public Task<AliasMeaning> MoveAsync(AliasKey key, ModelName model, string actor) => ChangeAsync(key, now =>
    {
        CheckRoomFor(key);
        var previous = now is null || now.Model == model ? now?.Previous : now.Model;
        return ("alias.moved", New(key, model, previous, actor, null));
    })!;

    /// <summary>Lets an alias return from a bad model to the one before, unless it means another one by now.</summary>
    /// <returns>What it means then; null if it means another one.</returns>
    public Task<AliasMeaning?> FallBackAsync(AliasKey key, ModelName bad, FailureException why) => ChangeAsync(key, now =>
        now is { Previous: { } previous } && now.Model == bad ? ("alias.fell_back", New(key, previous, null, ModelKeeper.Box, why)) : null);

    /// <summary>Forgets an alias.</summary>
    /// <exception cref="FailureException">ALIAS_NOT_FOUND.</exception>
    public async Task RemoveAsync(AliasKey key, string actor)
    {
        await _writing.WaitAsync();
        try
        {
            var gone = Get(key);
            Take(await store.RemoveAsync(key, Entry("alias.deleted", actor, gone)), gone.Model);
        }
        finally
        {
            _writing.Release();
        }
    }

    public void Dispose() => _writing.Dispose();

    private static FailureException NotFound(string alias) => new(ErrorReason.AliasNotFound,
        $"There is no alias {Checks.Words.Cut(alias)}. `edgeboxctl model alias` shows what there is.", ("alias", Checks.Words.Cut(alias)));

    private static ImmutableSortedDictionary<AliasKey, AliasMeaning> Sorted(IEnumerable<AliasMeaning> meanings) => meanings.ToImmutableSortedDictionary(
        meaning => meaning.Key, meaning => meaning,
        Comparer<AliasKey>.Create((a, b) => string.CompareOrdinal(a.Name, b.Name) is not 0 and var order ? order : string.CompareOrdinal(a.Identity, b.Identity)));

    private static AuditEntry Entry(string @event, string actor, AliasMeaning meaning) => AuditEntry.Of(
        @event, actor, meaning.Key.ToString(),
        ("identity", meaning.Key.Identity), ("model", meaning.Model.ToString()), ("previous", meaning.Previous?.ToString() ?? ""),
        ("why", meaning.Problem is null ? "" : FailureTable.NameOf(meaning.Problem.Reason)));

    private string? MeaningOf(string name, string identity) =>
        (Find(new AliasKey(name, identity))
            ?? (keys?.TierOf(identity) is { } tier ? Find(new AliasKey(name, IssuedKey.TierPrefix + tier)) : null)
            ?? Find(new AliasKey(name, "")))?.Model.ToString();

    private void CheckRoomFor(AliasKey key)
    {
        if (Find(key) is null && Volatile.Read(ref _meanings).Count >= MaxAliases)
        {
            throw Limit.Refuse("name", "is one too many", string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{MaxAliases} aliases"));
        }
    }

    private AliasMeaning New(AliasKey key, ModelName model, ModelName? previous, string actor, FailureException? problem) =>
        new() { Key = key, Model = model, Previous = previous, Moved = clock.Now, Actor = actor, Problem = problem };

    /// <summary>One change at a time, so that what requests see is never older than what they saw before.</summary>
    private async Task<AliasMeaning?> ChangeAsync(AliasKey key, Func<AliasMeaning?, (string Event, AliasMeaning Meaning)?> change)
    {
        await _writing.WaitAsync();
        try
        {
            var before = Find(key);
            if (change(before) is not var (@event, after))
            {
                return null;
            }

            Take(await store.PutAsync(after, Entry(@event, after.Actor, after)), after.Model, before?.Model);
            return after;
        }
        finally
        {
            _writing.Release();
        }
    }

    private void Take(IReadOnlyList<AliasMeaning> meanings, params ReadOnlySpan<ModelName?> touched)
    {
        Volatile.Write(ref _meanings, Sorted(meanings));
        foreach (var model in touched)
        {
            _ = model is { } name ? models.Refresh(name) : null; // So that those who watch it hear of it.
        }
    }
}
