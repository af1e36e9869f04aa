using CsCheck;
using EdgeBox.Worker.Channel;
using EdgeBox.Worker.V1;
using Google.Protobuf;

namespace EdgeBox.Worker.Tests.Channel;

/// <summary>Messages on the channel, whole and broken.</summary>
public sealed class FrameTests
{
    [Fact]
    public void Read_WhatWasWritten_ComesBackInAnyPieces() =>
        Gen.Select(Gen.String.Array[1, 8], Gen.Int[1, 9]).Sample((texts, piece) =>
        {
            var stream = new MemoryStream();
            var writer = new EventWriter(stream);
            Array.ForEach(texts, t => writer.Append(new Event { LogLine = new LogLine { Level = 2, Text = Clean(t) } }));
            Assert.Equal(0, stream.Length);
            writer.Flush();
            var reader = new FrameReader(new Trickle(stream.ToArray(), piece));
            Assert.Equal(texts.Select(Clean), texts.Select(_ => reader.Read(Event.Parser)!.LogLine.Text));
            Assert.Null(reader.Read(Event.Parser));
        });

    [Theory]
    [InlineData(new byte[] { 1, 0 }, "inside a length")]
    [InlineData(new byte[] { 9, 0, 0, 0, 1 }, "after 1 of 9 bytes")]
    [InlineData(new byte[] { 0xFF, 0xFF, 0xFF, 0xFF }, "67108864 is the most")]
    public void Read_BrokenFrame_SaysWhatIsWrong(byte[] bytes, string words)
    {
        var error = Assert.Throws<InvalidDataException>(() => new FrameReader(new MemoryStream(bytes)).Read(Command.Parser));
        Assert.Contains(words, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Read_AnyBytes_GivesAMessageOrAKnownError() =>
        Gen.Byte.Array[0, 60].Sample(bytes =>
        {
            bytes = [(byte)bytes.Length, 0, 0, 0, .. bytes];
            try
            {
                new FrameReader(new MemoryStream(bytes)).Read(Command.Parser);
            }
            catch (InvalidProtocolBufferException)
            {
            }
        });

    private static string Clean(string text) => text.Replace('\uFFFD', ' ').Replace("\0", "", StringComparison.Ordinal).Normalize() is var t && t.All(c => !char.IsSurrogate(c)) ? t : "";

    private sealed class Trickle(byte[] bytes, int piece) : MemoryStream(bytes)
    {
        public override int Read(Span<byte> buffer) => base.Read(buffer[..Math.Min(piece, buffer.Length)]);
    }
}
