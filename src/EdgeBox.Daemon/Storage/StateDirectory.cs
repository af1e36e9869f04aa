using System.Text;
using EdgeBox.Daemon.Failures;
using EdgeBox.Daemon.Hosting;
using EdgeBox.V1;
using Microsoft.Extensions.Options;

namespace EdgeBox.Daemon.Storage;

/// <summary>The one directory that holds all of the box's state: private to the daemon's user, and to one daemon at a time.</summary>
internal sealed class StateDirectory : IDisposable
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;
    private const UnixFileMode OwnerOnlyDirectory = OwnerOnly | UnixFileMode.UserExecute;
    private readonly FileStream _lock;

    /// <summary>Makes the directory if need be and claims it.</summary>
    /// <exception cref="FailureException">STORAGE_FAILED: it cannot be used, or another daemon uses it.</exception>
    public StateDirectory(IOptions<HostingOptions> options)
    {
        Root = options.Value.StateDirectory;
        Directory.CreateDirectory(Root, OwnerOnlyDirectory);
        try
        {
            _lock = new FileStream(Path.Combine(Root, "edgeboxd.lock"), new FileStreamOptions
            {
                Mode = FileMode.OpenOrCreate, Access = FileAccess.ReadWrite, Share = FileShare.None, UnixCreateMode = OwnerOnly,
            });
        }
        catch (IOException)
        {
            throw new FailureException(ErrorReason.StorageFailed, $"Another edgeboxd uses {Root}; stop it first, or name another directory with --state.", ("path", Root));
        }
    }

    /// <summary>Its absolute path.</summary>
    public string Root { get; }

    /// <summary>The database.</summary>
    public string DatabaseFile => Path.Combine(Root, "edgebox.db");

    /// <summary>The CA's key and certificate in PEM.</summary>
    public string AuthorityFile => Path.Combine(Root, "authority.pem");

    /// <summary>The server's key and certificate in PEM.</summary>
    public string ServerCertificateFile => Path.Combine(Root, "server.pem");

    /// <summary>The newest audit record, kept outside the database.</summary>
    public string AuditHeadFile => Path.Combine(Root, "audit-head");

    /// <summary>Makes an empty private file if there is none, and refuses one that others could have touched.</summary>
    public static void PreparePrivateFile(string path)
    {
        using var stream = new FileStream(path, new FileStreamOptions { Mode = FileMode.OpenOrCreate, Access = FileAccess.ReadWrite, UnixCreateMode = OwnerOnly });
    }

    /// <summary>The text of a private file; null if there is none.</summary>
    public static string? ReadPrivateText(string path) => File.Exists(path) ? File.ReadAllText(path, Encoding.UTF8) : null;

    /// <summary>Writes a private file: all of it or nothing.</summary>
    public static void WritePrivateText(string path, string text)
    {
        using var stream = new FileStream(path, new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.ReadWrite, UnixCreateMode = OwnerOnly });
        stream.Write(Encoding.UTF8.GetBytes(text));
    }

    public void Dispose() => _lock.Dispose();
}
