using System.Buffers;
using System.Text;
using CsCheck;
using EdgeBox.Worker.Text;

namespace EdgeBox.Worker.Tests.Text;

/// <summary>Characters and stop texts over the borders of tokens.</summary>
public sealed class TextTests
{
    private static readonly Gen<byte[]> s_bytes = Gen.OneOf(
        Gen.Int[0, 6].Select(i => Encoding.UTF8.GetBytes(((string[])["a", "é", "မ", "བོད", "😀", "ئە", "\n"])[i])),
        Gen.Byte.Select(b => (byte[])[b]))
        .Array[0, 12].Select(parts => parts.SelectMany(p => p).ToArray());

    [Fact]
    public void Assembler_AnyBytesInAnyPieces_GivesWhatDecodingThemAtOnceGives() =>
        Gen.Select(s_bytes, Gen.Int[1, 5].Array[1, 40]).Sample((bytes, cuts) =>
        {
            var (assembler, output, at) = (new Utf8Assembler(), new ArrayBufferWriter<char>(), 0);
            for (var i = 0; at < bytes.Length; i++)
            {
                var length = Math.Min(cuts[i % cuts.Length], bytes.Length - at);
                assembler.Append(bytes.AsSpan(at, length), output);
                at += length;
            }

            assembler.Finish(output);
            Assert.Equal(Encoding.UTF8.GetString(bytes), output.WrittenSpan.ToString());
        });

    [Fact]
    public void Assembler_HalfACharacter_IsHeldBack()
    {
        var (assembler, output) = (new Utf8Assembler(), new ArrayBufferWriter<char>());
        assembler.Append([0xE1, 0x80], output);
        Assert.Equal(0, output.WrittenCount);
        assembler.Append([0x99], output);
        Assert.Equal("မ", output.WrittenSpan.ToString());
        assembler.Append([0xE1], output);
        assembler.Finish(output);
        Assert.Equal("မ\uFFFD", output.WrittenSpan.ToString());
    }

    [Fact]
    public void Matcher_AnyTextInAnyPieces_StopsWhereAPlainSearchDoes()
    {
        var text = Gen.Char["abc"].Array[0, 30].Select(c => new string(c));
        var stops = Gen.Char["abc"].Array[1, 4].Select(c => new string(c)).Array[0, 3];
        Gen.Select(text, stops, Gen.Int[1, 4].Array[1, 20]).Sample((whole, ends, cuts) =>
        {
            var (matcher, output, at) = (new StopMatcher(ends), new ArrayBufferWriter<char>(), 0);
            for (var i = 0; at < whole.Length && matcher.Matched is null; i++)
            {
                var length = Math.Min(cuts[i % cuts.Length], whole.Length - at);
                matcher.Append(whole.AsSpan(at, length), output);
                at += length;
                var shown = output.WrittenSpan.ToString();
                Assert.DoesNotContain(ends, e => shown.Contains(e, StringComparison.Ordinal));
            }

            if (matcher.Matched is null)
            {
                matcher.Finish(output);
            }

            var (expected, stop) = Reference(whole, ends);
            Assert.Equal(expected, output.WrittenSpan.ToString());
            Assert.Equal(stop, matcher.Matched);
        });
    }

    /// <summary>The stop that is complete first, the longest of those.</summary>
    private static (string Text, string? Stop) Reference(string text, string[] stops)
    {
        for (var end = 1; end <= text.Length; end++)
        {
            var stop = stops.Where(s => text[..end].EndsWith(s, StringComparison.Ordinal)).MaxBy(s => s.Length);
            if (stop is not null)
            {
                return (text[..(end - stop.Length)], stop);
            }
        }

        return (text, null);
    }
}
