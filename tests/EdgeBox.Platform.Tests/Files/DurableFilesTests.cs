using System.Diagnostics;
using EdgeBox.Platform.Files;
using EdgeBox.Platform.Interop;
using Xunit;

namespace EdgeBox.Platform.Tests.Files;

public sealed class DurableFilesTests : IDisposable
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    private readonly string _directory = Directory.CreateTempSubdirectory("durable-").FullName;
    private readonly List<string> _acts = [];

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Fact]
    public void Acts_EachOfThem_IsDoneAndThenTold()
    {
        var files = new DurableFiles(new Witness(_acts));
        using (var file = files.Create(PathOf("a")))
        {
            file.Write(0, "hello"u8);
            file.Write(5, " you"u8);
            file.Cut(5);
            file.Synchronize();
            Assert.Equal(5, file.Length);
            file.SetMode(UnixFileMode.UserRead);
        }

        files.Rename(PathOf("a"), PathOf("b"));
        files.SynchronizeDirectory(_directory);
        Assert.Equal("hello", File.ReadAllText(PathOf("b")));
        Assert.Equal(UnixFileMode.UserRead, File.GetUnixFileMode(PathOf("b")));
        Assert.True(files.Remove(PathOf("b")));
        Assert.False(files.Remove(PathOf("b")));

        Assert.Equal(["created a", "wrote a 0 5", "wrote a 5 4", "cut a 5", "synchronized a", "renamed a b", "synchronized names", "removed b"], _acts);
    }

    [Fact]
    public void Replace_AFileThatIsThere_IsReplacedWholeWithItsTime()
    {
        var files = new DurableFiles(new Witness(_acts));
        var time = new DateTimeOffset(2030, 1, 2, 3, 4, 5, 678, TimeSpan.Zero);
        File.WriteAllText(PathOf("m"), "old");
        File.WriteAllText(PathOf("m.tmp"), "left by a cut");

        files.Replace(PathOf("m"), "new"u8, PathOf("m.tmp"), time);

        Assert.Equal("new", File.ReadAllText(PathOf("m")));
        Assert.Equal((time.UtcDateTime, OwnerOnly), (File.GetLastWriteTimeUtc(PathOf("m")), File.GetUnixFileMode(PathOf("m"))));
        Assert.Equal(["removed m.tmp", "created m.tmp", "wrote m.tmp 0 3", "synchronized m.tmp", "renamed m.tmp m", "synchronized names"], _acts);
    }

    [Fact]
    public void Create_WhereSomethingIs_FailsAndTouchesNothing()
    {
        File.WriteAllText(PathOf("a"), "mine");
        File.CreateSymbolicLink(PathOf("link"), PathOf("a"));
        var files = new DurableFiles();

        Assert.Equal(17, Assert.Throws<LinuxException>(() => files.Create(PathOf("a"))).Errno);
        Assert.Throws<LinuxException>(() => files.OpenExisting(PathOf("link")));
        Assert.Throws<LinuxException>(() => files.OpenExisting(PathOf("nothing")));
        Assert.Equal("mine", File.ReadAllText(PathOf("a")));
    }

    [Fact]
    public void TryClone_WhereTheFileSystemCan_SharesTheBytesUntilOneIsChanged()
    {
        Assert.SkipUnless(File.Exists("/usr/sbin/mkfs.btrfs") && Environment.UserName == "root", "skipped: it takes mkfs.btrfs and root");
        var (image, mount) = (PathOf("image"), Directory.CreateDirectory(PathOf("mount")).FullName);
        using (var disk = File.Create(image))
        {
            disk.SetLength(256 << 20);
        }

        Assert.True(Run("mkfs.btrfs", "-q", image));
        Assert.SkipUnless(Run("mount", "-o", "loop", image, mount), "skipped: this machine does not let root mount");
        try
        {
            var files = new DurableFiles();
            using var source = files.Create(Path.Combine(mount, "source"));
            source.Write(0, new byte[1 << 20]);
            using var copy = files.Create(Path.Combine(mount, "copy"));
            Assert.True(copy.TryClone(source.Handle));
            source.Write(0, [7]);

            var first = new byte[1];
            RandomAccess.Read(copy.Handle, first, 0);
            Assert.Equal((1L << 20, 0), (copy.Length, first[0]));
            using var elsewhere = files.Create(PathOf("elsewhere"));
            Assert.False(elsewhere.TryClone(source.Handle));
        }
        finally
        {
            Run("umount", "-l", mount);
        }
    }

    [Fact]
    public void OpenForReading_ASymbolicLinkThatIsNotToBeFollowed_IsRefused()
    {
        File.WriteAllText(PathOf("a"), "content");
        File.CreateSymbolicLink(PathOf("link"), PathOf("a"));

        RegularFile.OpenForReading(PathOf("link")).Handle.Dispose();
        var refused = Assert.Throws<RegularFileException>(() => RegularFile.OpenForReading(PathOf("link"), followLinks: false));

        Assert.Equal(RegularFileProblem.NotRegular, refused.Problem);
        Assert.Contains("a symbolic link", refused.Message, StringComparison.Ordinal);
    }

    private static bool Run(string program, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardError = true })!;
        process.WaitForExit();
        return process.ExitCode == 0;
    }

    private string PathOf(string name) => Path.Combine(_directory, name);

    private sealed class Witness(List<string> acts) : IFileWitness
    {
        public void Created(string path) => acts.Add($"created {Name(path)}");

        public void Wrote(string path, long offset, ReadOnlySpan<byte> content) => acts.Add($"wrote {Name(path)} {offset} {content.Length}");

        public void Cut(string path, long length) => acts.Add($"cut {Name(path)} {length}");

        public void Synchronized(string path) => acts.Add($"synchronized {Name(path)}");

        public void Renamed(string from, string to) => acts.Add($"renamed {Name(from)} {Name(to)}");

        public void Removed(string path) => acts.Add($"removed {Name(path)}");

        public void SynchronizedDirectory(string path) => acts.Add("synchronized names");

        private static string Name(string path) => Path.GetFileName(path);
    }
}
