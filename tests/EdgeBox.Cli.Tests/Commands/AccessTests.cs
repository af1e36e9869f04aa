using EdgeBox.V1;
using Grpc.Core;
using Xunit;

namespace EdgeBox.Cli.Tests.Commands;

public sealed class AccessTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("edgebox-cli-").FullName;

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Fact]
    public async Task Issue_NewName_WritesThreeFilesWithTheKeyPrivate()
    {
        await using var box = await ScriptedBox.StartAsync();
        box.Script.Issue = Answer;
        var ran = await RunAsync(box, "access", "issue", "alice", "--role", "operator", "--valid-for", "90d", "--out", "alice");
        Assert.Equal(0, ran.Code);
        Assert.Equal("CERT 7776000 Operator", Read("alice/alice.crt"));
        Assert.Equal("KEY", Read("alice/alice.key"));
        Assert.Equal("CA", Read("alice/ca.crt"));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(Path.Combine(_directory, "alice/alice.key")));
        Assert.Contains("Issued alice as operator", ran.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("KEY", ran.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("alice.crt")]
    [InlineData("alice.key")]
    public async Task Issue_FileExists_AsksTheBoxNothingAndKeepsTheFile(string existing)
    {
        await using var box = await ScriptedBox.StartAsync();
        var asked = false;
        box.Script.Issue = request =>
        {
            asked = true;
            return Answer(request);
        };
        await File.WriteAllTextAsync(Path.Combine(_directory, existing), "old", TestContext.Current.CancellationToken);
        var ran = await RunAsync(box, "--json", "access", "issue", "alice", "--role", "client");
        Assert.Equal((3, "FILE_EXISTS"), (ran.Code, ran.Document.GetProperty("error").GetProperty("reason").GetString()));
        Assert.False(asked);
        Assert.Equal("old", Read(existing));
        Assert.Single(Directory.GetFiles(_directory));
    }

    [Fact]
    public async Task Issue_Refused_LeavesNoFile()
    {
        await using var box = await ScriptedBox.StartAsync();
        box.Script.Issue = _ => throw ScriptedBox.Refusal(ErrorReason.CertificateExists, StatusCode.AlreadyExists, "alice has one.", ("name", "alice"));
        var ran = await RunAsync(box, "access", "issue", "alice", "--role", "client");
        Assert.Equal(3, ran.Code);
        Assert.Empty(Directory.GetFiles(_directory));
    }

    [Fact]
    public async Task Issue_SigningRequest_WritesNoKeyAndSharesTheCa()
    {
        await using var box = await ScriptedBox.StartAsync();
        box.Script.Issue = Answer;
        await File.WriteAllTextAsync(Path.Combine(_directory, "a.csr"), "CSR", TestContext.Current.CancellationToken);
        await File.WriteAllTextAsync(Path.Combine(_directory, "ca.crt"), "CA\n", TestContext.Current.CancellationToken);
        var ran = await RunAsync(box, "--json", "access", "issue", "alice", "--role", "client", "--csr", "a.csr");
        Assert.Equal(0, ran.Code);
        var files = ran.Document.GetProperty("files");
        Assert.Equal(Path.Combine(_directory, "ca.crt"), files.GetProperty("ca").GetString());
        Assert.False(files.TryGetProperty("key", out _));
        Assert.Equal("alice", ran.Document.GetProperty("certificate").GetProperty("name").GetString());
        Assert.Equal(["a.csr", "alice.crt", "ca.crt"], Directory.GetFiles(_directory).Select(Path.GetFileName).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Issue_AnotherBoxsCaIsThere_KeepsBoth()
    {
        await using var box = await ScriptedBox.StartAsync();
        box.Script.Issue = Answer;
        await File.WriteAllTextAsync(Path.Combine(_directory, "ca.crt"), "OTHER", TestContext.Current.CancellationToken);
        var ran = await RunAsync(box, "access", "issue", "alice", "--role", "client");
        Assert.Equal((0, "OTHER", "CA"), (ran.Code, Read("ca.crt"), Read("alice-ca.crt")));
    }

    [Theory]
    [InlineData("y\n", 0)]
    [InlineData("yes\n", 0)]
    [InlineData("\n", 7)]
    [InlineData("no\n", 7)]
    [InlineData("", 7)]
    public async Task Revoke_OnATerminal_AsksFirst(string answer, int expected)
    {
        await using var box = await ScriptedBox.StartAsync();
        var revoked = "";
        box.Script.Revoke = request => new Certificate { Name = revoked = request.Name, Serial = "01" };
        var ran = await Cli.RunAsync(["--endpoint", box.Endpoint, "access", "revoke", "alice"], new Surroundings { Terminal = true, Width = 80, Input = answer });
        Assert.Equal((expected, expected == 0 ? "alice" : ""), (ran.Code, revoked));
        Assert.Contains("Revoke alice?", ran.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Revoke_NoTerminal_NeedsYes()
    {
        await using var box = await ScriptedBox.StartAsync();
        box.Script.Revoke = request => new Certificate { Name = request.Name, Serial = "01" };
        Assert.Equal(2, (await Cli.RunAsync(box, "access", "revoke", "alice")).Code);
        var ran = await Cli.RunAsync(box, "access", "revoke", "alice", "--yes");
        Assert.Equal((0, "Revoked alice (serial 01).\n"), (ran.Code, ran.Output));
    }

    [Fact]
    public async Task AuditList_MoreThanAPage_ReadsOnUntilTheLimit()
    {
        await using var box = await ScriptedBox.StartAsync();
        var sizes = new List<int>();
        box.Script.Records = request =>
        {
            sizes.Add(request.PageSize);
            var first = request.PageToken.Length == 0 ? 3000UL : ulong.Parse(request.PageToken, System.Globalization.CultureInfo.InvariantCulture);
            var page = new ListRecordsResponse { NextPageToken = $"{first - (ulong)request.PageSize}" };
            page.Records.AddRange(Enumerable.Range(0, request.PageSize).Select(i => Samples.Record(first - (ulong)i)));
            return page;
        };
        var ran = await Cli.RunAsync(box, "--json", "audit", "list", "--limit", "1500");
        Assert.Equal([1000, 500], sizes);
        Assert.Equal(1500, ran.Document.GetProperty("records").GetArrayLength());
        Assert.Equal("1501", ran.Document.GetProperty("records")[1499].GetProperty("sequence").GetString());
    }

    [Fact]
    public async Task AuditVerify_BrokenChain_ExitsAsUntrusted()
    {
        await using var box = await ScriptedBox.StartAsync();
        box.Script.Verify = () => new VerifyChainResponse { Records = 9, BrokenSequence = 5, Problem = "its hash does not match" };
        var ran = await Cli.RunAsync(box, "audit", "verify");
        Assert.Equal(6, ran.Code);
        Assert.Contains("Record 5 is not as it was written: its hash does not match", ran.Error, StringComparison.Ordinal);
        var json = await Cli.RunAsync(box, "--json", "audit", "verify");
        Assert.Equal((6, "5"), (json.Code, json.Document.GetProperty("brokenSequence").GetString()));
    }

    private static IssueCertificateResponse Answer(IssueCertificateRequest request) => new()
    {
        Certificate = new Certificate { Name = request.Name, Role = request.Role, Serial = "01" },
        CertificatePem = $"CERT {request.ValidFor?.Seconds} {request.Role}",
        PrivateKeyPem = request.CsrPem.Length == 0 ? "KEY" : "",
        CaPem = "CA",
    };

    private Task<Ran> RunAsync(ScriptedBox box, params string[] args) => Cli.RunAsync(["--endpoint", box.Endpoint, .. args], new Surroundings { Directory = _directory });

    private string Read(string name) => File.ReadAllText(Path.Combine(_directory, name));
}
