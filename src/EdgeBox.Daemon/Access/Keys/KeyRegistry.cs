using System.Buffers.Binary;
using System.Collections.Frozen;
using System.Globalization;
using System.Security.Cryptography;
using EdgeBox.Daemon.Audit;
using EdgeBox.Daemon.Failures;
using EdgeBox.Daemon.Inference;
using EdgeBox.Daemon.Storage;
using Microsoft.Data.Sqlite;
using EdgeBox.V1;

namespace EdgeBox.Daemon.Access.Keys;

/// <summary>The owner of the list of API keys; hands out an immutable snapshot that every request asks.</summary>
internal sealed class KeyRegistry : IDisposable
{
    /// <summary>Keys in force at once.</summary>
    public const int MaxInForce = 1024;

    /// <summary>Revoked keys that are kept for people to see.</summary>
    private const int MaxRevoked = 1024;

    // Held over "write, then publish", so that an older list never replaces a newer one.
    private readonly SemaphoreSlim _changing = new(1, 1);
    private readonly Database _database;
    private readonly AuditLog _audit;
    private Snapshot _snapshot;

    public KeyRegistry(Database database, AuditLog audit)
    {
        _database = database;
        _audit = audit;
        _snapshot = new Snapshot(database.Read(KeyRows.Load));
    }

    /// <summary>Newest first.</summary>
    public IReadOnlyList<IssuedKey> All => Volatile.Read(ref _snapshot).All;

    /// <summary>The key of that text, in force or not; null if the box never issued it, or forgot it long after it was revoked.</summary>
    public IssuedKey? Find(string text) => Volatile.Read(ref _snapshot).Find(KeyText.HashOf(text));

    /// <summary>As it is now; null if it is forgotten.</summary>
    public IssuedKey? Find(long number) => Volatile.Read(ref _snapshot).All.FirstOrDefault(key => key.Number == number);

    /// <summary>The tier of an identity; null if it is no key's, or the key has none.</summary>
    public string? TierOf(string identity) => FindHolder(identity) is { Tier.Length: > 0 } key ? key.Tier : null;

    /// <summary>The weight of an identity in the line; null if it is no key's.</summary>
    public double? WeightOf(string identity) => FindHolder(identity)?.Weight;

    /// <summary>Keeps a key that was just made; after this it opens the door. Hand nothing out before.</summary>
    /// <param name="made">The key; its number is not looked at.</param>
    /// <param name="actor">Who asked.</param>
    /// <param name="cancellation">Gives up waiting for the database.</param>
    /// <exception cref="FailureException">KEY_EXISTS: one of that name is in force; INVALID_ARGUMENT: there are too many.</exception>
    public Task<IssuedKey> AddAsync(IssuedKey made, string actor, CancellationToken cancellation) => ChangeAsync(
        connection =>
        {
            var inForce = KeyRows.Load(connection).Where(key => key.InForceAt(made.Issued)).ToList();
            if (inForce.Any(key => key.Name == made.Name))
            {
                throw new FailureException(
                    ErrorReason.KeyExists, $"An API key for {made.Name} is in force; revoke it first, or choose another name.", ("name", made.Name));
            }

            if (inForce.Count >= MaxInForce)
            {
                throw Limit.Refuse("name", "would be one key too many", string.Create(CultureInfo.InvariantCulture, $"{MaxInForce} keys in force"));
            }

            var kept = made with { Number = KeyRows.Insert(connection, made) };
            KeyRows.ForgetRevoked(connection, MaxRevoked);
            _audit.Append(connection, AuditEntry.Of(
                "access.key_issued", actor, $"keys/{made.Name}", ("hint", made.Hint), ("role", RoleNames.NameOf(made.Role))));
            return kept;
        },
        cancellation);

