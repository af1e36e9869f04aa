using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using EdgeBox.Daemon.Hosting;
using EdgeBox.Daemon.Tests.Support;
using EdgeBox.V1;

namespace EdgeBox.Daemon.Tests.Gateway;

/// <summary>A daemon with its gateway open, and a client of it.</summary>
internal sealed class Door : IAsyncDisposable
{
    private Door(TestAppliance box, Uri address, HttpMessageHandler handler) =>
        (Box, Address, Http) = (box, address, new HttpClient(handler) { BaseAddress = address });

    public TestAppliance Box { get; }

    public Uri Address { get; }

    public HttpClient Http { get; }

    /// <summary>Opens it without TLS, on this machine.</summary>
    public static Task<Door> OpenAsync(params string[] args) => OpenAsync(null, args);

    public static async Task<Door> OpenAsync(TestDirectory? directory, params string[] args)
    {
        var box = await TestAppliance.StartAsync(directory, args: ["--gateway-http", "127.0.0.1:0", .. args]);
        var address = box.Get<BoundEndpoints>().All.Single(a => a.StartsWith("http:", StringComparison.Ordinal));
        return new Door(box, new Uri(address), new SocketsHttpHandler { UseProxy = false });
    }

    /// <summary>Opens it with TLS; the client trusts the box's CA and shows no certificate.</summary>
    public static async Task<Door> OpenTlsAsync()
    {
        var box = await TestAppliance.StartAsync(args: ["--tls", "off", "--gateway", "127.0.0.1:0"]);
        return new Door(box, box.TlsAddress, box.TlsHandler(null));
    }

    /// <summary>Issues a key and returns its text.</summary>
    public async Task<string> IssueAsync(string name = "alice", Action<IssueKeyRequest>? change = null)
    {
        var request = new IssueKeyRequest { Name = name };
        change?.Invoke(request);
        return (await Box.Access().IssueKeyAsync(request)).Text;
    }

    /// <summary>Asks, with a key if there is one.</summary>
    public async Task<Reply> AskAsync(string path, string? key = null, HttpMethod? method = null, HttpContent? content = null, params (string Name, string Value)[] headers)
    {
        using var request = new HttpRequestMessage(method ?? (content is null ? HttpMethod.Get : HttpMethod.Post), path) { Content = content };
        if (key is not null)
        {
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", key);
        }

        foreach (var (name, value) in headers)
        {
            request.Headers.TryAddWithoutValidation(name, value);
        }

        using var response = await Http.SendAsync(request);
        var all = response.Headers.Concat(response.Content.Headers).ToDictionary(h => h.Key.ToLowerInvariant(), h => string.Join(", ", h.Value));
        return new Reply(response.StatusCode, await response.Content.ReadAsStringAsync(), all);
    }

    public static StringContent Json(string text) => new(text, Encoding.UTF8, "application/json");

    public async ValueTask DisposeAsync()
    {
        Http.Dispose();
        await Box.DisposeAsync();
    }
}

/// <summary>What came back.</summary>
internal sealed record Reply(HttpStatusCode Status, string Text, IReadOnlyDictionary<string, string> Headers)
{
    public JsonElement Json { get; } = Text.StartsWith('{') ? JsonDocument.Parse(Text).RootElement : default;

    /// <summary>The error as OpenAI's clients read it.</summary>
    public (int Status, string? Type, string? Code, string? Reason) OpenAi => (
        (int)Status, Json.GetProperty("error").GetProperty("type").GetString(), Json.GetProperty("error").GetProperty("code").GetString(),
        Json.GetProperty("error").GetProperty("edgebox").GetProperty("reason").GetString());

    /// <summary>The error as Anthropic's clients read it.</summary>
    public (int Status, string? Outer, string? Type) Anthropic => (
        (int)Status, Json.GetProperty("type").GetString(), Json.GetProperty("error").GetProperty("type").GetString());

    public string? Message => Json.GetProperty("error").GetProperty("message").GetString();
}
