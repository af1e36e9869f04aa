using EdgeBox.Daemon.Tests.Support;
using EdgeBox.V1;
using Grpc.Core;

namespace EdgeBox.Daemon.Tests.Access;

public sealed class AccessServiceTests
{
    [Fact]
    public async Task GetCaller_OverUnixSocketAsRoot_IsAdmin()
    {
        await using var box = await TestAppliance.StartAsync();
        var caller = await box.Access().GetCallerAsync(new GetCallerRequest());
        Assert.Equal(("unix", Role.Admin), (caller.Endpoint, caller.Role));
        Assert.StartsWith("uid:", caller.Identity);
    }

    [Fact]
    public async Task IssueCertificate_OwnKey_OpensTls()
    {
        await using var box = await TestAppliance.StartAsync();
        using var certificate = await box.IssueAsync("alice", Role.Operator);
        var caller = await new AccessService.AccessServiceClient(box.Tls(certificate)).GetCallerAsync(new GetCallerRequest());
        Assert.Equal(("cert:alice", Role.Operator, "tls"), (caller.Identity, caller.Role, caller.Endpoint));
        var record = Assert.Single(await box.RecordsAsync("access.issued"));
        Assert.Equal("certificates/alice", record.Subject);
    }

    [Fact]
    public async Task IssueCertificate_NameInForce_IsRefused()
    {
        await using var box = await TestAppliance.StartAsync();
        using var first = await box.IssueAsync("alice", Role.Client);
        await box.Access().IssueCertificateAsync(new IssueCertificateRequest { Name = "alice", Role = Role.Client })
            .IsRefused(StatusCode.AlreadyExists, ErrorReason.CertificateExists);
    }
}
