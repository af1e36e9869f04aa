using System.Collections.Frozen;
using EdgeBox.Daemon.Audit;
using EdgeBox.Daemon.Failures;
using EdgeBox.Daemon.Storage;
using EdgeBox.V1;
using Microsoft.Data.Sqlite;

namespace EdgeBox.Daemon.Access;

/// <summary>The owner of the list of certificates that the box issued; hands out an immutable snapshot that every handshake and call asks.</summary>
internal sealed class CertificateRegistry : IDisposable
{
    // Held over "write, then publish", so that an older list never replaces a newer one.
    private readonly SemaphoreSlim _changing = new(1, 1);
    private readonly Database _database;
    private readonly AuditLog _audit;
    private FrozenDictionary<string, IssuedCertificate> _bySerial = FrozenDictionary<string, IssuedCertificate>.Empty;

    public CertificateRegistry(Database database, AuditLog audit)
    {
        _database = database;
        _audit = audit;
        Publish(database.Read(Load));
    }

    /// <summary>Newest first.</summary>
    public IReadOnlyList<IssuedCertificate> All => [.. Volatile.Read(ref _bySerial).Values.OrderByDescending(c => c.Number)];

    /// <summary>The certificate with that serial number, lower-case hexadecimal; null if the box never issued it.</summary>
    public IssuedCertificate? Find(string serial) => Volatile.Read(ref _bySerial).GetValueOrDefault(serial);

    /// <summary>Keeps a certificate that was just made; after this it opens the door. Hand nothing out before.</summary>
    /// <param name="made">The certificate; its number is not looked at.</param>
    /// <param name="actor">Who asked.</param>
    /// <param name="cancellationToken">Gives up waiting for the database.</param>
    /// <exception cref="FailureException">CERTIFICATE_EXISTS: one of that name is in force.</exception>
    public Task<IssuedCertificate> AddAsync(IssuedCertificate made, string actor, CancellationToken cancellationToken) => ChangeAsync(
        connection =>
        {
            if (Load(connection).Any(c => c.Name == made.Name && c.InForceAt(made.Issued)))
            {
                throw new FailureException(
                    ErrorReason.CertificateExists,
                    $"A certificate for {made.Name} is in force; revoke it first, or choose another name.",
                    ("name", made.Name));
            }

            connection.Execute(
                """
                INSERT INTO certificates (serial, name, role, fingerprint, issued, expires)
                VALUES ($serial, $name, $role, $fingerprint, $issued, $expires)
                """,
                ("$serial", made.Serial),
                ("$name", made.Name),
                ("$role", (int)made.Role),
                ("$fingerprint", made.Fingerprint),
                ("$issued", StoredTime.Of(made.Issued)),
                ("$expires", made.Expires is { } expires ? StoredTime.Of(expires) : null));
            _audit.Append(connection, AuditEntry.Of(
                "access.issued",
                actor,
                $"certificates/{made.Name}",
                ("serial", made.Serial),
                ("role", RoleNames.NameOf(made.Role)),
                ("fingerprint", made.Fingerprint)));
            return made;
        },
        cancellationToken);

    /// <summary>Revokes a certificate; after this it opens no door.</summary>
    /// <param name="nameOrSerial">Its serial number, or the name of the one that is in force.</param>
    /// <param name="actor">Who asked.</param>
    /// <param name="now">The time to note.</param>
    /// <param name="cancellationToken">Gives up waiting for the database.</param>
    /// <returns>It, as it is now; one that was revoked before keeps its time.</returns>
    /// <exception cref="FailureException">CERTIFICATE_NOT_FOUND.</exception>
    public async Task<IssuedCertificate> RevokeAsync(string nameOrSerial, string actor, DateTimeOffset now, CancellationToken cancellationToken)
    {
        return await ChangeAsync(
            connection =>
            {
                var found = Choose(Load(connection), nameOrSerial);
                if (found.Revoked is null)
                {
                    connection.Execute("UPDATE certificates SET revoked = $now WHERE serial = $serial", ("$now", StoredTime.Of(now)), ("$serial", found.Serial));
                    _audit.Append(connection, AuditEntry.Of(
                        "access.revoked", actor, $"certificates/{found.Name}", ("serial", found.Serial), ("fingerprint", found.Fingerprint)));
                }

                return found with { Revoked = found.Revoked ?? now };
            },
            cancellationToken);
    }

    public void Dispose() => _changing.Dispose();

    private async Task<IssuedCertificate> ChangeAsync(Func<SqliteConnection, IssuedCertificate> change, CancellationToken cancellationToken)
    {
        await _changing.WaitAsync(cancellationToken);
        try
        {
            var (changed, all) = await _database.WriteAsync(connection => (change(connection), Load(connection)), cancellationToken);
            Publish(all);
            _audit.Remember();
            return changed;
        }
        finally
        {
            _changing.Release();
        }
    }

    private static IssuedCertificate Choose(IReadOnlyList<IssuedCertificate> all, string nameOrSerial)
    {
        var serial = nameOrSerial.ToLowerInvariant();
        return all.FirstOrDefault(c => c.Serial == serial)
            ?? all.Where(c => c.Name == nameOrSerial).OrderBy(c => c.Revoked is not null).ThenByDescending(c => c.Number).FirstOrDefault()
            ?? throw new FailureException(
                ErrorReason.CertificateNotFound, "The box issued no certificate of that name or serial number.", ("name", nameOrSerial.Length > 64 ? nameOrSerial[..64] : nameOrSerial));
    }

    private static List<IssuedCertificate> Load(SqliteConnection connection) => connection.Query(
        "SELECT number, serial, name, role, fingerprint, issued, expires, revoked FROM certificates",
        row => new IssuedCertificate(
            row.GetInt64(0),
            row.GetString(1),
            row.GetString(2),
            (Role)row.GetInt32(3),
            row.GetString(4),
            StoredTime.From(row.GetInt64(5)),
            row.GetTime(6),
            row.GetTime(7)));

    private void Publish(IEnumerable<IssuedCertificate> all) => Volatile.Write(ref _bySerial, all.ToFrozenDictionary(c => c.Serial));
}
