using EdgeBox.Daemon.Access.Keys;
using EdgeBox.Daemon.Gateway;
using EdgeBox.Daemon.Models;
using EdgeBox.Daemon.Models.Aliases;
using EdgeBox.Daemon.Tests.Support;
using EdgeBox.V1;
using Grpc.Core;

namespace EdgeBox.Daemon.Tests.Access.Keys;

public sealed class KeyRegistryTests
{
    [Fact]
    public async Task IssueKey_Everything_IsKeptAndListed()
    {
        await using var box = await TestAppliance.StartAsync();
        var request = new IssueKeyRequest
        {
            Name = "agent", Role = Role.Operator, Scopes = { KeyScope.Rerank, KeyScope.Chat, KeyScope.Chat }, Models = { "chat", "models/m@1" }, Tier = "gold", Weight = 2.5,
            Quota = new KeyQuota { ConcurrentRequests = 1, RequestsPerMinute = 2, TokensPerMinute = 3, RequestsPerDay = 4, TokensPerDay = 5 },
        };
        var issued = await box.Access().IssueKeyAsync(request);
        Assert.True(KeyText.IsWhole(issued.Text));
        var listed = Assert.Single((await box.Access().ListKeysAsync(new ListKeysRequest())).Keys);
        Assert.Equal(issued.Key, listed);
        Assert.Equal((Role.Operator, "gold", 2.5, request.Quota), (listed.Role, listed.Tier, listed.Weight, listed.Quota));
        Assert.Equal([KeyScope.Chat, KeyScope.Rerank], listed.Scopes);
        Assert.Equal(["chat", "models/m@1"], listed.Models);
        Assert.Equal(issued.Text[..8], listed.Hint);
        var keys = box.Get<KeyRegistry>();
        Assert.Equal((2.5, "gold"), (keys.WeightOf("key:agent"), keys.TierOf("key:agent")));
        Assert.Equal((2.5, 1), (box.Get<ModelHostDefaults>().Make().WeightOf("key:agent"), box.Get<ModelHostDefaults>().Make().WeightOf("key:nobody")));
        Assert.Equal((null, null), (keys.WeightOf("cert:agent"), keys.TierOf("key:nobody")));
    }

    [Theory]
    [InlineData("Alice")]
    [InlineData("")]
    public async Task IssueKey_BadName_IsRefused(string name)
    {
        await using var box = await TestAppliance.StartAsync();
        Assert.Equal("name", (await Refused(box, new IssueKeyRequest { Name = name }))["field"]);
    }

    [Fact]
    public async Task IssueKey_BadValues_AreRefusedByField()
    {
        await using var box = await TestAppliance.StartAsync();
        Assert.Equal("weight", (await Refused(box, new IssueKeyRequest { Name = "a", Weight = 1000 }))["field"]);
        Assert.Equal("tier", (await Refused(box, new IssueKeyRequest { Name = "a", Tier = "Gold tier" }))["field"]);
        Assert.Equal("models", (await Refused(box, new IssueKeyRequest { Name = "a", Models = { "a b" } }))["field"]);
        Assert.Equal("models", (await Refused(box, new IssueKeyRequest { Name = "a", Models = { Enumerable.Repeat("m", 65) } }))["field"]);
        Assert.Equal("scopes", (await Refused(box, new IssueKeyRequest { Name = "a", Scopes = { (KeyScope)99 } }))["field"]);
        Assert.Equal("role", (await Refused(box, new IssueKeyRequest { Name = "a", Role = Role.Technician }))["field"]);
        Assert.Empty((await box.Access().ListKeysAsync(new ListKeysRequest())).Keys);
    }

    [Fact]
    public async Task IssueKey_NameInForce_IsRefusedUntilTheOldOneIsRevoked()
    {
        await using var box = await TestAppliance.StartAsync();
        await box.Access().IssueKeyAsync(new IssueKeyRequest { Name = "a" });
        await box.Access().IssueKeyAsync(new IssueKeyRequest { Name = "a" }).IsRefused(StatusCode.AlreadyExists, ErrorReason.KeyExists);
        await box.Access().RevokeKeyAsync(new RevokeKeyRequest { Name = "a" });
        await box.Access().IssueKeyAsync(new IssueKeyRequest { Name = "a" });
        Assert.Equal([false, true], (await box.Access().ListKeysAsync(new ListKeysRequest())).Keys.Select(key => key.RevokeTime is not null));
        await box.Access().RevokeKeyAsync(new RevokeKeyRequest { Name = "b" }).IsRefused(StatusCode.NotFound, ErrorReason.KeyNotFound);
    }

