namespace EdgeBox.Component.Tests.DiskFull;

/// <summary>A small file system of its own under a box's state directory, which a test can fill.</summary>
internal sealed class SmallDisk : IAsyncDisposable
{
    private readonly string _filler;

    private SmallDisk(string directory)
    {
        Directory = directory;
        _filler = Path.Combine(Mount, "filler");
    }

    /// <summary>The box's directory; its state/ is the small file system.</summary>
    public string Directory { get; }

    private string Mount => Path.Combine(Directory, "state");

    /// <summary>Mounts one, or skips the test where that is not allowed.</summary>
    /// <param name="mount">Arguments of mount(8) before the mount point.</param>
    public static async Task<SmallDisk> MountAsync(params string[] mount)
    {
        Assert.SkipUnless(Environment.UserName == "root", "skipped: mounting a small file system needs root");
        var disk = new SmallDisk(System.IO.Directory.CreateTempSubdirectory("edgebox-disk-").FullName);
        System.IO.Directory.CreateDirectory(disk.Mount);
        var mounted = await Command.RunAsync(["mount", .. mount, disk.Mount]);
        Assert.SkipUnless(mounted.ExitCode == 0, $"skipped: this machine does not let root mount: {mounted.Error}");
        File.SetUnixFileMode(disk.Mount, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        return disk;
    }

    /// <summary>Leaves no byte free.</summary>
    public void Fill()
    {
        using var file = new FileStream(_filler, FileMode.Append, FileAccess.Write, FileShare.Read, bufferSize: 0);
        for (var size = 64 * 1024; size > 0; size /= 2)
        {
            var block = new byte[size];
            try
            {
                while (true)
                {
                    file.Write(block);
                    file.Flush(flushToDisk: true);
                }
            }
            catch (IOException)
            {
                // Full for this size; a smaller one may still fit.
            }
        }
    }

    /// <summary>Makes room again.</summary>
    public void Clear() => File.Delete(_filler);

    /// <summary>Mounts it anew with other options.</summary>
    public async Task<Ran> RemountAsync(string options) => await Command.RunAsync(["mount", "-o", "remount," + options, Mount]);

    public async ValueTask DisposeAsync()
    {
        await Command.RunAsync(["umount", "-l", Mount]);
        System.IO.Directory.Delete(Directory, recursive: true);
    }
}
