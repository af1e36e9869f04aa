using EdgeBox.Daemon.Access;
using EdgeBox.Daemon.Tests.Support;
using EdgeBox.V1;
using Google.Protobuf.Reflection;
using Grpc.Core;
using Grpc.Health.V1;

namespace EdgeBox.Daemon.Tests.Access;

public sealed class RoleTests
{
    [Fact]
    public void RequiredRole_EveryRpcOfTheContract_IsSet()
    {
        var methods = RpcRoles.Contract.SelectMany(f => f.Services).SelectMany(s => s.Methods).ToList();
        Assert.NotEmpty(methods);
        Assert.All(methods, m => Assert.NotEqual(Role.Unspecified, m.GetOptions().GetExtension(RolesExtensions.RequiredRole)));
    }

    [Fact]
    public void Contract_EveryFileWithAService_IsListed()
    {
        var files = typeof(RolesReflection).Assembly.GetTypes()
            .Select(t => t.GetProperty("Descriptor")?.GetValue(null))
            .OfType<FileDescriptor>()
            .Where(f => f.Package == "edgebox.v1" && f.Services.Count > 0);
        Assert.Equal(files.Select(f => f.Name).Order(), RpcRoles.Contract.Select(f => f.Name).Order());
    }

    [Theory]
    [InlineData(0u, new uint[0], Role.Admin)]
    [InlineData(777u, new uint[0], Role.Admin)]
    [InlineData(1000u, new uint[0], Role.Anyone)]
    [InlineData(1000u, new uint[] { 5, 31 }, Role.Client)]
    [InlineData(1000u, new uint[] { 32, 31 }, Role.Operator)]
    [InlineData(1000u, new uint[] { 31, 32, 33 }, Role.Admin)]
    public void RoleOf_UserAndGroups_IsTheHighest(uint user, uint[] groups, Role expected)
    {
        var roles = new GroupRoles(777, new Dictionary<string, uint> { ["edgebox-client"] = 31, ["edgebox-operator"] = 32, ["edgebox-admin"] = 33 });
        Assert.Equal(expected, roles.RoleOf(user, groups));
    }

    [Fact]
    public async Task Call_OtherUserOnUnixSocket_IsAnyoneAndRefusedAndAudited()
    {
        Assert.SkipUnless(OtherUser.Possible, "needs root to connect as another user");
        await using var box = await TestAppliance.StartAsync();
        OpenTo(box);
        var channel = box.Unix(() => OtherUser.Connect(box.ConnectUnix, 12345, 12346));
        var client = new V1.AccessService.AccessServiceClient(channel);
        var caller = await client.GetCallerAsync(new GetCallerRequest());
        Assert.Equal(("uid:12345", Role.Anyone), (caller.Identity, caller.Role));
        var facts = await client.ListCertificatesAsync(new ListCertificatesRequest()).ResponseAsync.IsRefused(StatusCode.PermissionDenied, ErrorReason.PermissionDenied);
        Assert.Equal(("anyone", "admin"), (facts["role"], facts["required_role"]));
        var record = Assert.Single(await box.RecordsAsync("call.refused"));
        Assert.Equal(("uid:12345", "/edgebox.v1.AccessService/ListCertificates"), (record.Actor, record.Subject));
        Assert.Equal("PERMISSION_DENIED", record.Facts["reason"]);
    }

    [Fact]
    public async Task Call_OtherUserInGroup_HasItsRole()
    {
        Assert.SkipUnless(OtherUser.Possible, "needs root to connect as another user");
        await using var box = await TestAppliance.StartAsync(groups: new Dictionary<string, uint> { ["edgebox-operator"] = 4242 });
        OpenTo(box);
        var channel = box.Unix(() => OtherUser.Connect(box.ConnectUnix, 12345, 12346, 4241, 4242));
        var caller = await new V1.AccessService.AccessServiceClient(channel).GetCallerAsync(new GetCallerRequest());
        Assert.Equal(Role.Operator, caller.Role);
    }

    [Theory]
    [InlineData(Role.Client, true)]
    [InlineData(Role.Admin, false)]
    public async Task Call_CertificateOfRole_MayDoWhatTheRoleMay(Role role, bool refused)
    {
        await using var box = await TestAppliance.StartAsync();
        using var certificate = await box.IssueAsync("carol", role);
        var call = new AuditService.AuditServiceClient(box.Tls(certificate)).VerifyChainAsync(new VerifyChainRequest());
        if (!refused)
        {
            Assert.True((await call).Intact);
            return;
        }

        await call.IsRefused(StatusCode.PermissionDenied, ErrorReason.PermissionDenied);
        var record = Assert.Single(await box.RecordsAsync("call.refused"));
        Assert.Equal(("cert:carol", "client", "admin"), (record.Actor, record.Facts["role"], record.Facts["required_role"]));
    }

    [Fact]
    public async Task Health_Anyone_IsServing()
    {
        await using var box = await TestAppliance.StartAsync();
        var answer = await new Grpc.Health.V1.Health.HealthClient(box.Unix()).CheckAsync(new HealthCheckRequest());
        Assert.Equal(HealthCheckResponse.Types.ServingStatus.Serving, answer.Status);
    }

    [Theory]
    [InlineData(Role.Client, 403)]
    [InlineData(Role.Operator, 200)]
    public async Task Metrics_OverHttp1_AreForOperators(Role role, int expected)
    {
        await using var box = await TestAppliance.StartAsync();
        using var certificate = await box.IssueAsync("prometheus", role);
        using var client = new HttpClient(box.TlsHandler(certificate)) { DefaultRequestVersion = new Version(1, 1) };
        using var answer = await client.GetAsync(new Uri(box.TlsAddress, "/metrics"));
        Assert.Equal(expected, (int)answer.StatusCode);
        var text = await answer.Content.ReadAsStringAsync();
        Assert.Contains(expected == 200 ? "process_resident_memory_bytes" : "PERMISSION_DENIED", text);
    }

    private static void OpenTo(TestAppliance box)
    {
        File.SetUnixFileMode(box.Directory.Path, (UnixFileMode)0x1ed);
        File.SetUnixFileMode(box.SocketPath, (UnixFileMode)0x1b6);
    }
}
