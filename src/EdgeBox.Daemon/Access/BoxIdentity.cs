using System.Net;
using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using EdgeBox.Daemon.Hosting;
using EdgeBox.Daemon.Storage;
using Microsoft.Extensions.Options;

namespace EdgeBox.Daemon.Access;

/// <summary>The box's own key pairs: the CA, made at the first start and kept for ever, and the server's certificate, made anew when the box's names change.</summary>
internal sealed partial class BoxIdentity : IDisposable
{
    private readonly X509Certificate2 _server;

    public BoxIdentity(StateDirectory state, IOptions<EndpointOptions> options, ILogger<BoxIdentity> logger)
    {
        Authority = Load(state.AuthorityFile) ?? Keep(state.AuthorityFile, BoxCertificates.MakeAuthority());
        AuthorityPem = Authority.ExportCertificatePem();
        BoxId = Authority.GetCertHashString(System.Security.Cryptography.HashAlgorithmName.SHA256)[..16].ToLowerInvariant();
        var names = ServerNames(options.Value);
        var kept = Load(state.ServerCertificateFile);
        if (kept is null || !kept.IssuerName.RawData.AsSpan().SequenceEqual(Authority.SubjectName.RawData) || !BoxCertificates.NamesOf(kept).SequenceEqual(names))
        {
            kept?.Dispose();
            kept = Keep(state.ServerCertificateFile, BoxCertificates.MakeServer(Authority, names));
            LogServerCertificateMade(logger, string.Join(", ", names));
        }

        _server = kept;
        Server = SslStreamCertificateContext.Create(_server, [Authority], offline: true);
    }

    /// <summary>The CA with its key.</summary>
    public X509Certificate2 Authority { get; }

    /// <summary>The CA's certificate in PEM: what clients check the box with.</summary>
    public string AuthorityPem { get; }

    /// <summary>Id of this box: the first 16 hexadecimal digits of its CA's fingerprint.</summary>
    public string BoxId { get; }

    /// <summary>What the server shows in a handshake.</summary>
    public SslStreamCertificateContext Server { get; }

    public void Dispose()
    {
        _server.Dispose();
        Authority.Dispose();
    }

    private static List<string> ServerNames(EndpointOptions options) =>
        [.. options.HostNames.Append("localhost").Append("127.0.0.1").Append("::1").Append(Dns.GetHostName())
            .Select(n => IPAddress.TryParse(n, out var address) ? address.ToString() : n.ToLowerInvariant())
            .Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)];

    private static X509Certificate2? Load(string path) =>
        StateDirectory.ReadPrivateText(path) is { } pem ? X509Certificate2.CreateFromPem(pem, pem) : null;

    private static X509Certificate2 Keep(string path, X509Certificate2 made)
    {
        using var key = made.GetECDsaPrivateKey()!;
        StateDirectory.WritePrivateText(path, made.ExportCertificatePem() + "\n" + key.ExportPkcs8PrivateKeyPem() + "\n");
        return made;
    }

    [LoggerMessage(200, LogLevel.Information, "Made a server certificate for {Names}")]
    private static partial void LogServerCertificateMade(ILogger logger, string names);
}
