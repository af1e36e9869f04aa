using System.Net;
using System.Text.Json;

namespace EdgeBox.Component.Tests.Gateway;

/// <summary>What tests ask of the gateway.</summary>
internal static class Asking
{
    /// <summary>A conversation of one question, greedy.</summary>
    public static StringContent Question(string model, int maxTokens, bool stream = false) => Json(
        $$"""{"model":"{{model}}","messages":[{"role":"user","content":"Go on."}],"temperature":0,"max_tokens":{{maxTokens}},"stream":{{(stream ? "true" : "false")}}}""");

    public static StringContent Json(string text) => new(text, Encoding.UTF8, "application/json");

    /// <summary>Status and <c>error.code</c> of an answer; the code is empty if it is none of an error.</summary>
    public static async Task<(HttpStatusCode Status, string Code)> EndAsync(this HttpClient client, string path, HttpContent content)
    {
        using var response = await client.PostAsync(path, content);
        return (response.StatusCode, CodeOf(await response.Content.ReadAsStringAsync()));
    }

    /// <summary>Begins a stream and returns it when its first event is there.</summary>
    public static async Task<(HttpResponseMessage Response, StreamReader Lines)> StreamAsync(this HttpClient client, string model, int maxTokens, CancellationToken cancellation = default)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/chat/completions") { Content = Question(model, maxTokens, stream: true) };
        var response = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellation);
        var lines = new StreamReader(await response.Content.ReadAsStreamAsync(cancellation));
        while (await lines.ReadLineAsync(cancellation) is { } line)
        {
            if (line.StartsWith("data:", StringComparison.Ordinal))
            {
                return (response, lines);
            }
        }

        throw new InvalidOperationException($"The stream ended with {response.StatusCode} before an event.");
    }

    /// <summary><c>error.code</c> of an answer; empty if there is none.</summary>
    public static string CodeOf(string text)
    {
        if (!text.StartsWith('{'))
        {
            return "";
        }

        using var document = JsonDocument.Parse(text);
        return document.RootElement.TryGetProperty("error", out var error) ? error.GetProperty("code").GetString() ?? "" : "";
    }
}
