using System.Diagnostics;
using EdgeBox.Daemon.Failures;
using EdgeBox.Daemon.Storage;
using EdgeBox.Daemon.Tests.Support;
using EdgeBox.V1;
using Microsoft.Data.Sqlite;

namespace EdgeBox.Daemon.Tests.Storage;

public sealed class DatabaseTests : IDisposable
{
    private readonly TestDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task Write_WorkThrows_ChangesNothing()
    {
        await using var state = new TestState(_directory.Path);
        await Assert.ThrowsAsync<InvalidOperationException>(() => state.Database.WriteAsync<bool>(connection =>
        {
            connection.Execute("INSERT INTO clock_floor (id, time) VALUES (1, 5)");
            throw new InvalidOperationException();
        }));
        Assert.Equal(0, state.Database.Read(c => c.Query("SELECT count(*) FROM clock_floor", row => row.GetInt32(0))[0]));
    }

    [Fact]
    public async Task Open_Connections_AreDurableAndPrivate()
    {
        await using var state = new TestState(_directory.Path);
        Assert.Equal((2, 1), state.Database.Write(Pragmas));
        Assert.Equal((2, 1), state.Database.Read(Pragmas));
        Assert.Equal("wal", state.Database.Read(c => c.Query("PRAGMA journal_mode", row => row.GetString(0))[0]));
        Assert.All(
            Directory.GetFiles(_directory.Path),
            file => Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(file)));

        static (int, int) Pragmas(SqliteConnection connection) => (
            connection.Query("PRAGMA synchronous", row => row.GetInt32(0))[0],
            connection.Query("PRAGMA foreign_keys", row => row.GetInt32(0))[0]);
    }

    [Fact]
    public async Task Read_TriesToWrite_Cannot()
    {
        await using var state = new TestState(_directory.Path);
        var failure = Assert.Throws<FailureException>(() => state.Database.Read(c => c.Execute("DELETE FROM clock_floor")));
        Assert.Equal(ErrorReason.StorageFailed, failure.Reason);
    }

    [Fact]
    public async Task Open_SecondDaemonOnTheSameState_IsRefused()
    {
        await using var first = new TestState(_directory.Path);
        _ = first.Database;
        await using var second = new TestState(_directory.Path);
        var failure = Assert.Throws<FailureException>(() => second.Database);
        Assert.Contains("Another edgeboxd", failure.Message);
    }

    [Fact]
    public async Task Open_NewerReleaseWroteWhatThisOneMayRead_Works()
    {
        await Once(state => state.Database.Write(c => c.Execute("INSERT INTO schema_versions VALUES (99, 1); CREATE TABLE of_the_future (x)")));
        await Once(state => Assert.Equal(1, state.Database.Read(c => c.Query("SELECT 1", row => row.GetInt32(0))[0])));
    }

    [Fact]
    public async Task Open_NewerReleaseWroteWhatThisOneMayNotRead_IsRefused()
    {
        await Once(state => state.Database.Write(c => c.Execute("INSERT INTO schema_versions VALUES (99, 98)")));
        await using var state = new TestState(_directory.Path);
        var failure = Assert.Throws<FailureException>(() => state.Database);
        Assert.Equal(ErrorReason.StorageFailed, failure.Reason);
        Assert.Contains("schema 99", failure.Message);
    }

    [Fact]
    public async Task Open_FileIsDamaged_IsRefused()
    {
        var file = _directory.Combine("edgebox.db");
        await Once(state => _ = state.Database);
        using (var stream = File.OpenWrite(file))
        {
            stream.Position = 4096;
            stream.Write(new byte[8192].Select(_ => (byte)0xa5).ToArray());
        }

        await using var state = new TestState(_directory.Path);
        var failure = Assert.Throws<FailureException>(() => state.Database);
        Assert.Equal((ErrorReason.StorageFailed, file), (failure.Reason, failure.Facts.Single(f => f.Key == "path").Value));
    }

    [Fact]
    public async Task Write_DiskIsFull_IsToldAndHealsWhenThereIsRoom()
    {
        Assert.SkipUnless(OtherUser.Possible, "needs root to mount a small disk");
        Assert.SkipUnless(Mount("mount", "-t", "tmpfs", "-o", "size=1m,mode=0700", "tmpfs", _directory.Path), "cannot mount a tmpfs here");
        try
        {
            await using var state = new TestState(_directory.Path);
            await state.Audit.AppendAsync("test.before", "box", "disk");
            var ballast = _directory.Combine("ballast");
            Fill(ballast);
            var failure = await Assert.ThrowsAsync<FailureException>(async () =>
            {
                for (var i = 0; i < 2000; i++)
                {
                    await state.Audit.AppendAsync("test.full", "box", "disk", ("text", new string('x', 400)));
                }
            });
            Assert.Equal(ErrorReason.StorageFull, failure.Reason);
            File.Delete(ballast);
            await state.Audit.AppendAsync("test.after", "box", "disk");
            var verdict = state.Database.Read(c => Daemon.Audit.AuditChain.Verify(c, Daemon.Audit.AuditHead.None));
            Assert.True(verdict.Intact, verdict.Problem);
        }
        finally
        {
            Mount("umount", _directory.Path);
        }
    }

    private static void Fill(string path)
    {
        using var stream = new FileStream(path, FileMode.Create, FileAccess.Write, FileShare.None, bufferSize: 0);
        try
        {
            while (true)
            {
                stream.Write(new byte[4096]);
            }
        }
        catch (IOException)
        {
            // Full: that was the aim.
        }
    }

    private static bool Mount(string program, params string[] arguments)
    {
        using var process = Process.Start(program, arguments);
        process.WaitForExit();
        return process.ExitCode == 0;
    }

    private async Task Once(Action<TestState> act)
    {
        await using var state = new TestState(_directory.Path);
        act(state);
    }
}
