using System.Diagnostics;
using System.Net.Http.Headers;
using System.Text.Json;

namespace EdgeBox.Benchmarks.Clients;

/// <summary>A llama-server, asked over HTTP with server-sent events.</summary>
internal sealed class AskedPeer(Target target) : IAsked
{
    private readonly HttpClient _http = new(new SocketsHttpHandler()) { BaseAddress = new Uri(target.Address), Timeout = Timeout.InfiniteTimeSpan };

    /// <inheritdoc/>
    public async Task WarmUpAsync(int connections) =>
        await Task.WhenAll(Enumerable.Range(0, connections).Select(_ => _http.GetStringAsync(new Uri("/health", UriKind.Relative))));

    /// <inheritdoc/>
    public async Task AskAsync(Ask ask, Answer answer, CancellationToken cancellation)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/completion") { Content = new ByteArrayContent(Body(ask)) };
        request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        answer.Asked = Stopwatch.GetTimestamp();
        try
        {
            using var response = await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellation);
            using var reader = new StreamReader(await response.Content.ReadAsStreamAsync(cancellation));
            if (!response.IsSuccessStatusCode)
            {
                answer.Problem = $"{response.StatusCode}: {await reader.ReadToEndAsync(cancellation)}";
                return;
            }

            while (await reader.ReadLineAsync(cancellation) is { } line)
            {
                if (line.StartsWith("data: {", StringComparison.Ordinal))
                {
                    Note(line.AsMemory(6), answer);
                }
            }
        }
        catch (OperationCanceledException)
        {
            answer.Complete = false;
        }
        catch (Exception e) when (e is HttpRequestException or IOException)
        {
            answer.Problem = e.Message;
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _http.Dispose();

    /// <summary>The same work as the box's: no cached prompt, no end before the last token, no samplers but the one asked for.</summary>
    private static byte[] Body(Ask ask)
    {
        using var stream = new MemoryStream();
        using (var json = new Utf8JsonWriter(stream))
        {
            json.WriteStartObject();
            json.WriteStartArray("prompt");
            foreach (var id in ask.Ids)
            {
                json.WriteNumberValue(id);
            }

            json.WriteEndArray();
            json.WriteNumber("n_predict", ask.Tokens);
            json.WriteBoolean("stream", true);
            json.WriteBoolean("cache_prompt", false);
            json.WriteBoolean("ignore_eos", true);
            json.WriteNumber("n_probs", 0);
            json.WriteNumber("seed", ask.Seed);

            // The quickest way to the likeliest token that the peer has: its temperature of 0 goes over all of them twice more.
            json.WriteNumber("temperature", ask.Temperature == 0 ? 1 : ask.Temperature);
            json.WriteNumber("top_k", ask.Temperature == 0 ? 1 : 0);
            json.WriteStartArray("samplers");
            json.WriteStringValue(ask.Temperature == 0 ? "top_k" : "temperature");
            json.WriteEndArray();
            json.WriteEndObject();
        }

        return stream.ToArray();
    }

    private static void Note(ReadOnlyMemory<char> line, Answer answer)
    {
        var now = Stopwatch.GetTimestamp();
        using var document = JsonDocument.Parse(line);
        var root = document.RootElement;
        if (root.TryGetProperty("error", out var error))
        {
            answer.Problem = error.ToString();
        }
        else if (!root.GetProperty("stop").GetBoolean())
        {
            answer.Add(now, 1);
        }
        else
        {
            answer.Ended = now;
            answer.Complete = true;
            answer.Tokens = root.GetProperty("tokens_predicted").GetInt32();
        }
    }
}
