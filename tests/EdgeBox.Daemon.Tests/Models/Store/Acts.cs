using EdgeBox.Platform.Files;

namespace EdgeBox.Daemon.Tests.Models.Store;

/// <summary>Counts what is written to copies, and does something when files are made, written or renamed.</summary>
internal sealed class Acts : IFileWitness
{
    /// <summary>Bytes that were written to files that are not whole yet.</summary>
    public long CopiedBytes { get; private set; }

    public Action<string> OnCreated { get; init; } = _ => { };

    public Action<string> OnRenamed { get; init; } = _ => { };

    /// <summary>From where on the disk takes no more of a file.</summary>
    public long FailAt { get; init; } = long.MaxValue;

    public void Created(string path) => OnCreated(path);

    public void Wrote(string path, long offset, ReadOnlySpan<byte> content)
    {
        CopiedBytes += path.EndsWith(".part", StringComparison.Ordinal) ? content.Length : 0;
        if (offset + content.Length >= FailAt)
        {
            throw new EdgeBox.Platform.Interop.LinuxException("Writing", 28);
        }
    }

    public void Cut(string path, long length)
    {
    }

    public void Synchronized(string path)
    {
    }

    public void Renamed(string from, string to) => OnRenamed(to);

    public void Removed(string path)
    {
    }

    public void SynchronizedDirectory(string path)
    {
    }
}
