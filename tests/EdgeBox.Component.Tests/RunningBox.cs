using System.Collections.Concurrent;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using EdgeBox.Testing;
using EdgeBox.V1;
using Grpc.Core;
using Grpc.Net.Client;

namespace EdgeBox.Component.Tests;

/// <summary>The published daemon, started for one test in a directory of its own, and the ways to talk to it.</summary>
internal sealed class RunningBox : IAsyncDisposable
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(60);

    private readonly Process _process;
    private readonly ConcurrentQueue<string> _log = new();
    private readonly List<IDisposable> _owned = [];
    private Socket? _notify;
    private bool _stopped;

    private RunningBox(Process process, string directory, int tlsPort, int gatewayPort)
    {
        _process = process;
        Directory = directory;
        TlsPort = tlsPort;
        GatewayPort = gatewayPort;
        process.OutputDataReceived += (_, line) => Keep(line.Data);
        process.ErrorDataReceived += (_, line) => Keep(line.Data);
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        Channel = Own(UnixChannel());
    }

    /// <summary>Where the test's files are: state/, edgeboxd.sock.</summary>
    public string Directory { get; }

    public string StateDirectory => Path.Combine(Directory, "state");

    public string SocketPath => Path.Combine(Directory, "edgeboxd.sock");

    public int TlsPort { get; }

    /// <summary>The gateway without TLS, on this machine.</summary>
    public int GatewayPort { get; }

    public int Pid => _process.Id;

    public bool HasExited => _process.HasExited;

    /// <summary>A channel over the Unix socket, with the role of this process.</summary>
    public GrpcChannel Channel { get; }

    public InferenceService.InferenceServiceClient Inference => new(Channel);

    public ModelService.ModelServiceClient Models => new(Channel);

    public OperationService.OperationServiceClient Operations => new(Channel);

    public AccessService.AccessServiceClient Access => new(Channel);

    public AuditService.AuditServiceClient Audit => new(Channel);

    public ApplianceService.ApplianceServiceClient Appliance => new(Channel);

    /// <summary>Everything that the daemon has printed.</summary>
    public string Log => string.Join('\n', _log);

    /// <summary>Starts a box and returns when it has told its service manager that it is ready.</summary>
    /// <param name="arguments">Further arguments of edgeboxd.</param>
    /// <param name="directory">An earlier box's directory, to start from its state; null for a new one.</param>
    /// <param name="launcher">A program that starts the daemon, e.g. env with its arguments; empty for none.</param>
    /// <param name="watchdog">Within what time the service manager wants to hear of it, see <see cref="HearAsync"/>; null: never.</param>
    public static async Task<RunningBox> StartAsync(
        IReadOnlyList<string>? arguments = null, string? directory = null, IReadOnlyList<string>? launcher = null, TimeSpan? watchdog = null)
    {
        directory ??= TestDirectory.Make();
        var (port, gateway) = (FreePorts.Next(), FreePorts.Next());
        var notify = new Socket(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified);
        var notifyPath = Path.Combine(directory, "notify");
        File.Delete(notifyPath);
        notify.Bind(new UnixDomainSocketEndPoint(notifyPath));

        string[] command = [.. launcher ?? [], Product.Daemon,
            "--state", Path.Combine(directory, "state"), "--socket", Path.Combine(directory, "edgeboxd.sock"),
            "--tls", $"127.0.0.1:{port}", "--gateway", "off", "--gateway-http", $"127.0.0.1:{gateway}",
            "--worker", Product.Worker, "--packs", Product.Packs, .. arguments ?? []];
        var start = new ProcessStartInfo(command[0], command.Skip(1))
        {
            RedirectStandardOutput = true, RedirectStandardError = true, UseShellExecute = false,
        };
        start.Environment["NOTIFY_SOCKET"] = notifyPath;
        if (watchdog is { } period)
        {
            start.Environment["WATCHDOG_USEC"] = ((long)period.TotalMicroseconds).ToString(System.Globalization.CultureInfo.InvariantCulture);
        }

        var box = new RunningBox(Process.Start(start)!, directory, port, gateway);
        try
        {
            await box.WaitUntilReadyAsync(notify);
        }
        finally
        {
            if (watchdog is null)
            {
                notify.Dispose();
            }
        }

        box._notify = watchdog is null ? null : box.Own(notify);
        return box;
    }

    /// <summary>What the daemon tells its service manager next, e.g. "WATCHDOG=1"; null if it says nothing in time.</summary>
    public async Task<string?> HearAsync(TimeSpan patience)
    {
        var buffer = new byte[4096];
        using var end = new CancellationTokenSource(patience);
        try
        {
            return Encoding.UTF8.GetString(buffer, 0, await _notify!.ReceiveAsync(buffer, end.Token));
        }
        catch (OperationCanceledException)
        {
            return null;
        }
    }

    /// <summary>Loads a model and returns it when it is ready.</summary>
    public async Task<Model> LoadAsync(string path, string name, uint slots = 4, uint context = 512)
    {
        var operation = await Models.LoadModelAsync(new LoadModelRequest
        {
            Path = path, Name = name, Options = new LoadOptions { ContextTokens = context, Slots = slots, Threads = 1 },
        });
        operation = await Operations.WaitOperationAsync(new WaitOperationRequest { Name = operation.Name });
        return operation.State == OperationState.Succeeded
            ? operation.Response.Unpack<Model>()
            : throw new InvalidOperationException($"Loading {name} ended {operation.State}: {operation.Error?.Message}\n{Log}");
    }

    public async Task<Model> GetModelAsync(string name) => await Models.GetModelAsync(new GetModelRequest { Name = "models/" + name });

    /// <summary>Issues a certificate over the Unix socket.</summary>
    public async Task<IssueCertificateResponse> IssueAsync(string name, Role role) =>
        await Access.IssueCertificateAsync(new IssueCertificateRequest { Name = name, Role = role });

    /// <summary>Issues an API key over the Unix socket.</summary>
    /// <returns>Its text.</returns>
    public async Task<string> IssueKeyAsync(string name, KeyQuota? quota = null, params KeyScope[] scopes) =>
        (await Access.IssueKeyAsync(new IssueKeyRequest { Name = name, Quota = quota, Scopes = { scopes } })).Text;

    /// <summary>A client of the gateway with a key.</summary>
    public HttpClient GatewayClient(string? key)
    {
        var client = Own(new HttpClient(new SocketsHttpHandler { UseProxy = false, MaxConnectionsPerServer = 64 })
        {
            BaseAddress = new Uri($"http://127.0.0.1:{GatewayPort}"), Timeout = TimeSpan.FromSeconds(60),
        });
        client.DefaultRequestHeaders.Authorization = key is null ? null : new("Bearer", key);
        return client;
    }

    /// <summary>A channel over mutual TLS.</summary>
    /// <param name="certificate">What the client shows; null for nothing.</param>
    /// <param name="caPem">What the client checks the box with.</param>
    public GrpcChannel TlsChannel(X509Certificate2? certificate, string caPem)
    {
        var roots = new X509Certificate2Collection(X509Certificate2.CreateFromPem(caPem));
        var handler = new SocketsHttpHandler
        {
            SslOptions = new SslClientAuthenticationOptions
            {
                ClientCertificates = certificate is null ? null : [certificate],
                CertificateChainPolicy = new X509ChainPolicy
                {
                    TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck,
                    VerificationFlags = X509VerificationFlags.IgnoreNotTimeValid,
                },
            },
        };
        handler.SslOptions.CertificateChainPolicy.CustomTrustStore.AddRange(roots);
        return Own(GrpcChannel.ForAddress($"https://127.0.0.1:{TlsPort}", new GrpcChannelOptions { HttpHandler = handler, DisposeHttpClient = true }));
    }

    /// <summary>The client certificate of an answer to IssueCertificate, with its key.</summary>
    public static X509Certificate2 Certificate(IssueCertificateResponse issued)
    {
        using var pem = X509Certificate2.CreateFromPem(issued.CertificatePem, issued.PrivateKeyPem);
        return X509CertificateLoader.LoadPkcs12(pem.Export(X509ContentType.Pkcs12), null);
    }

    /// <summary>The ErrorReason of a refused call.</summary>
    public static async Task<ErrorReason> ReasonAsync(Func<Task> call)
    {
        var refused = await Xunit.Assert.ThrowsAsync<RpcException>(call);
        return Reason(refused);
    }

    public static ErrorReason Reason(RpcException refused) =>
        refused.GetRpcStatus()?.GetDetail<Google.Rpc.ErrorInfo>() is { } info
            && Enum.TryParse<ErrorReason>(info.Reason.Replace("_", "", StringComparison.Ordinal), ignoreCase: true, out var reason)
            ? reason
            : throw new InvalidOperationException($"The refusal carries no reason: {refused.Status}");

    /// <summary>Asks the daemon to stop and waits for it.</summary>
    /// <returns>Its exit code.</returns>
    public async Task<int> StopAsync()
    {
        _stopped = true;
        Signal(15);
        using var patience = new CancellationTokenSource(s_patience);
        try
        {
            await _process.WaitForExitAsync(patience.Token);
        }
        catch (OperationCanceledException)
        {
            _process.Kill(entireProcessTree: true);
            throw new TimeoutException($"edgeboxd did not stop.\n{Log}");
        }

        return _process.ExitCode;
    }

    public void Signal(int signal) => Product.Signal(_process.Id, signal);

    public async ValueTask DisposeAsync()
    {
        _owned.ForEach(owned => owned.Dispose());
        if (!_stopped && !_process.HasExited)
        {
            await StopAsync();
        }

        _process.Dispose();
    }

    private GrpcChannel UnixChannel() => GrpcChannel.ForAddress("http://localhost", new GrpcChannelOptions
    {
        DisposeHttpClient = true,
        MaxReceiveMessageSize = null,
        HttpHandler = new SocketsHttpHandler
        {
            ConnectCallback = async (_, cancellation) =>
            {
                var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
                await socket.ConnectAsync(new UnixDomainSocketEndPoint(SocketPath), cancellation);
                return new NetworkStream(socket, ownsSocket: true);
            },
        },
    });

    private T Own<T>(T owned)
        where T : IDisposable
    {
        _owned.Add(owned);
        return owned;
    }

    private void Keep(string? line)
    {
        if (line is not null)
        {
            _log.Enqueue(line);
        }
    }

    private async Task WaitUntilReadyAsync(Socket notify)
    {
        using var patience = new CancellationTokenSource(s_patience);
        // Lives as long as the process, which ends when it likes.
        var exited = new CancellationTokenSource();
        _process.Exited += (_, _) => exited.Cancel();
        _process.EnableRaisingEvents = true;
        using var either = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, exited.Token);
        var buffer = new byte[4096];
        try
        {
            while (true)
            {
                var length = await notify.ReceiveAsync(buffer, either.Token);
                if (Encoding.UTF8.GetString(buffer, 0, length).Split('\n').Contains("READY=1"))
                {
                    return;
                }
            }
        }
        catch (OperationCanceledException)
        {
            _process.Kill(entireProcessTree: true);
            await _process.WaitForExitAsync();
            throw new InvalidOperationException($"edgeboxd did not become ready.\n{Log}");
        }
    }
}
