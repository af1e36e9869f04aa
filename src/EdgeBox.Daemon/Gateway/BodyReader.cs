using System.Globalization;
using System.Text.Json;
using System.Text.Unicode;
using EdgeBox.Daemon.Failures;
using EdgeBox.Daemon.Inference;
using EdgeBox.V1;
using Microsoft.AspNetCore.Http.Features;

namespace EdgeBox.Daemon.Gateway;

/// <summary>Reads a request's body as one JSON object: so large, so deep, so slow and no more; what is wrong with it is told with its place.</summary>
internal sealed class BodyReader(TimeProvider time)
{
    /// <summary>How long a body may take to come in.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private const int FirstBytes = 16 * 1024;

    /// <summary>The body; its root is an object, and every text in it can be read. To be disposed of.</summary>
    /// <exception cref="FailureException">MESSAGE_TOO_LARGE, CLIENT_TOO_SLOW, MALFORMED_MESSAGE.</exception>
    public async Task<JsonDocument> ReadObjectAsync(HttpContext context)
    {
        var body = await ReadAsync(context);
        if (FindBadUtf8(body.Span) is { } bad)
        {
            throw Malformed($"is not valid UTF-8 at byte {bad}");
        }

        JsonDocument document;
        try
        {
            CheckTexts(body.Span);
            document = JsonDocument.Parse(body, new JsonDocumentOptions { MaxDepth = Limit.MaxJsonDepth });
        }
        catch (JsonException exception)
        {
            throw Malformed(string.Create(CultureInfo.InvariantCulture,
                $"is no JSON of at most {Limit.MaxJsonDepth} levels; line {exception.LineNumber + 1}, byte {exception.BytePositionInLine + 1}: {What(exception)}"));
        }

        if (document.RootElement.ValueKind == JsonValueKind.Object)
        {
            return document;
        }

        document.Dispose();
        throw Malformed("is JSON, but no object");
    }

    /// <summary>The refusal of a body that is too large.</summary>
    public static FailureException TooLarge() => new(
        ErrorReason.MessageTooLarge,
        $"The body is larger than {MessageLimit.Bytes} bytes.",
        ("limit_bytes", MessageLimit.Bytes.ToString(CultureInfo.InvariantCulture)));

    /// <summary>The refusal of a body that does not come.</summary>
    public static FailureException TooSlow() => new(
        ErrorReason.ClientTooSlow, $"The body did not come in within {Patience.TotalSeconds:0} seconds.");

    private async Task<ReadOnlyMemory<byte>> ReadAsync(HttpContext context)
    {
        var request = context.Request;
        if (request.Headers.ContentEncoding.Count > 0 && request.Headers.ContentEncoding != "identity")
        {
            throw Malformed("is compressed, which the box does not take; send it without Content-Encoding");
        }

        if (request.ContentLength > MessageLimit.Bytes)
        {
            // The server reads the rest away for a while, so that a client that sends it all sees why it was refused.
            if (context.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } size)
            {
                size.MaxRequestBodySize = null;
            }

            throw TooLarge();
        }

        using var patience = new CancellationTokenSource(Patience, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, context.RequestAborted);
        var buffer = new byte[FirstBytes];
        var length = 0;
        try
        {
            while (await request.Body.ReadAsync(buffer.AsMemory(length), either.Token) is > 0 and var read)
            {
                length += read;
                if (length > MessageLimit.Bytes)
                {
                    throw TooLarge();
                }

                if (length == buffer.Length)
                {
                    Array.Resize(ref buffer, Math.Min(buffer.Length * 2, MessageLimit.Bytes + 1));
                }
            }
        }
        catch (OperationCanceledException) when (!context.RequestAborted.IsCancellationRequested)
        {
            throw TooSlow();
        }
        catch (IOException exception)
        {
            // The server's words for a body that is too large, is framed wrongly, or breaks off with its connection.
            throw exception is BadHttpRequestException { StatusCode: StatusCodes.Status413PayloadTooLarge } ? TooLarge() : Malformed("broke off before it was whole");
        }

        return buffer.AsMemory(0, length);
    }

    /// <summary>Half of a surrogate pair can be written with an escape, and no text can hold it: found here, not where the text is used.</summary>
    private static void CheckTexts(ReadOnlySpan<byte> body)
    {
        var reader = new Utf8JsonReader(body, new JsonReaderOptions { MaxDepth = Limit.MaxJsonDepth });
        while (reader.Read())
        {
            if (!reader.ValueIsEscaped)
            {
                continue;
            }

            try
            {
                _ = reader.GetString();
            }
            catch (InvalidOperationException)
            {
                throw Malformed(string.Create(CultureInfo.InvariantCulture, $"holds half of a surrogate pair in the text at byte {reader.TokenStartIndex}"));
            }
        }
    }

    private static int? FindBadUtf8(ReadOnlySpan<byte> body)
    {
        if (Utf8.IsValid(body))
        {
            return null;
        }

        // The transcoder stops at the first byte that does not fit.
        Span<char> scratch = stackalloc char[1024];
        var at = 0;
        while (Utf8.ToUtf16(body[at..], scratch, out var read, out _, replaceInvalidSequences: false) == System.Buffers.OperationStatus.DestinationTooSmall)
        {
            at += read;
        }

        _ = Utf8.ToUtf16(body[at..], scratch, out var last, out _, replaceInvalidSequences: false);
        return at + last;
    }

    private static FailureException Malformed(string problem) => new(ErrorReason.MalformedMessage, $"The body {problem}.", ("problem", "body"));

    /// <summary>The parser's words without its own way of naming the place.</summary>
    private static string What(JsonException exception) =>
        exception.Message.IndexOf(" LineNumber:", StringComparison.Ordinal) is > 0 and var end ? exception.Message[..end].TrimEnd('.') : "it cannot be read";
}
