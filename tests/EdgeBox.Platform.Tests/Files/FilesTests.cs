using System.Diagnostics;
using System.Net.Sockets;
using System.Text;
using EdgeBox.Platform.Files;
using EdgeBox.Platform.Interop;
using Xunit;

namespace EdgeBox.Platform.Tests.Files;

public sealed class FilesTests : IDisposable
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    private readonly string _directory = Directory.CreateTempSubdirectory("files-").FullName;

    private string PathOf(string name) => Path.Combine(_directory, name);

    private string Make(string name, string content = "content")
    {
        File.WriteAllText(PathOf(name), content);
        File.SetUnixFileMode(PathOf(name), OwnerOnly);
        return PathOf(name);
    }

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Fact]
    public void OpenForReading_RegularFile_GivesContentAndIdentity()
    {
        var opened = RegularFile.OpenForReading(Make("a"));
        using var handle = opened.Handle;
        var buffer = new byte[16];
        Assert.Equal(7, RandomAccess.Read(handle, buffer, 0));
        Assert.Equal(7, opened.Identity.Size);
        Assert.Equal(opened.Identity, RegularFile.Identity(handle));
    }

    [Fact]
    public void Identity_AfterWriteOfSameLengthWithOldTimes_IsAnother()
    {
        var path = Make("a");
        var opened = RegularFile.OpenForReading(path);
        using var handle = opened.Handle;
        var time = File.GetLastWriteTimeUtc(path);
        File.WriteAllText(path, "CONTENT");
        File.SetLastWriteTimeUtc(path, time);
        Assert.NotEqual(opened.Identity, RegularFile.Identity(handle));
    }

    [Fact]
    public void OpenForReading_NameThatWasReplaced_StaysTheOpenedFile()
    {
        var path = Make("a");
        var opened = RegularFile.OpenForReading(path);
        using var handle = opened.Handle;
        AtomicFile.Write(path, "other"u8, OwnerOnly);
        var again = RegularFile.OpenForReading(path);
        using var other = again.Handle;
        Assert.NotEqual(opened.Identity.Inode, again.Identity.Inode);
        Assert.Equal(7, RegularFile.Identity(handle).Size);
    }

    [Theory]
    [InlineData("missing", RegularFileProblem.Missing, "There is no file")]
    [InlineData("file/below", RegularFileProblem.Missing, "There is no file")]
    [InlineData("", RegularFileProblem.NotRegular, "is a directory; name a regular file")]
    [InlineData("fifo", RegularFileProblem.NotRegular, "is a FIFO; name a regular file")]
    [InlineData("socket", RegularFileProblem.NotRegular, "is a socket; name a regular file")]
    [InlineData("loop", RegularFileProblem.Failed, "symbolic links")]
    [InlineData("/dev/zero", RegularFileProblem.NotRegular, "is a character device; name a regular file")]
    [InlineData("a\0b", RegularFileProblem.Missing, "zero character")]
    public void OpenForReading_AnythingElse_SaysWhatItIs(string name, RegularFileProblem problem, string words)
    {
        Make("file");
        using var maker = Process.Start("mkfifo", PathOf("fifo"));
        maker.WaitForExit();
        using var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        socket.Bind(new UnixDomainSocketEndPoint(PathOf("socket")));
        File.CreateSymbolicLink(PathOf("loop"), "loop");

        var refused = Assert.Throws<RegularFileException>(() => RegularFile.OpenForReading(PathOf(name)));
        Assert.Equal(problem, refused.Problem);
        Assert.Contains(words, refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void OpenForReading_ForbiddenFile_SaysSo()
    {
        Assert.SkipWhen(Environment.IsPrivilegedProcess, "root may read every file");
        var path = Make("a");
        File.SetUnixFileMode(path, UnixFileMode.None);
        Assert.Equal(RegularFileProblem.NotPermitted, Assert.Throws<RegularFileException>(() => RegularFile.OpenForReading(path)).Problem);
    }

    [Theory]
    [InlineData(UnixFileMode.UserRead | UnixFileMode.UserWrite)]
    [InlineData(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.GroupWrite | UnixFileMode.OtherWrite)]
    public void Write_AnyMode_ReplacesWholeFileWithThatMode(UnixFileMode mode)
    {
        var path = Make("a", new string('x', 100_000));
        AtomicFile.Write(path, "new"u8, mode);
        Assert.Equal("new", File.ReadAllText(path));
        Assert.Equal(mode, File.GetUnixFileMode(path));
        Assert.Equal([path], Directory.GetFiles(_directory));
    }

    [Fact]
    public void Write_NameThatIsADirectory_LeavesNothingBehind()
    {
        Directory.CreateDirectory(PathOf("a"));
        Assert.Throws<LinuxException>(() => AtomicFile.Write(PathOf("a"), "new"u8, OwnerOnly));
        Assert.Empty(Directory.GetFiles(_directory));
        Assert.Throws<LinuxException>(() => AtomicFile.Write(PathOf("none/a"), "new"u8, OwnerOnly));
    }

    [Fact]
    public void Private_WrittenAndRead_IsTheOwnersAlone()
    {
        Assert.Null(PrivateFile.ReadIfExists(PathOf("key")));
        PrivateFile.Write(PathOf("key"), "secret"u8);
        Assert.Equal("secret", Encoding.UTF8.GetString(PrivateFile.ReadIfExists(PathOf("key"))!));
        Assert.Equal(OwnerOnly, File.GetUnixFileMode(PathOf("key")));
        using (var created = PrivateFile.OpenOrCreate(PathOf("empty")))
        {
            Assert.Equal(OwnerOnly, File.GetUnixFileMode(PathOf("empty")));
        }

        Assert.Throws<PrivateFileException>(() => PrivateFile.ReadIfExists(PathOf("key"), limit: 5));
        Assert.Throws<FileNotFoundException>(() => PrivateFile.Open(PathOf("none"), FileAccess.Read));
    }

    [Theory]
    [InlineData("readable", "mode 0640, so others can touch it")]
    [InlineData("link", "symbolic link")]
    [InlineData("twice", "2 names (hard links)")]
    [InlineData("directory", "directory")]
    [InlineData("fifo", "FIFO")]
    public void Private_FileThatOthersReach_IsRefused(string name, string words)
    {
        File.SetUnixFileMode(Make("readable"), OwnerOnly | UnixFileMode.GroupRead);
        File.CreateSymbolicLink(PathOf("link"), Make("target"));
        Make("twice");
        Directory.CreateDirectory(PathOf("directory"));
        using var linker = Process.Start("ln", [PathOf("twice"), PathOf("second")]);
        linker.WaitForExit();
        using var maker = Process.Start("mkfifo", ["-m", "600", PathOf("fifo")]);
        maker.WaitForExit();

        Assert.Contains(words, Assert.Throws<PrivateFileException>(() => PrivateFile.ReadIfExists(PathOf(name))).Message, StringComparison.Ordinal);
        Assert.Throws<PrivateFileException>(() => PrivateFile.Write(PathOf(name), "new"u8));
    }

    [Fact]
    public void Private_FileOfAnotherUser_IsRefused()
    {
        Assert.SkipUnless(Environment.IsPrivilegedProcess, "only root can give a file away");
        using var giver = Process.Start("chown", ["65534", Make("a")]);
        giver.WaitForExit();
        var refused = Assert.Throws<PrivateFileException>(() => PrivateFile.ReadIfExists(PathOf("a")));
        Assert.Contains("belongs to user 65534 and not to user 0", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Take_WhileHeld_NamesTheHolder()
    {
        using (InstanceLock.Take(PathOf("lock")))
        {
            Assert.Equal(Environment.ProcessId, Assert.Throws<InstanceLockedException>(() => InstanceLock.Take(PathOf("lock"))).Holder);
        }

        using var again = InstanceLock.Take(PathOf("lock"));
    }
}
