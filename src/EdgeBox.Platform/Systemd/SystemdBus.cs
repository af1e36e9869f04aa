using Tmds.DBus.Protocol;

namespace EdgeBox.Platform.Systemd;

/// <summary>systemd, asked over D-Bus. A connection that broke is made anew for the next question.</summary>
/// <param name="address">The bus; null: the system's.</param>
/// <param name="time">Bounds the waiting for an answer.</param>
public sealed class SystemdBus(string? address, TimeProvider time) : IServiceManager, IDisposable
{
    private const string Destination = "org.freedesktop.systemd1";
    private const string ManagerPath = "/org/freedesktop/systemd1";
    private const string ManagerInterface = "org.freedesktop.systemd1.Manager";
    private const string UnitInterface = "org.freedesktop.systemd1.Unit";
    private const string ServiceInterface = "org.freedesktop.systemd1.Service";
    private const string PropertiesInterface = "org.freedesktop.DBus.Properties";
    private const string NoSuchUnit = "org.freedesktop.systemd1.NoSuchUnit";
    private const string NoSuchProcess = "org.freedesktop.systemd1.NoSuchProcess";
    private const int SigKill = 9;

    // Polkit answers behind it, and may have to be started first.
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(30);

    private readonly SemaphoreSlim _connecting = new(1);
    private DBusConnection? _connection;

    private delegate void Body(ref MessageWriter writer);

    /// <inheritdoc/>
    public Task<IReadOnlyList<string>> ListAsync(string pattern, CancellationToken cancellation)
    {
        var call = Manager("ListUnitsByPatterns", "asas", (ref MessageWriter writer) =>
        {
            writer.WriteArray(Array.Empty<string>());
            writer.WriteArray(new string[] { pattern });
        });
        return AskAsync(call, ReadNames, $"List units {pattern}", cancellation);
    }

    /// <inheritdoc/>
    public async Task<UnitState> LookAsync(string unit, CancellationToken cancellation)
    {
        var active = GetAsync(unit, UnitInterface, "ActiveState", cancellation);
        var job = GetAsync(unit, UnitInterface, "Job", cancellation);
        var result = GetAsync(unit, ServiceInterface, "Result", cancellation);
        var pid = GetAsync(unit, ServiceInterface, "MainPID", cancellation);
        var kind = GetAsync(unit, ServiceInterface, "ExecMainCode", cancellation);
        var status = GetAsync(unit, ServiceInterface, "ExecMainStatus", cancellation);
        await Task.WhenAll(active, job, result, pid, kind, status).ConfigureAwait(false);
        return new UnitState(
            (await active.ConfigureAwait(false)).GetString(),
            (await job.ConfigureAwait(false)).GetItem(0).GetUInt32() != 0,
            (await result.ConfigureAwait(false)).GetString(),
            (int)(await pid.ConfigureAwait(false)).GetUInt32(),
            (await kind.ConfigureAwait(false)).GetInt32(),
            (await status.ConfigureAwait(false)).GetInt32());
    }

    /// <inheritdoc/>
    public Task LimitMemoryAsync(string unit, long bytes, CancellationToken cancellation) => TellAsync(
        Manager("SetUnitProperties", "sba(sv)", (ref MessageWriter writer) =>
        {
            writer.WriteString(unit);
            writer.WriteBool(true);
            var array = writer.WriteArrayStart(DBusType.Struct);
            writer.WriteStructureStart();
            writer.WriteString("MemoryMax");
            writer.WriteVariantUInt64((ulong)bytes);
            writer.WriteArrayEnd(array);
        }),
        $"Limit the memory of {unit}", cancellation);

    /// <inheritdoc/>
    public Task StartAsync(string unit, CancellationToken cancellation) => TellAsync(JobOf("StartUnit", unit, "fail"), $"Start {unit}", cancellation);

    /// <inheritdoc/>
    public Task StopAsync(string unit, CancellationToken cancellation) => TellAsync(JobOf("StopUnit", unit, "replace"), $"Stop {unit}", cancellation, NoSuchUnit);

    /// <inheritdoc/>
    public Task KillAsync(string unit, CancellationToken cancellation) => TellAsync(
        Manager("KillUnit", "ssi", (ref MessageWriter writer) =>
        {
            writer.WriteString(unit);
            writer.WriteString("all");
            writer.WriteInt32(SigKill);
        }),
        $"Kill {unit}", cancellation, NoSuchUnit, NoSuchProcess);

