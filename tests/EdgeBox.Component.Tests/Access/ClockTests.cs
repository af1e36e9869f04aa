using EdgeBox.V1;
using Grpc.Net.Client;

namespace EdgeBox.Component.Tests.Access;

/// <summary>A machine whose clock is wrong by decades still serves, lets nobody in who expired and locks nobody out.</summary>
[Trait("Tier", "component")]
public sealed class ClockTests(SharedModels models)
{
    private const string Model = "chat";
    private const string At1970 = "@1970-01-01 00:00:10";
    private const string At2038 = "@2038-01-19 03:14:05";

    private static readonly string s_library = "/usr/lib/x86_64-linux-gnu/faketime/libfaketime.so.1";

    [Fact]
    public async Task Clock_At1970AndAt2038_CertificatesOfEveryTimeWork()
    {
        SkipUnlessFakeTime();
        var directory = TestDirectory.Make();
        List<IssueCertificateResponse> issued = [];
        List<DateTimeOffset> seen = [];

        foreach (var clock in new[] { "", At1970, At2038, At1970, "" })
        {
            await using var box = await RunningBox.StartAsync(directory: directory, launcher: clock.Length == 0 ? [] : Faked(clock));
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
    public async Task Start_FirstOfAllWithAWrongClock_StillServes(string clock)
    {
        SkipUnlessFakeTime();
        await using var box = await RunningBox.StartAsync(launcher: Faked(clock));
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
        SkipUnlessFakeTime();
        var directory = TestDirectory.Make();
        var offset = Path.Combine(directory, "offset");
        await File.WriteAllTextAsync(offset, "+0");
        await using var box = await RunningBox.StartAsync(directory: directory, launcher: Followed(offset));
        var issued = await box.Access.IssueCertificateAsync(new IssueCertificateRequest
        {
            Name = "shortly", Role = Role.Client, ValidFor = new Google.Protobuf.WellKnownTypes.Duration { Seconds = 60 },
        });
        using var certificate = RunningBox.Certificate(issued);
        var open = new AccessService.AccessServiceClient(box.TlsChannel(certificate, issued.CaPem));
        Assert.Equal(Role.Client, (await open.GetCallerAsync(new GetCallerRequest())).Role);
        Assert.Equal(60, (issued.Certificate.ExpireTime - issued.Certificate.IssueTime).Seconds, 1.0);

        await File.WriteAllTextAsync(offset, "+90");

        var refusal = await Refusal.OfAsync(async () => await open.GetCallerAsync(new GetCallerRequest()));
        Assert.Equal(ErrorReason.Unauthenticated, refusal.Reason);
        Assert.Contains("expired", refusal.Message, StringComparison.Ordinal);
        var fresh = new AccessService.AccessServiceClient(box.TlsChannel(certificate, issued.CaPem));
        await Assert.ThrowsAsync<Grpc.Core.RpcException>(async () => await fresh.GetCallerAsync(new GetCallerRequest()));
        var record = await box.RecordAsync("handshake.refused", r => r.Facts["name"] == "shortly");
        Assert.Equal(("UNAUTHENTICATED", "expired certificate"), (record.Facts["reason"], record.Subject));

        // Turning the clock back opens nothing again.
        await File.WriteAllTextAsync(offset, "+0");
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

    private static void SkipUnlessFakeTime() =>
        Assert.SkipUnless(File.Exists(s_library), "skipped: Debian's package faketime is not installed");

    /// <summary>A launcher under which the wall clock starts at a moment; the monotonic clock is left alone.</summary>
    private static string[] Faked(string moment) => ["env", "LD_PRELOAD=" + s_library, "FAKETIME_DONT_FAKE_MONOTONIC=1", "FAKETIME=" + moment];

    /// <summary>A launcher under which the wall clock is off by what stands in a file.</summary>
    private static string[] Followed(string file) =>
        ["env", "LD_PRELOAD=" + s_library, "FAKETIME_DONT_FAKE_MONOTONIC=1", "FAKETIME_NO_CACHE=1", "FAKETIME_TIMESTAMP_FILE=" + file];

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
