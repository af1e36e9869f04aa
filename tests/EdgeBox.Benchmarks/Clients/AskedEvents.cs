using System.Diagnostics;
using System.Net.Http.Headers;
using System.Text.Json;

namespace EdgeBox.Benchmarks.Clients;

/// <summary>A server that is asked over HTTP and answers with server-sent events of JSON.</summary>
internal abstract class AskedEvents(Target target) : IAsked
{
    private const string Data = "data: ";

    private readonly HttpClient _http = new(new SocketsHttpHandler()) { BaseAddress = new Uri(target.Address), Timeout = Timeout.InfiniteTimeSpan };

    /// <summary>Whom it asks.</summary>
    protected Target Target { get; } = target;

    /// <summary>What is asked to open a connection.</summary>
    protected abstract string Probe { get; }

    /// <summary>What makes answers.</summary>
    protected abstract string Route { get; }

    /// <inheritdoc/>
    public async Task WarmUpAsync(int connections) => await Task.WhenAll(Enumerable.Range(0, connections).Select(async _ =>
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, Probe);
        Sign(request.Headers);
        using var response = await _http.SendAsync(request);
        response.EnsureSuccessStatusCode();
    }));

    /// <inheritdoc/>
    public async Task AskAsync(Ask ask, Answer answer, CancellationToken cancellation)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, Route) { Content = new ByteArrayContent(Body(ask)) };
        request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        Sign(request.Headers);
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
                if (line.StartsWith(Data + "{", StringComparison.Ordinal))
                {
                    Note(line.AsMemory(Data.Length), answer);
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

    /// <summary>Says who asks.</summary>
    protected virtual void Sign(HttpRequestHeaders headers)
    {
    }

    /// <summary>Writes what is asked.</summary>
    protected abstract void Write(Utf8JsonWriter json, Ask ask);

    /// <summary>Notes an event that is no error.</summary>
    protected abstract void Note(JsonElement said, long now, Answer answer);

    private byte[] Body(Ask ask)
    {
        using var stream = new MemoryStream();
        using (var json = new Utf8JsonWriter(stream))
        {
            json.WriteStartObject();
            Write(json, ask);
            json.WriteEndObject();
        }

        return stream.ToArray();
    }

    private void Note(ReadOnlyMemory<char> line, Answer answer)
    {
        var now = Stopwatch.GetTimestamp();
        using var document = JsonDocument.Parse(line);
        if (document.RootElement.TryGetProperty("error", out var error))
        {
            answer.Problem = error.ToString();
        }
        else
        {
            Note(document.RootElement, now, answer);
        }
    }
}