    /// <summary>Revokes the key of that name that is in force; after this it opens no door.</summary>
    /// <returns>It, as it is now; one that was revoked before keeps its time.</returns>
    /// <exception cref="FailureException">KEY_NOT_FOUND.</exception>
    public Task<IssuedKey> RevokeAsync(string name, string actor, DateTimeOffset now, CancellationToken cancellation) => ChangeAsync(
        connection =>
        {
            var found = Newest(connection, name);
            if (found.Revoked is null)
            {
                KeyRows.Revoke(connection, found.Number, now);
                _audit.Append(connection, AuditEntry.Of("access.key_revoked", actor, $"keys/{found.Name}", ("hint", found.Hint)));
            }

            return found with { Revoked = found.Revoked ?? now };
        },
        cancellation);

    /// <summary>Changes the key of that name, from its next request on.</summary>
    /// <param name="name">Whose.</param>
    /// <param name="change">Makes of the key what it is to be; only what it may be used for is kept.</param>
    /// <param name="actor">Who asked.</param>
    /// <param name="what">What changes, for the record.</param>
    /// <param name="cancellation">Gives up waiting for the database.</param>
    /// <exception cref="FailureException">KEY_NOT_FOUND; KEY_REVOKED: it opens no door any more.</exception>
    public Task<IssuedKey> UpdateAsync(string name, Func<IssuedKey, IssuedKey> change, string actor, string what, CancellationToken cancellation) => ChangeAsync(
        connection =>
        {
            var found = Newest(connection, name);
            var changed = found.Revoked is null ? change(found) : throw new FailureException(ErrorReason.KeyRevoked, $"The API key of {found.Name} was revoked. Issue a new one.");
            KeyRows.Update(connection, changed);
            _audit.Append(connection, AuditEntry.Of("access.key_updated", actor, $"keys/{found.Name}", ("hint", found.Hint), ("what", what)));
            return changed;
        },
        cancellation);

    /// <summary>There is no such key.</summary>
    public static FailureException NotFound(string name) => new(
        ErrorReason.KeyNotFound, "The box issued no API key of that name.", ("name", name.Length > 64 ? name[..64] : name));

    public void Dispose() => _changing.Dispose();

    /// <summary>Of a name the key that was not revoked, else the newest.</summary>
    private static IssuedKey Newest(SqliteConnection connection, string name) =>
        KeyRows.Load(connection).Where(key => key.Name == name).OrderBy(key => key.Revoked is not null).ThenByDescending(key => key.Number).FirstOrDefault()
        ?? throw NotFound(name);

    private IssuedKey? FindHolder(string identity) => identity.StartsWith(IssuedKey.IdentityPrefix, StringComparison.Ordinal)
        ? Volatile.Read(ref _snapshot).Holders.GetValueOrDefault(identity)
        : null;

    private async Task<IssuedKey> ChangeAsync(Func<SqliteConnection, IssuedKey> change, CancellationToken cancellation)
    {
        await _changing.WaitAsync(cancellation);
        try
        {
            var (changed, all) = await _database.WriteAsync(connection => (change(connection), KeyRows.Load(connection)), cancellation);
            Volatile.Write(ref _snapshot, new Snapshot(all));
            _audit.Remember();
            return changed;
        }
        finally
        {
            _changing.Release();
        }
    }

    /// <summary>The keys at one moment.</summary>
    private sealed class Snapshot(IReadOnlyList<IssuedKey> all)
    {
        private readonly FrozenDictionary<ulong, IssuedKey> _byHash = all.ToFrozenDictionary(key => Head(key.Hash));

        /// <summary>Newest first.</summary>
        public IReadOnlyList<IssuedKey> All { get; } = all;

        /// <summary>Of each name the newest that was not revoked, by identity.</summary>
        public FrozenDictionary<string, IssuedKey> Holders { get; } =
            all.Where(key => key.Revoked is null).DistinctBy(key => key.Name).ToFrozenDictionary(key => key.Identity);

        /// <summary>Found by the head of the hash; then compared whole, in a time that tells nothing.</summary>
        public IssuedKey? Find(byte[] hash) =>
            _byHash.TryGetValue(Head(hash), out var key) && CryptographicOperations.FixedTimeEquals(key.Hash, hash) ? key : null;

        private static ulong Head(byte[] hash) => BinaryPrimitives.ReadUInt64LittleEndian(hash);
    }
}
