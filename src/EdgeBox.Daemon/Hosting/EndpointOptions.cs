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
    public IPEndPoint? FindTlsEndpoint() => TlsListen == Off ? null : IPEndPoint.Parse(TlsListen);

    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (!Path.IsPathFullyQualified(UnixSocket) || Encoding.UTF8.GetByteCount(UnixSocket) > LongestSocketPath)
        {
            yield return new ValidationResult($"UnixSocket must be an absolute path of at most {LongestSocketPath} bytes.", [nameof(UnixSocket)]);
        }

        if (TlsListen != Off && !(IPEndPoint.TryParse(TlsListen, out _) && TlsListen.Contains(':', StringComparison.Ordinal)))
        {
            yield return new ValidationResult("TlsListen must be ADDRESS:PORT, e.g. 0.0.0.0:8443 or [::]:8443, or 'off'.", [nameof(TlsListen)]);
        }

        foreach (var name in HostNames)
        {
            if (Uri.CheckHostName(name) is not (UriHostNameType.Dns or UriHostNameType.IPv4 or UriHostNameType.IPv6) || name.Length > 253 || !Ascii.IsValid(name))
            {
                yield return new ValidationResult($"HostNames: '{name}' is neither a DNS name nor an IP address.", [nameof(HostNames)]);
            }
        }
    }
}

/// <summary>Checks <see cref="EndpointOptions"/>.</summary>
[OptionsValidator]
internal sealed partial class EndpointOptionsValidator : IValidateOptions<EndpointOptions>;
