using System.Text.Encodings.Web;
using System.Text.Json;

namespace EdgeBox.Daemon.Gateway;

/// <summary>Writes JSON to the gateway's clients.</summary>
internal static class GatewayJson
{
    /// <summary>Letters of every script stay as they are: escaped, a Burmese answer would be twice as long.</summary>
    public static readonly JsonWriterOptions Options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Answers with one JSON document.</summary>
    public static async Task WriteJsonAsync(this HttpContext context, int status, Action<Utf8JsonWriter> write)
    {
        context.Response.StatusCode = status;
        context.Response.ContentType = "application/json; charset=utf-8";
        await using (var json = new Utf8JsonWriter(context.Response.BodyWriter, Options))
        {
            write(json);
        }

        await context.Response.BodyWriter.FlushAsync(context.RequestAborted);
    }
}
