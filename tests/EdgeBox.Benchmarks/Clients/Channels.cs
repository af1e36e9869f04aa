using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using Grpc.Net.Client;

namespace EdgeBox.Benchmarks.Clients;

/// <summary>Opens channels to a box.</summary>
internal static class Channels
{
    /// <summary>A channel over a Unix socket.</summary>
    public static GrpcChannel Unix(string socket) => GrpcChannel.ForAddress("http://localhost", new GrpcChannelOptions
    {
        DisposeHttpClient = true,
        MaxReceiveMessageSize = null,
        InitialReconnectBackoff = TimeSpan.FromMilliseconds(1),
        MaxReconnectBackoff = TimeSpan.FromMilliseconds(5),
        HttpHandler = new SocketsHttpHandler
        {
            // A connection carries a hundred calls at once, no more.
            EnableMultipleHttp2Connections = true,
            ConnectCallback = async (_, cancellation) => await ConnectAsync(socket, cancellation),
        },
    });

    /// <summary>A channel over mutual TLS.</summary>
    public static GrpcChannel Tls(string address, Identity identity)
    {
        using var pem = X509Certificate2.CreateFromPem(identity.Certificate, identity.Key);
        var handler = new SocketsHttpHandler
        {
            SslOptions = new SslClientAuthenticationOptions
            {
                ClientCertificates = [X509CertificateLoader.LoadPkcs12(pem.Export(X509ContentType.Pkcs12), null)],
                CertificateChainPolicy = new X509ChainPolicy
                {
                    TrustMode = X509ChainTrustMode.CustomRootTrust,
                    RevocationMode = X509RevocationMode.NoCheck,
                    CustomTrustStore = { X509Certificate2.CreateFromPem(identity.Authority) },
                },
            },
            EnableMultipleHttp2Connections = true,
        };
        return GrpcChannel.ForAddress(address, new GrpcChannelOptions { HttpHandler = handler, DisposeHttpClient = true });
    }

    private static async Task<Stream> ConnectAsync(string socket, CancellationToken cancellation)
    {
        var connection = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            await connection.ConnectAsync(new UnixDomainSocketEndPoint(socket), cancellation);
            return new NetworkStream(connection, ownsSocket: true);
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }
}