    /// <inheritdoc/>
    public Task ForgetAsync(string unit, CancellationToken cancellation) => TellAsync(
        Manager("ResetFailedUnit", "s", (ref MessageWriter writer) => writer.WriteString(unit)), $"Forget the failure of {unit}", cancellation, NoSuchUnit);

    /// <summary>Closes the connection.</summary>
    public void Dispose()
    {
        _connection?.Dispose();
        _connecting.Dispose();
    }

    private static Func<DBusConnection, MessageBuffer> JobOf(string member, string unit, string mode) => Manager(member, "ss", (ref MessageWriter writer) =>
    {
        writer.WriteString(unit);
        writer.WriteString(mode);
    });

    private static Func<DBusConnection, MessageBuffer> Manager(string member, string signature, Body body) => Compose(ManagerPath, ManagerInterface, member, signature, body);

    private static Func<DBusConnection, MessageBuffer> Compose(string path, string @interface, string member, string signature, Body body) => connection =>
    {
        var writer = connection.GetMessageWriter();
        try
        {
            writer.WriteMethodCallHeader(Destination, path, @interface, member, signature);
            body(ref writer);
            return writer.CreateMessage();
        }
        finally
        {
            writer.Dispose();
        }
    };

    private static IReadOnlyList<string> ReadNames(Message message, object? state)
    {
        var reader = message.GetBodyReader();
        var names = new List<string>();
        for (var end = reader.ReadArrayStart(DBusType.Struct); reader.HasNext(end);)
        {
            reader.AlignStruct();
            names.Add(reader.ReadString());
            for (var i = 0; i < 5; i++)
            {
                reader.ReadString(); // description, loaded, active, sub, followed
            }

            reader.ReadObjectPath();
            reader.ReadUInt32();
            reader.ReadString();
            reader.ReadObjectPath();
        }

        return names;
    }

    private Task<VariantValue> GetAsync(string unit, string @interface, string property, CancellationToken cancellation)
    {
        var call = Compose(UnitPath.Of(unit), PropertiesInterface, "Get", "ss", (ref MessageWriter writer) =>
        {
            writer.WriteString(@interface);
            writer.WriteString(property);
        });
        return AskAsync(call, (message, _) => message.GetBodyReader().ReadVariantValue(), $"Look at {unit}", cancellation);
    }

    private Task<bool> TellAsync(Func<DBusConnection, MessageBuffer> call, string what, CancellationToken cancellation, params string[] allowed) =>
        AskAsync(call, (_, _) => true, what, cancellation, allowed);

    private async Task<T> AskAsync<T>(
        Func<DBusConnection, MessageBuffer> call, MessageValueReader<T> read, string what, CancellationToken cancellation, params string[] allowed)
    {
        DBusConnection? connection = null;
        try
        {
            connection = await ConnectAsync(cancellation).ConfigureAwait(false);
            return await connection.CallMethodAsync(call(connection), read).WaitAsync(s_patience, time, cancellation).ConfigureAwait(false);
        }
        catch (DBusErrorReplyException refused) when (allowed.Contains(refused.ErrorName))
        {
            return default!;
        }
        catch (DBusErrorReplyException refused)
        {
            throw new ServiceManagerException($"{what}: systemd answered {refused.ErrorName}: {refused.ErrorMessage}", refused);
        }
        catch (Exception broken) when (broken is DBusExceptionBase or TimeoutException or IOException or ObjectDisposedException or System.Net.Sockets.SocketException)
        {
            if (connection is not null && ReferenceEquals(Interlocked.CompareExchange(ref _connection, null, connection), connection))
            {
                connection.Dispose();
            }

            throw new ServiceManagerException($"{what}: systemd cannot be reached over D-Bus: {broken.Message}", broken);
        }
    }

    private async Task<DBusConnection> ConnectAsync(CancellationToken cancellation)
    {
        await _connecting.WaitAsync(cancellation).ConfigureAwait(false);
        try
        {
            if (_connection is { } known)
            {
                return known;
            }

            var connection = new DBusConnection(address ?? DBusAddress.System ?? throw new IOException("this machine has no system bus."));
            try
            {
                await connection.ConnectAsync().AsTask().WaitAsync(s_patience, time, cancellation).ConfigureAwait(false);
            }
            catch
            {
                connection.Dispose();
                throw;
            }

            return _connection = connection;
        }
        finally
        {
            _connecting.Release();
        }
    }
}
