using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using EdgeBox.Cli.Rendering;
using EdgeBox.Cli.Terminal;

namespace EdgeBox.Cli.Connection;

/// <summary>The files that prove a client to a box, and the box to the client.</summary>
/// <param name="Certificate">The client's certificate, PEM.</param>
/// <param name="Key">Its private key, PEM.</param>
/// <param name="Authority">The certificate of the box's own CA, PEM.</param>
internal sealed record Credentials(string Certificate, string Key, string Authority)
{
    /// <summary>
    /// Finds the files: those named one by one, else those in the directory given, in EDGEBOX_CREDENTIALS or in ~/.config/edgebox.
    /// A directory holds ca.crt and client.crt with client.key, or exactly one other certificate with its key, as "access issue" writes them.
    /// </summary>
    /// <exception cref="CliFailure">A file is missing, or more than one would do.</exception>
    public static Credentials Find(string? certificate, string? key, string? authority, string? directory, Shell shell)
    {
        if (certificate is not null && key is not null && authority is not null)
        {
            return new Credentials(certificate, key, authority);
        }
        var home = directory ?? shell.Environment("EDGEBOX_CREDENTIALS") ?? Path.Combine(shell.Environment("HOME") ?? "/", ".config/edgebox");
        home = Path.GetFullPath(home, shell.Directory);
        var found = certificate ?? OnlyCertificate(home);
        return new Credentials(
            found,
            Existing(key ?? Path.ChangeExtension(found, ".key")),
            Existing(authority ?? Path.Combine(home, "ca.crt")));
    }

    /// <summary>Reads the client's certificate with its key.</summary>
    /// <exception cref="CliFailure">A file cannot be read, or they do not belong together.</exception>
    public X509Certificate2 LoadClient() => Load(Certificate, () => X509Certificate2.CreateFromPemFile(Certificate, Key));

    /// <summary>Reads the certificate of the box's CA.</summary>
    /// <exception cref="CliFailure">It cannot be read.</exception>
    public X509Certificate2 LoadAuthority() => Load(Authority, () => X509CertificateLoader.LoadCertificateFromFile(Authority));

    private static X509Certificate2 Load(string path, Func<X509Certificate2> load)
    {
        try
        {
            return load();
        }
        catch (Exception e) when (e is CryptographicException or IOException or UnauthorizedAccessException or ArgumentException)
        {
            throw new CliFailure(ClientReasons.CredentialsUnusable, $"{path} cannot be used: {e.Message}", ("path", path));
        }
    }

    private static string OnlyCertificate(string directory)
    {
        var client = Path.Combine(directory, "client.crt");
        if (File.Exists(client))
        {
            return client;
        }
        string[] candidates = Directory.Exists(directory)
            ? [.. Directory.EnumerateFiles(directory, "*.crt").Where(f => Path.GetFileName(f) != "ca.crt" && File.Exists(Path.ChangeExtension(f, ".key")))]
            : [];
        return candidates switch
        {
            [var only] => only,
            [] => throw new CliFailure(ClientReasons.CredentialsMissing, $"There is no client certificate in {directory}.", ("path", directory)),
            _ => throw new CliFailure(ClientReasons.CredentialsMissing,
                $"{directory} holds {candidates.Length} client certificates; name one with --cert.", ("path", directory)),
        };
    }

    private static string Existing(string path) => File.Exists(path)
        ? path
        : throw new CliFailure(ClientReasons.CredentialsMissing, $"There is no file {path}.", ("path", path));
}
