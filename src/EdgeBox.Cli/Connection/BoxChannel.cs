using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using EdgeBox.Cli.Rendering;
using Grpc.Core;
using Grpc.Net.Client;

namespace EdgeBox.Cli.Connection;

/// <summary>A gRPC channel to a box, over its Unix socket or over mutual TLS.</summary>
internal sealed class BoxChannel : IDisposable
{
    // An embedding answer of 256 vectors of 8192 numbers is 8 MiB.
    private const int MaxReceiveBytes = 64 * 1024 * 1024;

    private readonly GrpcChannel _channel;
    private readonly List<IDisposable> _owned = [];
    private string? _distrust;

    private BoxChannel(Endpoint endpoint, Func<Credentials> credentials)
    {
        Endpoint = endpoint;
        var handler = new SocketsHttpHandler
        {
            UseProxy = false,
            AllowAutoRedirect = false,
            UseCookies = false,
            ConnectTimeout = TimeSpan.FromSeconds(10),
            EnableMultipleHttp2Connections = false,
        };
        if (endpoint.SocketPath is { } path)
        {
            handler.ConnectCallback = (_, cancellation) => ConnectAsync(path, cancellation);
        }
        else
        {
            handler.SslOptions = TlsOptions(credentials());
        }
        _owned.Add(handler);
        _channel = GrpcChannel.ForAddress(endpoint.Address ?? new Uri("http://localhost"), new GrpcChannelOptions
        {
            HttpHandler = handler,
            MaxReceiveMessageSize = MaxReceiveBytes,
            // Texts for people come from this program; the library's own details stay in the exception.
            ThrowOperationCanceledOnCancellation = false,
        });
    }

    /// <summary>Where the channel leads.</summary>
    public Endpoint Endpoint { get; }

    /// <summary>Makes the calls.</summary>
    public CallInvoker Invoker => _channel.CreateCallInvoker();

    /// <summary>Why the box's certificate was not accepted; null if it was, or none was shown.</summary>
    public string? Distrust => Volatile.Read(ref _distrust);

    /// <summary>Makes the channel; the connection is made by the first call.</summary>
    /// <param name="endpoint">Where to.</param>
    /// <param name="credentials">Finds the credentials; asked only for TLS.</param>
    /// <exception cref="CliFailure">The credentials cannot be used.</exception>
    public static BoxChannel Open(Endpoint endpoint, Func<Credentials> credentials) => new(endpoint, credentials);

    /// <inheritdoc />
    public void Dispose()
    {
        _channel.Dispose();
        _owned.ForEach(o => o.Dispose());
    }

    private static async ValueTask<Stream> ConnectAsync(string path, CancellationToken cancellation)
    {
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            await socket.ConnectAsync(new UnixDomainSocketEndPoint(path), cancellation).ConfigureAwait(false);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    private SslClientAuthenticationOptions TlsOptions(Credentials credentials)
    {
        var client = credentials.LoadClient();
        var authority = credentials.LoadAuthority();
        _owned.AddRange([client, authority]);
        return new SslClientAuthenticationOptions
        {
            // Offline: building the chain must not download anything.
            ClientCertificateContext = SslStreamCertificateContext.Create(client, additionalCertificates: null, offline: true),
            RemoteCertificateValidationCallback = (_, certificate, chain, errors) => Trusts(certificate, chain, errors, authority),
        };
    }

    private bool Trusts(X509Certificate? certificate, X509Chain? sent, SslPolicyErrors errors, X509Certificate2 authority)
    {
        _distrust = null;
        if (certificate is not X509Certificate2 shown)
        {
            _distrust = "it showed no certificate";
        }
        else if (errors.HasFlag(SslPolicyErrors.RemoteCertificateNameMismatch))
        {
            _distrust = "its certificate is not for the host name that was asked for";
        }
        else
        {
            using var chain = new X509Chain { ChainPolicy = Policy(authority) };
            if (sent is not null)
            {
                chain.ChainPolicy.ExtraStore.AddRange(sent.ChainElements.Select(e => e.Certificate).ToArray());
            }
            _distrust = chain.Build(shown) ? null : "its certificate was not issued by the CA that this client was given";
        }
        return _distrust is null;
    }

    private static X509ChainPolicy Policy(X509Certificate2 authority)
    {
        var policy = new X509ChainPolicy
        {
            TrustMode = X509ChainTrustMode.CustomRootTrust,
            RevocationMode = X509RevocationMode.NoCheck,
            DisableCertificateDownloads = true,
            // Neither the box's clock nor this machine's can be relied on: a box that was started with an empty battery
            // would otherwise lock out everybody. What counts is that the box's own CA vouches for it.
            VerificationFlags = X509VerificationFlags.IgnoreNotTimeValid,
        };
        policy.CustomTrustStore.Add(authority);
        policy.ApplicationPolicy.Add(new System.Security.Cryptography.Oid("1.3.6.1.5.5.7.3.1"));
        return policy;
    }
}
