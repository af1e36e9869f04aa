using EdgeBox.Cli.Rendering;
using EdgeBox.Cli.Terminal;

namespace EdgeBox.Cli.Connection;

/// <summary>Where a box listens: the path of a Unix socket, or a host and port that speak mutual TLS.</summary>
/// <param name="SocketPath">Path of the Unix socket; null for TLS.</param>
/// <param name="Address">The address for TLS; null for a Unix socket.</param>
/// <param name="Origin">Why this endpoint, in words for people.</param>
internal sealed record Endpoint(string? SocketPath, Uri? Address, string Origin)
{
    /// <summary>The socket on an installed box.</summary>
    public const string SystemSocket = "/run/edgebox/edgeboxd.sock";

    /// <summary>The socket of a daemon started from a source tree, below the working directory.</summary>
    public const string TreeSocket = ".run/edgeboxd.sock";

    private const int TlsPort = 8443;

    /// <summary>The endpoint as it is written on the command line.</summary>
    public override string ToString() => SocketPath is null ? Address!.GetLeftPart(UriPartial.Authority) : "unix:" + SocketPath;

    /// <summary>
    /// Chooses the endpoint: the option, EDGEBOX_ENDPOINT, the system's socket, and if that is not there the socket of
    /// a daemon that was started below the working directory.
    /// </summary>
    /// <exception cref="CliFailure">The option or the variable is not an endpoint.</exception>
    public static Endpoint Choose(string? option, Shell shell)
    {
        if (option is not null)
        {
            return Parse(option, "--endpoint", shell);
        }
        if (shell.Environment("EDGEBOX_ENDPOINT") is { Length: > 0 } variable)
        {
            return Parse(variable, "EDGEBOX_ENDPOINT", shell);
        }
        var tree = Path.Combine(shell.Directory, TreeSocket);
        return !File.Exists(SystemSocket) && File.Exists(tree)
            ? new Endpoint(tree, null, $"./{TreeSocket}, because {SystemSocket} does not exist")
            : new Endpoint(SystemSocket, null, "default");
    }

    private static Endpoint Parse(string text, string origin, Shell shell)
    {
        if (text.StartsWith("unix:", StringComparison.Ordinal) && text.Length > "unix:".Length)
        {
            var path = text["unix:".Length..];
            if (path.StartsWith("//", StringComparison.Ordinal))
            {
                path = "/" + path.TrimStart('/');
            }
            return new Endpoint(Path.GetFullPath(path, shell.Directory), null, origin);
        }
        if (Uri.TryCreate(text, UriKind.Absolute, out var uri) && uri.Scheme == Uri.UriSchemeHttps
            && uri.Host.Length > 0 && uri.AbsolutePath == "/" && uri.UserInfo.Length == 0 && uri.Query.Length == 0)
        {
            var explicitPort = text.TrimEnd('/').EndsWith(":" + uri.Port.ToString(System.Globalization.CultureInfo.InvariantCulture), StringComparison.Ordinal);
            return new Endpoint(null, explicitPort ? uri : new UriBuilder(uri) { Port = TlsPort }.Uri, origin);
        }
        throw CliFailure.Usage($"{origin} is '{text}', which is no endpoint.", "Write unix:PATH or https://HOST:8443.");
    }
}
