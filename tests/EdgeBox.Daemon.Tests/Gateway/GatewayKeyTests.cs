using System.Net;
using EdgeBox.Daemon.Access.Keys;
using EdgeBox.Daemon.Tests.Support;
using EdgeBox.V1;
using Google.Protobuf.WellKnownTypes;
using Grpc.Core;

namespace EdgeBox.Daemon.Tests.Gateway;

/// <summary>Who gets in at the gateway, and who does not.</summary>
public sealed class GatewayKeyTests
{
    [Fact]
    public async Task Ask_WithAKeyInEitherHeader_IsLetIn()
    {
        await using var door = await Door.OpenAsync();
        var key = await door.IssueAsync();
        Assert.Equal(HttpStatusCode.OK, (await door.AskAsync("/v1/models", key)).Status);
        Assert.Equal(HttpStatusCode.OK, (await door.AskAsync("/v1/models", headers: ("x-api-key", key))).Status);

        // Agents send whatever they have in the one header, and the box's key in the other.
        Assert.Equal(HttpStatusCode.OK, (await door.AskAsync("/v1/models", "sk-ant-of-somebody-else", headers: ("x-api-key", key))).Status);
    }

    [Fact]
    public async Task Ask_WithoutAKey_IsRefusedInTheWordsOfEachApi()
    {
        await using var door = await Door.OpenAsync();
        var reply = await door.AskAsync("/v1/models");
        Assert.Equal((401, "authentication_error", "unauthenticated", "UNAUTHENTICATED"), reply.OpenAi);
        Assert.Equal("Bearer", reply.Headers["www-authenticate"]);
        Assert.StartsWith("req_", reply.Headers["x-request-id"], StringComparison.Ordinal);

        var other = await door.AskAsync("/v1/models", headers: ("anthropic-version", "2023-06-01"));
        Assert.Equal((401, "error", "authentication_error"), other.Anthropic);
        Assert.Equal(other.Headers["request-id"], other.Json.GetProperty("request_id").GetString());
        Assert.NotEqual(reply.Headers["x-request-id"], other.Headers["x-request-id"]);
    }

