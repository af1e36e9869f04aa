using System.ComponentModel.DataAnnotations;
using System.Net;
using System.Text;
using Microsoft.Extensions.Options;

namespace EdgeBox.Daemon.Hosting;

/// <summary>Where the box listens and how much it takes from whom.</summary>
internal sealed class EndpointOptions : IValidatableObject
{
    /// <summary>The configuration section.</summary>
    public const string Section = "Endpoints";

    /// <summary>What <see cref="TlsListen"/> says when there is to be no network endpoint.</summary>
    public const string Off = "off";

    private const int LongestSocketPath = 107;

    /// <summary>Path of the Unix socket; not used when systemd hands in a socket named <c>unix</c>.</summary>
    [Required]
    public string UnixSocket { get; set; } = "/run/edgebox/edgeboxd.sock";

    /// <summary>ADDRESS:PORT of the mutual-TLS endpoint, or <c>off</c>; not used when systemd hands in a socket named <c>tls</c>.</summary>
    [Required]
    public string TlsListen { get; set; } = "0.0.0.0:8443";

    /// <summary>ADDRESS:PORT of the gateway over TLS, or <c>off</c>; not used when systemd hands in a socket named <c>gateway</c>.</summary>
    [Required]
    public string GatewayListen { get; set; } = "0.0.0.0:8444";

    /// <summary>ADDRESS:PORT of the gateway without TLS, or <c>off</c>.</summary>
    [Required]
    public string PlainGatewayListen { get; set; } = Off;

    /// <summary>Whether the gateway may be without TLS where others than this machine can reach it.</summary>
    public bool PlainGatewayAnywhere { get; set; }

    /// <summary>Origins of pages that browsers let use the gateway, e.g. <c>https://chat.example</c>; <c>*</c>: all.</summary>
    public string[] GatewayOrigins { get; set; } = [];

    /// <summary>Further DNS names and addresses for the server's certificate.</summary>
    public string[] HostNames { get; set; } = [];

    /// <summary>Connections at once, at each endpoint.</summary>
    [Range(1, 65536)]
    public int MaxConnections { get; set; } = 1024;

    /// <summary>Connections at once of one user (Unix socket) or one address (network).</summary>
    [Range(1, 65536)]
    public int MaxConnectionsPerPeer { get; set; } = 128;

    /// <summary>How long a TLS handshake may take.</summary>
    [TimeRange("00:00:01", "00:05:00")]
    public TimeSpan HandshakeTimeout { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>How long a connection without a call in progress stays open.</summary>
    [TimeRange("00:00:01", "1.00:00:00")]
    public TimeSpan IdleTimeout { get; set; } = TimeSpan.FromSeconds(120);

    /// <summary>The network endpoint; null if it is off.</summary>
    public IPEndPoint? FindTlsEndpoint() => Find(TlsListen);

    /// <summary>The gateway with TLS; null if it is off.</summary>
    public IPEndPoint? FindGatewayEndpoint() => Find(GatewayListen);

    /// <summary>The gateway without TLS; null if it is off.</summary>
    public IPEndPoint? FindPlainGatewayEndpoint() => Find(PlainGatewayListen);

    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (!Path.IsPathFullyQualified(UnixSocket) || Encoding.UTF8.GetByteCount(UnixSocket) > LongestSocketPath)
        {
            yield return new ValidationResult($"UnixSocket must be an absolute path of at most {LongestSocketPath} bytes.", [nameof(UnixSocket)]);
        }

        var listens = new[] { (nameof(TlsListen), TlsListen, 8443), (nameof(GatewayListen), GatewayListen, 8444), (nameof(PlainGatewayListen), PlainGatewayListen, 8080) };
        foreach (var (name, value, port) in listens)
        {
            if (value != Off && !(IPEndPoint.TryParse(value, out _) && value.Contains(':', StringComparison.Ordinal)))
            {
                yield return new ValidationResult($"{name} must be ADDRESS:PORT, e.g. 0.0.0.0:{port} or [::]:{port}, or 'off'.", [name]);
            }
        }

        if (!PlainGatewayAnywhere && IPEndPoint.TryParse(PlainGatewayListen, out var plain) && !IPAddress.IsLoopback(plain.Address))
        {
            yield return new ValidationResult(
                "PlainGatewayListen is reachable by other machines, which would send their keys unencrypted: take 127.0.0.1, or set PlainGatewayAnywhere.",
                [nameof(PlainGatewayListen)]);
        }

        foreach (var origin in GatewayOrigins.Where(origin => origin != Gateway.CrossOrigin.Any && !IsOrigin(origin)))
        {
            yield return new ValidationResult($"GatewayOrigins: '{origin}' is no origin; write e.g. https://chat.example, without a path.", [nameof(GatewayOrigins)]);
        }

        foreach (var name in HostNames)
        {
            if (Uri.CheckHostName(name) is not (UriHostNameType.Dns or UriHostNameType.IPv4 or UriHostNameType.IPv6) || name.Length > 253 || !Ascii.IsValid(name))
            {
                yield return new ValidationResult($"HostNames: '{name}' is neither a DNS name nor an IP address.", [nameof(HostNames)]);
            }
        }
    }

    private static IPEndPoint? Find(string listen) => listen == Off ? null : IPEndPoint.Parse(listen);

    private static bool IsOrigin(string text) =>
        Uri.TryCreate(text, UriKind.Absolute, out var origin) && origin.Host.Length > 0 && Ascii.IsValid(text) && !text.EndsWith('/') && origin.PathAndQuery is "/" or "";
}

/// <summary>Checks <see cref="EndpointOptions"/>.</summary>
[OptionsValidator]
internal sealed partial class EndpointOptionsValidator : IValidateOptions<EndpointOptions>;