    [Fact]
    public async Task Enter_KeyRevokedJustNow_IsRefusedAndWhatIsOpenIsEnded()
    {
        await using var box = await TestAppliance.StartAsync();
        var text = (await box.Access().IssueKeyAsync(new IssueKeyRequest { Name = "a" })).Text;
        var (registry, accounts) = (box.Get<KeyRegistry>(), box.Get<KeyAccounts>());
        var key = registry.Find(text)!;
        var ended = 0;
        using var open = accounts.Enter(key, () => ended++);
        await box.Access().RevokeKeyAsync(new RevokeKeyRequest { Name = "a" });
        Assert.Equal(1, ended);
        var refused = Assert.Throws<Daemon.Failures.FailureException>(() => accounts.Enter(key, () => { }));
        Assert.Equal(ErrorReason.KeyRevoked, refused.Reason);
    }

    [Fact]
    public async Task Usage_OverARestart_GoesOnWhereItWas()
    {
        using var directory = new TestDirectory();
        await using (var box = await TestAppliance.StartAsync(directory))
        {
            var key = box.Get<KeyRegistry>().Find((await box.Access().IssueKeyAsync(new IssueKeyRequest { Name = "a", Quota = new KeyQuota { RequestsPerDay = 2 } })).Text)!;
            box.Get<KeyAccounts>().Enter(key, () => { }).Dispose();
            box.Get<KeyAccounts>().Charge(key, new Usage { PromptTokens = 30, CachedPromptTokens = 10, CompletionTokens = 7 });
        }

        await using var again = await TestAppliance.StartAsync(directory);
        var same = again.Get<KeyRegistry>().All[0];
        again.Get<KeyAccounts>().Enter(same, () => { }).Dispose();
        Assert.Throws<Daemon.Failures.FailureException>(() => again.Get<KeyAccounts>().Enter(same, () => { }));
        var usage = Assert.Single((await again.Access().ListKeyUsageAsync(new ListKeyUsageRequest())).Usage);
        Assert.Equal(
            new KeyUsage { Name = "a", Day = "2026-12-01", Requests = 2, Refused = 1, PromptTokens = 30, CachedPromptTokens = 10, CompletionTokens = 7 }, usage);
        again.Time.Advance(TimeSpan.FromDays(1));
        Assert.Empty((await again.Access().ListKeyUsageAsync(new ListKeyUsageRequest())).Usage);
        Assert.Single((await again.Access().ListKeyUsageAsync(new ListKeyUsageRequest { Name = "a", Days = 2 })).Usage);
        await again.Access().ListKeyUsageAsync(new ListKeyUsageRequest { Days = 32 }).IsRefused(StatusCode.InvalidArgument, ErrorReason.InvalidArgument);
        await again.Access().ListKeyUsageAsync(new ListKeyUsageRequest { Name = "b" }).IsRefused(StatusCode.NotFound, ErrorReason.KeyNotFound);
    }

    [Fact]
    public async Task Resolve_AliasOfATier_ComesAfterTheKeysOwnAndBeforeEverybodys()
    {
        await using var box = await TestAppliance.StartAsync();
        await box.Access().IssueKeyAsync(new IssueKeyRequest { Name = "a", Tier = "gold" });
        var table = box.Get<AliasTable>();
        await MoveAsync("", "all");
        await MoveAsync("tier:gold", "golden");
        Assert.Equal(("models/golden", "models/all", "models/all"), (table.Resolve("chat", "key:a"), table.Resolve("chat", "key:b"), table.Resolve("", "cert:a", "chat")));
        await MoveAsync("key:a", "own");
        Assert.Equal("models/own", table.Resolve("chat", "key:a"));

        Task MoveAsync(string identity, string model) => table.MoveAsync(AliasKey.Parse("chat", identity), ModelName.Parse(model, "model"), "test");
    }

    [Fact]
    public void CheckRoute_RoleTooLowOrScopeMissing_IsRefused()
    {
        var key = KeyAccountTests.Key(new KeyQuota()) with { Scopes = [KeyScope.Embeddings] };
        GatewayKeys.CheckRoute(key, new GatewayRoute(Role.Client, KeyScope.Embeddings));
        GatewayKeys.CheckRoute(key, new GatewayRoute(Role.Client, KeyScope.Unspecified));
        Assert.Equal(("scope", "chat"), Fact(() => GatewayKeys.CheckRoute(key, new GatewayRoute(Role.Client, KeyScope.Chat))));
        Assert.Equal(("role", "client"), Fact(() => GatewayKeys.CheckRoute(key, new GatewayRoute(Role.Operator, KeyScope.Embeddings))));
    }

    private static (string, string) Fact(Action check)
    {
        var refused = Assert.Throws<Daemon.Failures.FailureException>(check);
        Assert.Equal(ErrorReason.PermissionDenied, refused.Reason);
        return refused.Facts[0];
    }

    private static Task<IDictionary<string, string>> Refused(TestAppliance box, IssueKeyRequest request) =>
        box.Access().IssueKeyAsync(request).ResponseAsync.IsRefused(StatusCode.InvalidArgument, ErrorReason.InvalidArgument);
}
