using EdgeBox.Daemon.Audit;
using EdgeBox.Daemon.Failures;
using EdgeBox.Daemon.Hosting;
using EdgeBox.Daemon.Operations;
using EdgeBox.Daemon.Storage;
using EdgeBox.Daemon.Time;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Time.Testing;

namespace EdgeBox.Daemon.Tests.Support;

/// <summary>The owners of state without the server: what a test of one of them needs.</summary>
internal sealed class TestState : IAsyncDisposable
{
    private readonly ServiceProvider _services;

    public TestState(string directory, DateTimeOffset? now = null, Action<IServiceCollection>? configure = null)
    {
        Time = new FakeTimeProvider(now ?? TestAppliance.Start);
        var services = new ServiceCollection()
            .AddLogging(logging => logging.AddProvider(Log))
            .AddSingleton(Options.Create(new HostingOptions { StateDirectory = directory }))
            .AddSingleton<TimeProvider>(Time)
            .AddSingleton<FailureReporter>()
            .AddHealth()
            .AddStorage()
            .AddTrustedClock()
            .AddAudit()
            .AddOperations();
        configure?.Invoke(services);
        _services = services.BuildServiceProvider();
    }

    public LogSink Log { get; } = new();

    public FakeTimeProvider Time { get; }

    public Database Database => Get<Database>();

    public TrustedClock Clock => Get<TrustedClock>();

    public AuditLog Audit => Get<AuditLog>();

    public OperationRegistry Operations => Get<OperationRegistry>();

    public T Get<T>()
        where T : notnull => _services.GetRequiredService<T>();

    /// <summary>Runs the audit log's own loop.</summary>
    public async Task<AuditLog> StartAuditAsync()
    {
        await Audit.StartAsync(default);
        return Audit;
    }

    /// <summary>Does to the database what only somebody with the file can.</summary>
    public static void Tamper(string directory, string sql)
    {
        using var connection = new SqliteConnection($"Data Source={Path.Combine(directory, "edgebox.db")};Pooling=False");
        connection.Open();
        connection.Execute("DROP TRIGGER audit_records_no_update; DROP TRIGGER audit_records_no_delete;");
        connection.Execute(sql);
    }

    public async ValueTask DisposeAsync()
    {
        await _services.DisposeAsync();
        Log.AssertNoUnannouncedErrors();
    }
}
