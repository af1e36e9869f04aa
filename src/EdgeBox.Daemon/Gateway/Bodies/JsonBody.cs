using System.Globalization;
using System.Text.Json;
using EdgeBox.Daemon.Failures;
using EdgeBox.Daemon.Inference;
using EdgeBox.V1;

namespace EdgeBox.Daemon.Gateway.Bodies;

/// <summary>Reads the JSON of a request: whatever its bytes are, the outcome is what was asked or one refusal.</summary>
internal static class JsonBody
{
    // Schemas may be as deep as the box reads them, and stand a few levels down.
    private const int MaxDepth = Limit.MaxJsonDepth + 16;

    /// <summary>Reads a body.</summary>
    /// <param name="body">The bytes.</param>
    /// <param name="read">Makes of the outermost object what was asked.</param>
    /// <exception cref="FailureException">MALFORMED_MESSAGE or INVALID_ARGUMENT.</exception>
    public static T Read<T>(ReadOnlyMemory<byte> body, Func<JsonField, T> read)
    {
        try
        {
            using var document = JsonDocument.Parse(body, new JsonDocumentOptions { MaxDepth = MaxDepth });
            return read(new JsonField(document.RootElement, "").Object());
        }
        catch (JsonException broken)
        {
            // What the parser says may repeat what it read: only the place is told.
            throw Malformed(string.Create(CultureInfo.InvariantCulture,
                $"is no JSON, or deeper than {MaxDepth} levels (line {(broken.LineNumber ?? 0) + 1}, byte {(broken.BytePositionInLine ?? 0) + 1})"));
        }
        catch (InvalidOperationException)
        {
            throw Malformed("holds bytes that are no UTF-8, or half of a character"); // Found only when a text is read.
        }
    }

    private static FailureException Malformed(string problem) =>
        new(ErrorReason.MalformedMessage, $"The body {problem}; allowed: a JSON object.", ("problem", problem));
}
