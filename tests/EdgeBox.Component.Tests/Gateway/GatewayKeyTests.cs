using System.Net;
using EdgeBox.V1;

namespace EdgeBox.Component.Tests.Gateway;

/// <summary>Keys at a running box: what they may use, and what becomes of them when they are revoked.</summary>
[Trait("Tier", "component")]
public sealed class GatewayKeyTests(SharedModels models)
{
    private const string Model = "m";

    [Fact]
    public async Task Revoke_AKeyInUse_EndsItsStreamWithinASecondAndShutsTheDoor()
    {
        await using var box = await RunningBox.StartAsync();
        await box.LoadAsync(models.Endless, Model, context: 8192);
        var (client, bystander) = (box.GatewayClient(await box.IssueKeyAsync("gone")), box.GatewayClient(await box.IssueKeyAsync("stays")));
        var (response, lines) = await client.StreamAsync(Model, 8000);
        var (other, otherLines) = await bystander.StreamAsync(Model, 8000);

        var began = Stopwatch.GetTimestamp();
        await box.Access.RevokeKeyAsync(new RevokeKeyRequest { Name = "gone" });
        await Assert.ThrowsAnyAsync<IOException>(() => lines.ReadToEndAsync());
        var took = Stopwatch.GetElapsedTime(began);

        Assert.True(took < TimeSpan.FromSeconds(1), $"The stream went on for {took.TotalMilliseconds} ms after the revocation.");
        Assert.NotNull(await otherLines.ReadLineAsync());
        Assert.Equal((HttpStatusCode.Unauthorized, "invalid_api_key"), await client.EndAsync("/v1/chat/completions", Asking.Question(Model, 1)));
        await box.WhenActiveAsync(Model, 1);
        response.Dispose();
        other.Dispose();
        await box.WhenActiveAsync(Model, 0);
        TestContext.Current.SendDiagnosticMessage($"stream ended {took.TotalMilliseconds:0} ms after the revocation was asked for");
    }

    [Fact]
    public async Task Ask_MoreThanTheQuota_IsToldWhenToComeBackAndWhatWasUsed()
    {
        await using var box = await RunningBox.StartAsync();
        await box.LoadAsync(models.Endless, Model);
        var client = box.GatewayClient(await box.IssueKeyAsync("few", new KeyQuota { RequestsPerDay = 2 }));
        for (var i = 0; i < 2; i++)
        {
            Assert.Equal((HttpStatusCode.OK, ""), await client.EndAsync("/v1/chat/completions", Asking.Question(Model, 3)));
        }

        using var refused = await client.PostAsync("/v1/chat/completions", Asking.Question(Model, 3));
        Assert.Equal(HttpStatusCode.TooManyRequests, refused.StatusCode);
        Assert.InRange(refused.Headers.RetryAfter!.Delta!.Value, TimeSpan.FromSeconds(1), TimeSpan.FromDays(1));
        var usage = Assert.Single((await box.Access.ListKeyUsageAsync(new ListKeyUsageRequest { Name = "few" })).Usage);
        Assert.Equal((2ul, 1ul, 6ul), (usage.Requests, usage.Refused, usage.CompletionTokens));
        Assert.True(usage.PromptTokens > 0);
    }

    [Fact]
    public async Task Ask_OutsideTheKeysScopeOrModels_IsRefusedAndAudited()
    {
        await using var box = await RunningBox.StartAsync();
        await box.LoadAsync(models.Endless, Model);
        await box.LoadAsync(models.Random, "other");
        var narrow = box.GatewayClient(await box.IssueKeyAsync("narrow", null, KeyScope.Embeddings));
        Assert.Equal((HttpStatusCode.Forbidden, "permission_denied"), await narrow.EndAsync("/v1/chat/completions", Asking.Question(Model, 1)));
        var issued = await box.Access.IssueKeyAsync(new IssueKeyRequest { Name = "one-model", Models = { Model } });
        var one = box.GatewayClient(issued.Text);
        Assert.Equal((HttpStatusCode.OK, ""), await one.EndAsync("/v1/chat/completions", Asking.Question(Model, 1)));
        Assert.Equal((HttpStatusCode.Forbidden, "permission_denied"), await one.EndAsync("/v1/chat/completions", Asking.Question("other", 1)));
        foreach (var name in new[] { "key:narrow", "key:one-model" })
        {
            var record = await box.RecordAsync("key.refused", record => record.Actor == name);
            Assert.Equal(("/v1/chat/completions", "PERMISSION_DENIED"), (record.Subject, record.Facts["reason"]));
        }

        var list = await one.GetStringAsync("/v1/models");
        Assert.Contains("\"id\":\"m\"", list, StringComparison.Ordinal);
        Assert.DoesNotContain("\"id\":\"other\"", list, StringComparison.Ordinal);
    }
}
