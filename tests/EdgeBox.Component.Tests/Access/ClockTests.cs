using EdgeBox.V1;
using Grpc.Net.Client;

namespace EdgeBox.Component.Tests.Access;

/// <summary>A machine whose clock is wrong by decades still serves, lets nobody in who expired and locks nobody out.</summary>
[Trait("Tier", "component")]
public sealed class ClockTests(SharedModels models)
{
    private const string Model = "chat";

    // Ten seconds after the epoch, and two before 32 bits of seconds are full.
    private const long At1970 = 10;
    private const long At2038 = int.MaxValue - 2L;

    private static readonly Lazy<Task<string>> s_library = new(CompileAsync);

    [Fact]
    public async Task Clock_At1970AndAt2038_CertificatesOfEveryTimeWork()
    {
        var directory = TestDirectory.Make();
        List<IssueCertificateResponse> issued = [];
        List<DateTimeOffset> seen = [];

        foreach (var clock in new long?[] { null, At1970, At2038, At1970, null })
        {
            await using var box = await RunningBox.StartAsync(directory: directory, launcher: clock is { } wrong ? await StartingAtAsync(wrong) : []);
            if (issued.Count == 0)
            {
                await box.LoadAsync(models.Scripted, Model);
            }

            issued.Add(await box.IssueAsync($"client-{issued.Count}", Role.Client));
            await WaitUntilReadyAsync(box);
            foreach (var response in issued)
            {
                await AssertServedAsync(box.TlsChannel(RunningBox.Certificate(response), response.CaPem), response.Certificate.Name);
            }

            seen.Add((await box.Appliance.GetStatusAsync(new GetStatusRequest())).Time.ToDateTimeOffset());
            await box.AssertAuditIntactAsync();
            Assert.Equal(0, await box.StopAsync());
        }

        Assert.Equal(seen.Order(), seen);
        Assert.Equal(5, seen.Distinct().Count());
        // Neither of the wrong clocks has left its mark.
        Assert.InRange(seen[^1] - TimeProvider.System.GetUtcNow(), TimeSpan.FromMinutes(-1), TimeSpan.FromMinutes(5));
        Assert.Equal([.. issued.Select(i => i.Certificate.IssueTime).OrderBy(time => time)], issued.Select(i => i.Certificate.IssueTime));
    }

    [Theory]
    [InlineData(At1970)]
    [InlineData(At2038)]
    public async Task Start_FirstOfAllWithAWrongClock_StillServes(long clock)
    {
        await using var box = await RunningBox.StartAsync(launcher: await StartingAtAsync(clock));
        await box.LoadAsync(models.Scripted, Model);

        var issued = await box.IssueAsync("first", Role.Client);
        await AssertServedAsync(box.TlsChannel(RunningBox.Certificate(issued), issued.CaPem), "first");

        var status = await box.Appliance.GetStatusAsync(new GetStatusRequest());
        Assert.Equal(Health.Degraded, status.Health);
        Assert.Contains(status.Problems, problem => problem.Contains("clock", StringComparison.OrdinalIgnoreCase));
    }

    [Fact]
    public async Task Certificate_ItsMinuteHasPassed_IsRefusedOnOpenAndNewConnectionsAndAudited()
    {
        var directory = TestDirectory.Make();
        var offset = Path.Combine(directory, "offset");
        await File.WriteAllTextAsync(offset, "0");
        await using var box = await RunningBox.StartAsync(directory: directory, launcher: await OffByAsync(offset));
        var issued = await box.Access.IssueCertificateAsync(new IssueCertificateRequest
        {
            Name = "shortly", Role = Role.Client, ValidFor = new Google.Protobuf.WellKnownTypes.Duration { Seconds = 60 },
        });
        using var certificate = RunningBox.Certificate(issued);
        var open = new AccessService.AccessServiceClient(box.TlsChannel(certificate, issued.CaPem));
        Assert.Equal(Role.Client, (await open.GetCallerAsync(new GetCallerRequest())).Role);
        Assert.Equal(60, (issued.Certificate.ExpireTime - issued.Certificate.IssueTime).Seconds, 1.0);

        await File.WriteAllTextAsync(offset, "90");

        var refusal = await Refusal.OfAsync(async () => await open.GetCallerAsync(new GetCallerRequest()));
        Assert.Equal(ErrorReason.Unauthenticated, refusal.Reason);
        Assert.Contains("expired", refusal.Message, StringComparison.Ordinal);
        var fresh = new AccessService.AccessServiceClient(box.TlsChannel(certificate, issued.CaPem));
        await Assert.ThrowsAsync<Grpc.Core.RpcException>(async () => await fresh.GetCallerAsync(new GetCallerRequest()));
        var record = await box.RecordAsync("handshake.refused", r => r.Facts["name"] == "shortly");
        Assert.Equal(("UNAUTHENTICATED", "expired certificate"), (record.Facts["reason"], record.Subject));

        // Turning the clock back opens nothing again.
        await File.WriteAllTextAsync(offset, "0");
        Assert.Equal(ErrorReason.Unauthenticated, (await Refusal.OfAsync(async () => await open.GetCallerAsync(new GetCallerRequest()))).Reason);
    }

    [Fact]
    public async Task Issue_ForLessThanAMinute_IsRefused()
    {
        await using var box = await RunningBox.StartAsync();

        var refusal = await Refusal.OfAsync(async () => await box.Access.IssueCertificateAsync(new IssueCertificateRequest
        {
            Name = "too-short", Role = Role.Client, ValidFor = new Google.Protobuf.WellKnownTypes.Duration { Seconds = 59 },
        }));

        Assert.Equal((ErrorReason.InvalidArgument, "valid_for"), (refusal.Reason, refusal.Facts["field"]));
    }

    /// <summary>A launcher under which the wall clock starts so many seconds after 1970.</summary>
    private static async Task<string[]> StartingAtAsync(long seconds) => ["env", "LD_PRELOAD=" + await s_library.Value, $"CLOCK_STARTS={seconds}"];

    /// <summary>A launcher under which the wall clock is off by the seconds that stand in a file.</summary>
    private static async Task<string[]> OffByAsync(string file) => ["env", "LD_PRELOAD=" + await s_library.Value, "CLOCK_IS_OFF=" + file];

    private static async Task<string> CompileAsync()
    {
        var library = Path.Combine(TestDirectory.Make(), "clock.so");
        var source = await File.ReadAllTextAsync(Path.Combine(Product.Root, "tests/EdgeBox.Component.Tests/Access/clock.c"));
        await CProgram.CompileAsync(source, library, "-shared", "-fPIC", "-Wall", "-Werror");
        return library;
    }

    private static async Task WaitUntilReadyAsync(RunningBox box) =>
        await Eventually.TrueAsync($"{Model} is ready", async () => (await box.GetModelAsync(Model)).State == ModelState.Ready);

    private static async Task AssertServedAsync(GrpcChannel channel, string name)
    {
        var caller = await new AccessService.AccessServiceClient(channel).GetCallerAsync(new GetCallerRequest(), deadline: BoxExtensions.Deadline);
        Assert.Equal("cert:" + name, caller.Identity);
        var inference = new InferenceService.InferenceServiceClient(channel);
        Assert.Equal(SharedModels.ScriptedAnswer, await inference.ChatAsync(Model, SharedModels.ScriptedQuestion));
        Assert.True(await inference.TokenizeAsync(Model) > 0);
    }
}
