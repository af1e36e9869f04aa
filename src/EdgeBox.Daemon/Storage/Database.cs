using EdgeBox.Daemon.Failures;
using EdgeBox.V1;
using Microsoft.Data.Sqlite;

namespace EdgeBox.Daemon.Storage;

/// <summary>
/// The box's one database. Writes go one after another through one connection, each in its own transaction that is on the disk
/// when the call returns; every read has a connection of its own and never waits for a writer.
/// </summary>
internal sealed class Database : IDisposable
{
    private const int Full = 13;
    private const int Constraint = 19;

    private readonly SemaphoreSlim _writing = new(1, 1);
    private readonly string _path;
    private readonly string _connectionString;
    private SqliteConnection? _writer;
    private volatile string? _problem;

    /// <summary>Opens the database of <paramref name="state"/>, checks it and brings its schema up to date.</summary>
    /// <exception cref="FailureException">STORAGE_FULL or STORAGE_FAILED: what is wrong with the file.</exception>
    public Database(StateDirectory state)
    {
        _path = state.DatabaseFile;
        _connectionString = new SqliteConnectionStringBuilder
        {
            DataSource = _path,
            Pooling = false,
            Mode = SqliteOpenMode.ReadWriteCreate,
            DefaultTimeout = 10,
        }.ToString();
        StateDirectory.PreparePrivateFile(_path);
        Guard(() =>
        {
            _writer = Open();
            Schema.Check(_writer, _path);
            Schema.Migrate(_writer, _path, MigrationList.All);
            return true;
        }, ownsWriter: true);
    }

    /// <summary>Why the last write was refused, in words; null if it was not.</summary>
    public string? Problem => _problem;

    /// <summary>Runs <paramref name="work"/> in a transaction: all of it is on the disk afterwards, or none.</summary>
    /// <exception cref="FailureException">STORAGE_FULL or STORAGE_FAILED; nothing was changed.</exception>
    public async Task<T> WriteAsync<T>(Func<SqliteConnection, T> work, CancellationToken cancellationToken = default)
    {
        await _writing.WaitAsync(cancellationToken);
        try
        {
            return WriteHoldingTheLock(work);
        }
        finally
        {
            _writing.Release();
        }
    }

    /// <summary>As <see cref="WriteAsync{T}"/>, for constructors.</summary>
    public T Write<T>(Func<SqliteConnection, T> work)
    {
        _writing.Wait();
        try
        {
            return WriteHoldingTheLock(work);
        }
        finally
        {
            _writing.Release();
        }
    }

    /// <summary>Runs <paramref name="work"/> on a connection that cannot write; it sees one state of the database throughout.</summary>
    /// <exception cref="FailureException">STORAGE_FAILED.</exception>
    public T Read<T>(Func<SqliteConnection, T> work) => Guard(() =>
    {
        using var connection = Open();
        connection.Execute("PRAGMA query_only = ON");
        using var transaction = connection.BeginTransaction(deferred: true);
        return work(connection);
    });

    /// <summary>Goes through the writer and back without writing: returns when writes are possible.</summary>
    public Task ProbeAsync(CancellationToken cancellationToken) => WriteAsync(_ => true, cancellationToken);

    public void Dispose()
    {
        _writer?.Dispose();
        _writing.Dispose();
    }

    private T WriteHoldingTheLock<T>(Func<SqliteConnection, T> work) => Guard(() =>
    {
        _writer ??= Open();
        using var transaction = _writer.BeginTransaction();
        var result = work(_writer);
        transaction.Commit();
        _problem = null;
        return result;
    }, ownsWriter: true);

    private SqliteConnection Open()
    {
        var connection = new SqliteConnection(_connectionString);
        try
        {
            connection.Open();
            connection.Execute("""
                PRAGMA busy_timeout = 10000;
                PRAGMA journal_mode = WAL;
                PRAGMA synchronous = FULL;
                PRAGMA foreign_keys = ON;
                PRAGMA trusted_schema = OFF;
                PRAGMA journal_size_limit = 4194304;
                """);
            return connection;
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }

    private T Guard<T>(Func<T> work, bool ownsWriter = false)
    {
        try
        {
            return work();
        }
        catch (SqliteException exception) when (exception.SqliteErrorCode != Constraint)
        {
            if (exception.SqliteErrorCode == Full)
            {
                var full = new FailureException(
                    ErrorReason.StorageFull, $"The disk under {_path} is full; nothing was changed. Make room and try again.", ("path", _path));
                _problem = full.Message;
                throw full;
            }

            // After an I/O error the connection may hold pages that never reached the disk: start afresh.
            if (ownsWriter)
            {
                _writer?.Dispose();
                _writer = null;
            }

            var failed = new FailureException(
                ErrorReason.StorageFailed,
                $"The database {_path} cannot be read or written (SQLite {exception.SqliteExtendedErrorCode}: {exception.Message}).",
                ("path", _path));
            _problem = failed.Message;
            throw failed;
        }
    }
}
