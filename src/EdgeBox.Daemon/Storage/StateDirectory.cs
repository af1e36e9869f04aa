using System.Text;
using EdgeBox.Daemon.Failures;
using EdgeBox.Daemon.Hosting;
using EdgeBox.Platform.Files;
using EdgeBox.V1;
using Microsoft.Extensions.Options;

namespace EdgeBox.Daemon.Storage;

/// <summary>The one directory that holds all of the box's state: private to the daemon's user, and to one daemon at a time.</summary>
internal sealed class StateDirectory : IDisposable
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;
    private const UnixFileMode WritableByOthers = UnixFileMode.GroupWrite | UnixFileMode.OtherWrite;

    private readonly InstanceLock _lock;

    /// <summary>Makes the directory if need be and claims it.</summary>
    /// <exception cref="FailureException">STORAGE_FAILED: it cannot be used, others may write to it, or another daemon uses it.</exception>
    public StateDirectory(IOptions<HostingOptions> options)
    {
        Root = options.Value.StateDirectory;
        _lock = Guard(Root, () =>
        {
            Directory.CreateDirectory(Root, OwnerOnly);
            if ((File.GetUnixFileMode(Root) & WritableByOthers) != 0)
            {
                throw new PrivateFileException(Root, $"Others may write to {Root}: chmod it to 0700, if what it holds can still be trusted.");
            }

            try
            {
                return InstanceLock.Take(Path.Combine(Root, "edgeboxd.lock"));
            }
            catch (InstanceLockedException exception)
            {
                throw new IOException($"Another edgeboxd (process {exception.Holder}) uses {Root}; stop it first, or name another directory with --state.", exception);
            }
        });
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

    /// <summary>Makes an empty private file if there is none.</summary>
    /// <exception cref="FailureException">STORAGE_FAILED: it belongs to somebody else, or others may touch it.</exception>
    public static void PreparePrivateFile(string path) => Guard(path, () =>
    {
        PrivateFile.OpenOrCreate(path).Dispose();
        return true;
    });

    /// <summary>The text of a private file; null if there is none.</summary>
    /// <exception cref="FailureException">STORAGE_FAILED: it belongs to somebody else, or others may touch it.</exception>
    public static string? ReadPrivateText(string path) =>
        Guard(path, () => PrivateFile.ReadIfExists(path) is { } bytes ? Encoding.UTF8.GetString(bytes) : null);

    /// <summary>Replaces a private file: after a power cut there is the old one or the new one, whole.</summary>
    /// <exception cref="FailureException">STORAGE_FAILED.</exception>
    public static void WritePrivateText(string path, string text) => Guard(path, () =>
    {
        PrivateFile.Write(path, Encoding.UTF8.GetBytes(text));
        return true;
    });

    public void Dispose() => _lock.Dispose();

    private static T Guard<T>(string path, Func<T> work)
    {
        try
        {
            return work();
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new FailureException(ErrorReason.StorageFailed, exception.Message, ("path", path));
        }
    }
}
