using System.Text;
using System.Text.Json;
using EdgeBox.Daemon.Failures;
using EdgeBox.Daemon.Gateway;
using EdgeBox.V1;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Time.Testing;

namespace EdgeBox.Daemon.Tests.Gateway;

public sealed class BodyReaderTests
{
    private readonly FakeTimeProvider _time = new();

    [Fact]
    public async Task ReadObject_TextsOfEveryScript_ComeThrough()
    {
        using var body = await ReadAsync("""{"a":"မြန်မာ བོད་ ئۇيغۇر 你好 \ud83d\ude00","b":[1,{"c":null}]}"""u8.ToArray());
        Assert.Equal("မြန်မာ བོད་ ئۇيغۇر 你好 😀", body.RootElement.GetProperty("a").GetString());
    }

    [Theory]
    [InlineData("", "line 1, byte 1")]
    [InlineData("{\"a\":1,\n\"b\":}", "line 2, byte 5")]
    [InlineData("{\"a\":1", "line 1")]
    [InlineData("{\"a\":1} x", "line 1, byte 9")]
    [InlineData("[1]", "no object")]
    [InlineData("\"text\"", "no object")]
    [InlineData("{\"a\":\"\\ud800\"}", "half of a surrogate pair in the text at byte 5")]
    [InlineData("{\"\\udc00\":1}", "half of a surrogate pair in the text at byte 1")]
    public async Task ReadObject_WhatIsNone_IsRefusedWithItsPlace(string text, string place)
    {
        var refused = await Assert.ThrowsAsync<FailureException>(() => ReadAsync(Encoding.UTF8.GetBytes(text)));
        Assert.Equal(ErrorReason.MalformedMessage, refused.Reason);
        Assert.Contains(place, refused.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("LineNumber", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ReadObject_TooDeep_IsRefused()
    {
        var deep = "{\"a\":" + new string('[', 100_000) + new string(']', 100_000) + "}";
        var refused = await Assert.ThrowsAsync<FailureException>(() => ReadAsync(Encoding.UTF8.GetBytes(deep)));
        Assert.Contains("at most 64 levels", refused.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(3)]
    [InlineData(5000)]
    public async Task ReadObject_NotUtf8_IsRefusedWithTheByte(int before)
    {
        byte[] body = [.. "{\""u8, .. Enumerable.Repeat((byte)'a', before), 0xe1, 0x80, (byte)'"', .. ":1}"u8];
        var refused = await Assert.ThrowsAsync<FailureException>(() => ReadAsync(body));
        Assert.Equal($"The body is not valid UTF-8 at byte {before + 2}.", refused.Message);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task ReadObject_TooLarge_IsRefusedWhetherItsLengthIsToldOrNot(bool told)
    {
        var body = new byte[MessageLimit.Bytes + 1];
        body.AsSpan().Fill((byte)' ');
        var refused = await Assert.ThrowsAsync<FailureException>(() => ReadAsync(body, context => context.Request.ContentLength = told ? body.Length : null));
        Assert.Equal(ErrorReason.MessageTooLarge, refused.Reason);
        using var largest = await ReadAsync([.. "{}"u8, .. body.AsSpan(0, MessageLimit.Bytes - 2)]);
        Assert.Equal(JsonValueKind.Object, largest.RootElement.ValueKind);
    }

    [Fact]
    public async Task ReadObject_Compressed_IsRefused()
    {
        var refused = await Assert.ThrowsAsync<FailureException>(() => ReadAsync("{}"u8.ToArray(), context => context.Request.Headers.ContentEncoding = "gzip"));
        Assert.Contains("compressed", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ReadObject_DoesNotComeIn_IsGivenUpAfterAMinute()
    {
        var context = new DefaultHttpContext { Request = { Body = new System.IO.Pipelines.Pipe().Reader.AsStream() } };
        var reading = new BodyReader(_time).ReadObjectAsync(context);
        Assert.False(reading.IsCompleted);
        _time.Advance(BodyReader.Patience);
        Assert.Equal(ErrorReason.ClientTooSlow, (await Assert.ThrowsAsync<FailureException>(() => reading)).Reason);
    }

    private Task<JsonDocument> ReadAsync(byte[] body, Action<HttpContext>? change = null)
    {
        var context = new DefaultHttpContext { Request = { Body = new MemoryStream(body) } };
        change?.Invoke(context);
        return new BodyReader(_time).ReadObjectAsync(context);
    }
}
