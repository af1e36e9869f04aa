using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using EdgeBox.Daemon.Access;
using EdgeBox.Daemon.Hosting;
using EdgeBox.V1;
using Grpc.Net.Client;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;

namespace EdgeBox.Daemon.Tests.Support;

/// <summary>The daemon as it is composed for production, in this process, with a real Unix socket and real TLS; only clock and log are replaced.</summary>
internal sealed class TestAppliance : IAsyncDisposable
{
    private readonly TestDirectory? _ownDirectory;
    private readonly List<IDisposable> _clients = [];
    private bool _stopped;

    private TestAppliance(TestDirectory directory, bool ownsDirectory, WebApplication app, LogSink log, FakeTimeProvider time)
    {
        (Directory, App, Log, Time) = (directory, app, log, time);
        _ownDirectory = ownsDirectory ? directory : null;
    }

    public static DateTimeOffset Start { get; } = new(2026, 12, 1, 12, 0, 0, TimeSpan.Zero);

    public TestDirectory Directory { get; }

    public WebApplication App { get; }

    public LogSink Log { get; }

    public FakeTimeProvider Time { get; }

    public string SocketPath => Directory.Combine("s");

    public Uri TlsAddress => new(Get<BoundEndpoints>().All.Single(a => a.StartsWith("https:", StringComparison.Ordinal)));

    public static async Task<TestAppliance> StartAsync(TestDirectory? directory = null, DateTimeOffset? now = null, IReadOnlyDictionary<string, uint>? groups = null, params string[] args)
    {
        var owns = directory is null;
        directory ??= new TestDirectory();
        var log = new LogSink();
        var time = new FakeTimeProvider(now ?? Start);
        var app = Appliance.Build(
            ["--state", directory.Combine("state"), "--socket", directory.Combine("s"), "--tls", "127.0.0.1:0", "--gateway", "off", .. args],
            builder =>
            {
                builder.Logging.ClearProviders().AddProvider(log);
                builder.Services.Replace(ServiceDescriptor.Singleton<TimeProvider>(time));
                if (groups is not null)
                {
                    builder.Services.Replace(ServiceDescriptor.Singleton(new GroupRoles(0, groups)));
                }
            });
        var appliance = new TestAppliance(directory, owns, app, log, time);
        await app.StartAsync();
        return appliance;
    }

    public T Get<T>()
        where T : notnull => App.Services.GetRequiredService<T>();

    /// <summary>A channel over the Unix socket.</summary>
    public GrpcChannel Unix(Func<Socket>? connect = null) => Keep(GrpcChannel.ForAddress("http://localhost", new GrpcChannelOptions
    {
        HttpHandler = new SocketsHttpHandler
        {
            ConnectCallback = (_, _) => ValueTask.FromResult<Stream>(new NetworkStream((connect ?? ConnectUnix)(), ownsSocket: true)),
        },
        DisposeHttpClient = true,
    }));

    /// <summary>A raw connection to the Unix socket.</summary>
    public Socket ConnectUnix()
    {
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        socket.Connect(new UnixDomainSocketEndPoint(SocketPath));
        return socket;
    }

    /// <summary>A channel over TLS that shows <paramref name="certificate"/>.</summary>
    public GrpcChannel Tls(X509Certificate2? certificate) =>
        Keep(GrpcChannel.ForAddress(TlsAddress, new GrpcChannelOptions { HttpHandler = TlsHandler(certificate), DisposeHttpClient = true }));

    public SocketsHttpHandler TlsHandler(X509Certificate2? certificate) => new()
    {
        SslOptions = new SslClientAuthenticationOptions
        {
            // Shown even if the box's list of CA names does not ask for it.
            LocalCertificateSelectionCallback = (_, _, _, _, _) => certificate!,
            CertificateChainPolicy = new X509ChainPolicy
            {
                TrustMode = X509ChainTrustMode.CustomRootTrust,
                CustomTrustStore = { X509CertificateLoader.LoadCertificate(Get<BoxIdentity>().Authority.RawData) },
                RevocationMode = X509RevocationMode.NoCheck,
                DisableCertificateDownloads = true,
            },
        },
    };

    public V1.AccessService.AccessServiceClient Access() => new(Unix());

    public AuditService.AuditServiceClient Audit() => new(Unix());

    /// <summary>Issues a certificate with a key of the box's making.</summary>
    public async Task<X509Certificate2> IssueAsync(string name, Role role)
    {
        var issued = await Access().IssueCertificateAsync(new IssueCertificateRequest { Name = name, Role = role });
        return X509Certificate2.CreateFromPem(issued.CertificatePem, issued.PrivateKeyPem);
    }

    /// <summary>The audit records of one event, newest first.</summary>
    public async Task<IReadOnlyList<AuditRecord>> RecordsAsync(string @event) =>
        (await Audit().ListRecordsAsync(new ListRecordsRequest { Event = @event })).Records;

    public async Task StopAsync()
    {
        if (_stopped)
        {
            return;
        }

        _stopped = true;
        _clients.ForEach(c => c.Dispose());
        await App.StopAsync();
        await App.DisposeAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        _ownDirectory?.Dispose();
        Log.AssertNoUnannouncedErrors();
    }

    private GrpcChannel Keep(GrpcChannel channel)
    {
        _clients.Add(channel);
        return channel;
    }
}