    [Fact]
    public async Task Ask_ATypingErrorAndAnUnknownKey_AreToldApart()
    {
        await using var door = await Door.OpenAsync();
        var key = await door.IssueAsync();
        var mistyped = key[..20] + (key[20] == 'x' ? 'y' : 'x') + key[21..];
        Assert.Contains("not copied whole", (await door.AskAsync("/v1/models", mistyped)).Message, StringComparison.Ordinal);
        Assert.Contains("not copied whole", (await door.AskAsync("/v1/models", key[..^1])).Message, StringComparison.Ordinal);
        var unknown = await door.AskAsync("/v1/models", KeyText.Make());
        Assert.Equal(401, unknown.OpenAi.Status);
        Assert.Contains("issued no such", unknown.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Ask_KeyWithAQuota_TellsWhatIsLeftAsEachApiDoes()
    {
        await using var door = await Door.OpenAsync();
        var key = await door.IssueAsync(change: request => request.Quota = new KeyQuota { RequestsPerMinute = 2, TokensPerDay = 1000 });
        Assert.DoesNotContain((await door.AskAsync("/v1/models", await door.IssueAsync("free"))).Headers, header => header.Key.Contains("ratelimit", StringComparison.Ordinal));

        var first = await door.AskAsync("/v1/chat/completions", key, content: Door.Json("{}"));
        Assert.Equal(("2", "1", "30s", "1000", "1000"), (
            first.Headers["x-ratelimit-limit-requests"], first.Headers["x-ratelimit-remaining-requests"], first.Headers["x-ratelimit-reset-requests"],
            first.Headers["x-ratelimit-limit-tokens"], first.Headers["x-ratelimit-remaining-tokens"]));
        var second = await door.AskAsync("/v1/messages", key, content: Door.Json("{}"));
        Assert.Equal(("2", "0"), (second.Headers["anthropic-ratelimit-requests-limit"], second.Headers["anthropic-ratelimit-requests-remaining"]));
        Assert.Equal(door.Box.Time.GetUtcNow().AddMinutes(1).ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", System.Globalization.CultureInfo.InvariantCulture), second.Headers["anthropic-ratelimit-requests-reset"]);

        var refused = await door.AskAsync("/v1/messages", key, content: Door.Json("{}"));
        Assert.Equal((429, "error", "rate_limit_error"), refused.Anthropic);
        Assert.Equal(("30", "0"), (refused.Headers["retry-after"], refused.Headers["anthropic-ratelimit-requests-remaining"]));
    }

    [Fact]
    public async Task Update_SomeFields_HoldFromTheNextRequestAndOthersStay()
    {
        await using var door = await Door.OpenAsync();
        var key = await door.IssueAsync(change: request => (request.Tier, request.Quota) = ("gold", new KeyQuota { RequestsPerDay = 9, TokensPerDay = 7 }));
        var changed = await door.Box.Access().UpdateKeyAsync(new UpdateKeyRequest
        {
            Key = new ApiKey { Name = "alice", Scopes = { KeyScope.Embeddings }, Quota = new KeyQuota { RequestsPerDay = 1 }, Weight = 3 },
            UpdateMask = new FieldMask { Paths = { "scopes", "quota.requests_per_day" } },
        });
        Assert.Equal(
            ("gold", 1d, new KeyQuota { RequestsPerDay = 1, TokensPerDay = 7 }, KeyScope.Embeddings), (changed.Tier, changed.Weight, changed.Quota, Assert.Single(changed.Scopes)));
        Assert.Equal(changed, Assert.Single((await door.Box.Access().ListKeysAsync(new ListKeysRequest())).Keys));
        Assert.Equal((403, "permission_error", "permission_denied", "PERMISSION_DENIED"), (await door.AskAsync("/v1/chat/completions", key, content: Door.Json("{}"))).OpenAi);
        Assert.Equal("1", (await door.AskAsync("/v1/embeddings", key, content: Door.Json("{}"))).Headers["x-ratelimit-limit-requests"]);
        Assert.Equal("scopes quota.requests_per_day", Assert.Single(await door.Box.RecordsAsync("access.key_updated")).Facts["what"]);
    }

    [Theory]
    [InlineData("alice", "role", StatusCode.InvalidArgument, ErrorReason.InvalidArgument)]
    [InlineData("alice", "quota.nothing", StatusCode.InvalidArgument, ErrorReason.InvalidArgument)]
    [InlineData("alice", null, StatusCode.InvalidArgument, ErrorReason.InvalidArgument)]
    [InlineData("alice", "weight", StatusCode.InvalidArgument, ErrorReason.InvalidArgument)]
    [InlineData("nobody", "tier", StatusCode.NotFound, ErrorReason.KeyNotFound)]
    [InlineData("gone", "tier", StatusCode.Unauthenticated, ErrorReason.KeyRevoked)]
    public async Task Update_WhatCannotBe_IsRefused(string name, string? path, StatusCode code, ErrorReason reason)
    {
        await using var door = await Door.OpenAsync();
        await door.IssueAsync();
        await door.IssueAsync("gone");
        await door.Box.Access().RevokeKeyAsync(new RevokeKeyRequest { Name = "gone" });
        var request = new UpdateKeyRequest { Key = new ApiKey { Name = name, Weight = 1e9, Role = Role.Admin }, UpdateMask = new FieldMask() };
        request.UpdateMask.Paths.Add(path is null ? Array.Empty<string>() : [path]);
        await door.Box.Access().UpdateKeyAsync(request).IsRefused(code, reason);
    }

    [Fact]
    public async Task Ask_KeyRevoked_IsRefusedAndAudited()
    {
        await using var door = await Door.OpenAsync();
        var key = await door.IssueAsync();
        await door.Box.Access().RevokeKeyAsync(new RevokeKeyRequest { Name = "alice" });
        Assert.Equal((401, "authentication_error", "invalid_api_key", "KEY_REVOKED"), (await door.AskAsync("/v1/models", key)).OpenAi);
        var record = Assert.Single(await door.Box.RecordsAsync("key.refused"));
        Assert.Equal(("address:127.0.0.1", "/v1/models", "KEY_REVOKED"), (record.Actor, record.Subject, record.Facts["reason"]));
        Assert.Equal("keys/alice", Assert.Single(await door.Box.RecordsAsync("access.key_revoked")).Subject);
    }

    [Fact]
    public async Task Ask_KeyExpired_IsRefused()
    {
        await using var door = await Door.OpenAsync();
        var key = await door.IssueAsync(change: request => request.ValidFor = Duration.FromTimeSpan(TimeSpan.FromMinutes(2)));
        Assert.Equal(HttpStatusCode.OK, (await door.AskAsync("/v1/models", key)).Status);
        door.Box.Time.Advance(TimeSpan.FromMinutes(3));
        Assert.Equal((401, "authentication_error", "unauthenticated", "UNAUTHENTICATED"), (await door.AskAsync("/v1/models", key)).OpenAi);
    }

    [Fact]
    public async Task Key_AfterARestart_StillOpensTheDoorAndNothingOfItIsWritten()
    {
        using var directory = new Support.TestDirectory();
        string key;
        await using (var door = await Door.OpenAsync(directory))
        {
            key = await door.IssueAsync();
            Assert.DoesNotContain(door.Box.Log.Lines, line => line.Contains(key, StringComparison.Ordinal));
        }

        await using var again = await Door.OpenAsync(directory);
        Assert.Equal(HttpStatusCode.OK, (await again.AskAsync("/v1/models", key)).Status);
        var secret = System.Text.Encoding.ASCII.GetBytes(key[8..]);
        foreach (var file in Directory.EnumerateFiles(directory.Combine("state"), "*", SearchOption.AllDirectories).Where(file => !file.EndsWith(".lock", StringComparison.Ordinal)))
        {
            Assert.Equal(-1, await IndexOfAsync(file, secret));
        }
    }

    private static async Task<int> IndexOfAsync(string file, byte[] secret)
    {
        await using var stream = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        var bytes = new byte[stream.Length];
        await stream.ReadExactlyAsync(bytes);
        return bytes.AsSpan().IndexOf(secret);
    }
}
