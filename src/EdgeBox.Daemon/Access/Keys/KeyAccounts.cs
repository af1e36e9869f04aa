using System.Collections.Concurrent;
using EdgeBox.Daemon.Failures;
using EdgeBox.Daemon.Storage;
using EdgeBox.Daemon.Time;
using EdgeBox.V1;

namespace EdgeBox.Daemon.Access.Keys;

/// <summary>The owner of what keys use: counts it, holds them to their quotas, and writes it down every few seconds and at the end.</summary>
internal sealed class KeyAccounts(Database database, KeyRegistry registry, TrustedClock clock, TimeProvider time) : BackgroundService
{
    /// <summary>How much of the count a power cut may cost.</summary>
    public static readonly TimeSpan WriteEvery = TimeSpan.FromSeconds(5);

    private readonly ConcurrentDictionary<string, KeyAccount> _accounts = new(StringComparer.Ordinal);

    /// <summary>Lets a request of a key in.</summary>
    /// <param name="key">Known and in force a moment ago.</param>
    /// <param name="abort">Ends the request; called when the key is revoked.</param>
    /// <exception cref="FailureException">QUOTA_EXCEEDED, or KEY_REVOKED: just now.</exception>
    public KeyUse Enter(IssuedKey key, Action abort)
    {
        var use = AccountOf(key.Name).Enter(key, clock.Now, abort);
        if (registry.Find(key.Number)?.InForceAt(clock.Now) == true)
        {
            return use;
        }

        // A revocation between the judgement and the line above did not see this request.
        use.Dispose();
        throw Revoked();
    }

    /// <summary>Charges what a request of a key took.</summary>
    public void Charge(IssuedKey key, Usage usage) => AccountOf(key.Name).Charge(usage, clock.Now);

    /// <summary>What is left to a key, and what time it is.</summary>
    public (KeyStanding Standing, DateTimeOffset Now) StandingOf(IssuedKey key) => (AccountOf(key.Name).StandingAt(key.Quota, clock.Now), clock.Now);

    /// <summary>Ends whatever a key has open.</summary>
    /// <returns>How much that was.</returns>
    public int End(IssuedKey key)
    {
        var open = AccountOf(key.Name).OpenBy(key.Number);
        foreach (var use in open)
        {
            use.Abort();
        }

        return open.Count;
    }

    /// <summary>What was used, the newest day first, then by name.</summary>
    /// <param name="name">Whose; empty: everybody's.</param>
    /// <param name="days">How many days, today included.</param>
    /// <param name="cancellation">Gives up waiting for the database.</param>
    public async Task<IReadOnlyList<KeyDay>> ListAsync(string name, int days, CancellationToken cancellation)
    {
        await WriteAsync(cancellation);
        var since = DateOnly.FromDateTime(clock.Now.UtcDateTime).AddDays(1 - days);
        return database.Read(connection => KeyDays.Load(connection, name, since));
    }

    /// <summary>The refusal of a revoked key.</summary>
    public static FailureException Revoked() => new(ErrorReason.KeyRevoked, "This API key was revoked. Ask an admin of the box for a new one.");

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(WriteEvery, time);
        try
        {
            while (await timer.WaitForNextTickAsync(stoppingToken))
            {
                await WriteOrKeepAsync(stoppingToken);
            }
        }
        catch (OperationCanceledException)
        {
            await WriteOrKeepAsync(CancellationToken.None);
        }
    }

    /// <summary>A disk that is full is told by the database itself; what could not be written is written later.</summary>
    private async Task WriteOrKeepAsync(CancellationToken cancellation)
    {
        try
        {
            await WriteAsync(cancellation);
        }
        catch (FailureException)
        {
            // The disk is full or failing.
        }
    }

    private async Task WriteAsync(CancellationToken cancellation)
    {
        var unwritten = _accounts.Values.Select(account => (Account: account, Day: account.Unwritten)).Where(row => row.Day is not null).ToList();
        if (unwritten.Count == 0)
        {
            return;
        }

        await database.WriteAsync(connection => KeyDays.Write(connection, unwritten.ConvertAll(row => row.Day!)), cancellation);
        unwritten.ForEach(row => row.Account.Written(row.Day!));
    }

    private KeyAccount AccountOf(string name) => _accounts.GetOrAdd(name, _ =>
    {
        var today = DateOnly.FromDateTime(clock.Now.UtcDateTime);
        var kept = database.Read(connection => KeyDays.Load(connection, name, today));
        return new KeyAccount(kept.FirstOrDefault() ?? new KeyDay(name, today), time);
    });
}
