using System.Net.Sockets;
using System.Text;
using EdgeBox.Daemon.Models.Workers;
using EdgeBox.Platform.Files;
using EdgeBox.Platform.Processes;
using EdgeBox.Platform.Sockets;
using Microsoft.Win32.SafeHandles;

namespace EdgeBox.Daemon.Tests.Models.Workers;

/// <summary>What is handed over arrives whole and in order; what is no hand-over is refused, and nothing of it stays open.</summary>
public sealed class WorkerHandoverTests : IDisposable
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(20);

    private readonly string _directory = Directory.CreateTempSubdirectory("handover-").FullName;
    private readonly Socket _daemon;
    private readonly Socket _unit = new(AddressFamily.Unix, SocketType.Seqpacket, ProtocolType.Unspecified);

    public WorkerHandoverTests()
    {
        var address = new UnixDomainSocketEndPoint(Path.Combine(_directory, "s"));
        using var listening = new Socket(AddressFamily.Unix, SocketType.Seqpacket, ProtocolType.Unspecified);
        listening.Bind(address);
        listening.Listen();
        _unit.Connect(address);
        _daemon = listening.Accept();
    }

    public void Dispose()
    {
        _daemon.Dispose();
        _unit.Dispose();
        Directory.Delete(_directory, recursive: true);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(200)]
    [InlineData(WorkerHandover.MostFiles)]
    public async Task Receive_WhatWasSent_IsTheSame(int files)
    {
        var handles = Enumerable.Range(0, files).Select(Open).ToList();
        using var link = ProcessLink.Make();
        WorkerHandover.Send(_daemon, "/programs/worker", "/packs é", link, handles);
        link.CloseTheirs();
        handles.ForEach(handle => handle.Dispose());

        var work = WorkerHandover.Receive(_unit, s_patience);

        Assert.Equal(("/programs/worker", "/packs é"), (work.Program, work.Packs));
        Assert.Equal(Enumerable.Range(0, files).Select(i => $"{i}"), work.Files.Select(Read));
        using (var channel = new NetworkStream(new Socket(new SafeSocketHandle(work.Channel.DangerousGetHandle(), ownsHandle: false)), ownsSocket: false))
        {
            await channel.WriteAsync("hello"u8.ToArray(), TestContext.Current.CancellationToken);
        }

        var heard = new byte[5];
        await link.Channel.ReadExactlyAsync(heard, TestContext.Current.CancellationToken);
        Assert.Equal("hello", Encoding.UTF8.GetString(heard));
        Close(work);
        Assert.Equal(0, await link.Channel.ReadAsync(heard, TestContext.Current.CancellationToken));
    }

    [Theory]
    [InlineData("/worker\0/packs\01", 1, -1)] // no output
    [InlineData("/worker\0/packs\01", 3, -1)] // a file too early
    [InlineData("/worker\0/packs", 2, -1)] // no number of files
    [InlineData("\0/packs\00", 2, -1)]
    [InlineData("/worker\0/packs\0257", 2, -1)] // more than a model may have
    [InlineData("/worker\0/packs\0-1", 2, -1)]
    [InlineData("/worker\0/packs\02", 2, 3)] // more files than announced
    [InlineData("/worker\0/packs\02", 2, 0)] // a message without any
    public void Receive_IsNoHandover_IsRefusedAndClosed(string text, int first, int then)
    {
        var before = OpenDescriptors();
        Send(text, first);
        if (then >= 0)
        {
            Send("+", then);
        }

        Assert.Throws<InvalidDataException>(() => WorkerHandover.Receive(_unit, s_patience));
        Assert.Equal(before, OpenDescriptors());
    }

    [Fact]
    public void Receive_DaemonHangsUpOrSaysNothing_IsToldSo()
    {
        Assert.Contains("said nothing", Assert.Throws<IOException>(() => WorkerHandover.Receive(_unit, TimeSpan.FromMilliseconds(1))).Message, StringComparison.Ordinal);
        Send("/worker\0/packs\02", 2);
        _daemon.Dispose();
        Assert.Contains("closed", Assert.Throws<IOException>(() => WorkerHandover.Receive(_unit, s_patience)).Message, StringComparison.Ordinal);
    }

    private static string Read(SafeFileHandle handle)
    {
        var buffer = new byte[16];
        return Encoding.UTF8.GetString(buffer, 0, RandomAccess.Read(handle, buffer, 0));
    }

    private static void Close(WorkerHandover work)
    {
        foreach (var descriptor in work.Files.Prepend(work.Output).Prepend(work.Channel))
        {
            descriptor.Dispose();
        }
    }

    private static int OpenDescriptors() => Directory.EnumerateFileSystemEntries("/proc/self/fd").Count(IsHanded);

    private static bool IsHanded(string entry)
    {
        try
        {
            return File.ResolveLinkTarget(entry, false)?.Name.StartsWith("handed-", StringComparison.Ordinal) == true;
        }
        catch (FileNotFoundException)
        {
            return false; // Another test's, closed meanwhile.
        }
    }

    private void Send(string text, int descriptors)
    {
        var handles = Enumerable.Range(0, descriptors).Select(i =>
        {
            using var file = Open(i, "handed-");
            return HandleCopy.Of(file);
        }).ToList();
        DescriptorMessage.Send(_daemon, Encoding.UTF8.GetBytes(text), handles);
        handles.ForEach(handle => handle.Dispose());
    }

    private SafeFileHandle Open(int number) => Open(number, "file-");

    private SafeFileHandle Open(int number, string prefix)
    {
        var path = Path.Combine(_directory, prefix + number);
        File.WriteAllText(path, $"{number}");
        return File.OpenHandle(path);
    }
}
