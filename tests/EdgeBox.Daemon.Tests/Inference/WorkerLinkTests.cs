using System.Buffers.Binary;
using EdgeBox.Daemon.Inference;
using Google.Protobuf;
using Wire = EdgeBox.Worker.V1;

namespace EdgeBox.Daemon.Tests.Inference;

/// <summary>Frames that a worker sends, and what becomes of them when one is broken.</summary>
public sealed class WorkerLinkTests
{
    [Fact]
    public async Task Read_AFrameThatIsTooLongAfterGoodOnes_TheGoodOnesAreHeardInOrderAndThenTheLinkEnds()
    {
        byte[] broken = [0xff, 0xff, 0xff, 0x7f];
        var (heard, together, why) = await ReadAsync([.. Heartbeats(150), .. broken]);

        Assert.Equal(Enumerable.Range(1, 150).Select(i => (ulong)i), heard);
        Assert.InRange(together, 2, 64);
        Assert.IsType<InvalidDataException>(why);
    }

    [Fact]
    public async Task Read_AFrameThatIsNoEventAfterGoodOnes_TheGoodOnesAreHeardInOrderAndThenTheLinkEnds()
    {
        byte[] broken = [1, 0, 0, 0, 0xff];
        var (heard, _, why) = await ReadAsync([.. Heartbeats(3), .. broken, .. Heartbeats(1)]);

        Assert.Equal([1, 2, 3], heard);
        Assert.IsType<InvalidProtocolBufferException>(why);
    }

    [Fact]
    public async Task Read_StreamEnds_AllIsHeard()
    {
        var (heard, _, why) = await ReadAsync(Heartbeats(64));
        Assert.Equal((64, null), (heard.Count, why));
    }

    private static async Task<(List<ulong> Heard, int Together, Exception? Why)> ReadAsync(byte[] bytes)
    {
        var (heard, together) = (new List<ulong>(), 0);
        var closed = new TaskCompletionSource<Exception?>();
        await using var link = new WorkerLink(
            new MemoryStream(bytes),
            events =>
            {
                heard.AddRange(events.Select(said => said.Heartbeat.Steps));
                together = Math.Max(together, events.Count);
                return ValueTask.CompletedTask;
            },
            closed.SetResult);
        var why = await closed.Task.WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken);
        return (heard, together, why);
    }

    private static byte[] Heartbeats(int count)
    {
        var bytes = new List<byte>();
        for (var i = 1; i <= count; i++)
        {
            var message = new Wire.Event { Heartbeat = new Wire.Heartbeat { Steps = (ulong)i } }.ToByteArray();
            var header = new byte[4];
            BinaryPrimitives.WriteInt32LittleEndian(header, message.Length);
            bytes.AddRange([.. header, .. message]);
        }

        return [.. bytes];
    }
}
