using EdgeBox.V1;
using Google.Protobuf.WellKnownTypes;
using Xunit;

namespace EdgeBox.Cli.Tests.Commands;

/// <summary>API keys: issued and shown once, listed, revoked, and what they used.</summary>
public sealed class KeyTests : IDisposable
{
    private const string Text = "ebx_0000000000000000000000000000000000000000000000000";

    private readonly string _directory = Directory.CreateTempSubdirectory("edgebox-cli-").FullName;

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Fact]
    public async Task IssueKey_EveryOption_IsAskedForAndTheKeyStandsOnALineOfItsOwn()
    {
        await using var box = await ScriptedBox.StartAsync();
        IssueKeyRequest? asked = null;
        box.Script.IssueKey = request => Answer(asked = request);
        var ran = await Cli.RunAsync(box, "access", "issue-key", "agent", "--role", "operator", "--allow", "chat", "--allow", "rerank", "--model", "chat", "--tier", "gold",
            "--weight", "2.5", "--concurrent", "1", "--requests-per-minute", "2", "--tokens-per-minute", "3", "--requests-per-day", "4", "--tokens-per-day", "5", "--valid-for", "90d");
        Assert.Equal(0, ran.Code);
        Assert.Equal(
            new IssueKeyRequest
            {
                Name = "agent", Role = Role.Operator, Scopes = { KeyScope.Chat, KeyScope.Rerank }, Models = { "chat" }, Tier = "gold", Weight = 2.5,
                Quota = new KeyQuota { ConcurrentRequests = 1, RequestsPerMinute = 2, TokensPerMinute = 3, RequestsPerDay = 4, TokensPerDay = 5 },
                ValidFor = Duration.FromTimeSpan(TimeSpan.FromDays(90)),
            },
            asked);
        Assert.Contains($"\n{Text}\n", ran.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task IssueKey_Out_WritesAFileThatOthersCannotReadAndShowsNothing()
    {
        await using var box = await ScriptedBox.StartAsync();
        box.Script.IssueKey = Answer;
        var path = Path.Combine(_directory, "agent.key");
        var ran = await Cli.RunAsync(box, "--json", "access", "issue-key", "agent", "--out", path);
        Assert.Equal((0, Text + "\n"), (ran.Code, await File.ReadAllTextAsync(path, TestContext.Current.CancellationToken)));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(path));
        Assert.DoesNotContain(Text, ran.Output, StringComparison.Ordinal);
        Assert.Equal("agent", ran.Document.GetProperty("key").GetProperty("name").GetString());
        var again = await Cli.RunAsync(box, "--json", "access", "issue-key", "agent", "--out", path);
        Assert.Equal((3, "FILE_EXISTS"), (again.Code, again.Document.GetProperty("error").GetProperty("reason").GetString()));
    }

    [Theory]
    [InlineData("--requests-per-minute", "0")]
    [InlineData("--tokens-per-day", "-1")]
    [InlineData("--concurrent", "many")]
    [InlineData("--allow", "everything")]
    public async Task IssueKey_BadValue_AsksTheBoxNothing(string option, string value)
    {
        await using var box = await ScriptedBox.StartAsync();
        Assert.Equal(2, (await Cli.RunAsync(box, "access", "issue-key", "agent", option, value)).Code);
    }

    [Fact]
    public async Task UpdateKey_SomeOptions_ChangesTheseAlone()
    {
        await using var box = await ScriptedBox.StartAsync();
        UpdateKeyRequest? asked = null;
        box.Script.UpdateKey = request =>
        {
            asked = request;
            return new ApiKey { Name = "agent", Hint = "ebx_0000", Scopes = { KeyScope.Chat }, Quota = new KeyQuota { RequestsPerMinute = 2 } };
        };
        var ran = await Cli.RunAsync(box, "access", "update-key", "agent", "--allow", "chat", "--model", "all", "--requests-per-minute", "2", "--tokens-per-day", "none");
        Assert.Equal(0, ran.Code);
        Assert.Equal(
            new UpdateKeyRequest
            {
                Key = new ApiKey { Name = "agent", Scopes = { KeyScope.Chat }, Quota = new KeyQuota { RequestsPerMinute = 2 } },
                UpdateMask = new FieldMask { Paths = { "scopes", "models", "quota.requests_per_minute", "quota.tokens_per_day" } },
            },
            asked);
        Assert.StartsWith("Changed the API key of agent (ebx_0000…).\n", ran.Output, StringComparison.Ordinal);
        Assert.Equal(2, (await Cli.RunAsync(box, "access", "update-key", "agent")).Code);
    }

    [Fact]
    public async Task RevokeKey_NoTerminal_NeedsYes()
    {
        await using var box = await ScriptedBox.StartAsync();
        box.Script.RevokeKey = request => new ApiKey { Name = request.Name, Hint = "ebx_0000" };
        Assert.Equal(2, (await Cli.RunAsync(box, "access", "revoke-key", "agent")).Code);
        var ran = await Cli.RunAsync(box, "access", "revoke-key", "agent", "--yes");
        Assert.Equal((0, "Revoked the API key of agent (ebx_0000…).\n"), (ran.Code, ran.Output));
    }

    [Fact]
    public async Task ListAndUsage_SeveralKeys_AreTables()
    {
        await using var box = await ScriptedBox.StartAsync();
        box.Script.Keys = () => new ListKeysResponse
        {
            Keys =
            {
                Answer(new IssueKeyRequest { Name = "agent", Scopes = { KeyScope.Chat }, Models = { "chat" }, Tier = "gold", Weight = 4, Quota = new KeyQuota { RequestsPerMinute = 60 } }).Key,
                new ApiKey { Name = "old", Hint = "ebx_zzzz", Role = Role.Client, Weight = 1, IssueTime = Samples.Time, RevokeTime = Samples.Time },
            },
        };
        ListKeyUsageRequest? asked = null;
        box.Script.KeyUsage = request =>
        {
            asked = request;
            return new ListKeyUsageResponse
            {
                Usage = { new KeyUsage { Name = "agent", Day = "2026-11-26", Requests = 1200, Refused = 3, PromptTokens = 1_234_567, CachedPromptTokens = 1000, CompletionTokens = 89 } },
            };
        };
        var list = await Cli.RunAsync(box, "access", "list-keys");
        var usage = await Cli.RunAsync(box, "access", "usage", "agent", "--days", "30");
        Assert.Equal(new ListKeyUsageRequest { Name = "agent", Days = 30 }, asked);
        Golden.Check("keys", list.Output + "\n" + usage.Output);
    }

    private static IssueKeyResponse Answer(IssueKeyRequest request) => new()
    {
        Text = Text,
        Key = new ApiKey
        {
            Name = request.Name, Hint = Text[..8], Role = request.Role == Role.Unspecified ? Role.Client : request.Role, Scopes = { request.Scopes }, Models = { request.Models },
            Tier = request.Tier, Weight = request.Weight == 0 ? 1 : request.Weight, Quota = request.Quota, IssueTime = Samples.Time,
        },
    };
}
