using EdgeBox.Daemon.Audit;
using EdgeBox.Daemon.Tests.Support;
using EdgeBox.V1;
using Microsoft.Extensions.Time.Testing;

namespace EdgeBox.Daemon.Tests.Audit;

public sealed class RefusalTests
{
    private readonly FakeTimeProvider _time = new();

    [Fact]
    public void Admit_SameRefusalAgainAndAgain_IsCountedAfterAFew()
    {
        var coalescer = new RefusalCoalescer(_time);
        var admitted = Enumerable.Range(0, 1000).Count(_ => coalescer.Admit(AuditEntry.Of("call.refused", "uid:1", "/m")));
        Assert.Equal(RefusalCoalescer.PerKindPerMinute, admitted);
        Assert.Empty(coalescer.Tell());
        _time.Advance(RefusalCoalescer.TellingInterval);
        var told = Assert.Single(coalescer.Tell());
        Assert.Equal(("call.refused", "uid:1", "/m", "995", "600"), (told.Event, told.Actor, told.Subject, told.Facts["repeated"], told.Facts["within_seconds"]));
        Assert.Empty(coalescer.Tell(ending: true));
    }

    [Fact]
    public void Admit_WorkersThatDie_EachHasItsOwnRecordUpToTheLimitOfAllKinds()
    {
        var coalescer = new RefusalCoalescer(_time);
        var admitted = Enumerable.Range(0, 1000).Count(_ => coalescer.Admit(AuditEntry.Of("worker.died", "box", "models/m")));
        Assert.Equal(RefusalCoalescer.Burst, admitted);
    }

    [Fact]
    public void Admit_FloodOfDifferentRefusalsForADay_StaysBounded()
    {
        var coalescer = new RefusalCoalescer(_time);
        long records = 0;
        long refusals = 0;
        for (var minute = 0; minute < 24 * 60; minute++)
        {
            for (var i = 0; i < 100; i++)
            {
                refusals++;
                records += coalescer.Admit(AuditEntry.Of("handshake.refused", $"address:{refusals}", "no certificate")) ? 1 : 0;
            }

            records += coalescer.Tell().Count;
            _time.Advance(TimeSpan.FromMinutes(1));
        }

        Assert.InRange(records, 1000, 19_000);
    }

    [Fact]
    public void Tell_EverythingThatWasNotAdmitted_IsCountedSomewhere()
    {
        var coalescer = new RefusalCoalescer(_time);
        var admitted = Enumerable.Range(0, 5000).Count(i => coalescer.Admit(AuditEntry.Of("call.refused", $"uid:{i % 500}", "/m")));
        var counted = coalescer.Tell(ending: true).Sum(e => long.Parse(e.Facts["repeated"], System.Globalization.CultureInfo.InvariantCulture));
        Assert.Equal(5000, admitted + counted);
    }

    [Fact]
    public async Task Refused_FloodOverTheWire_IsAFewRecordsAndACount()
    {
        await using var box = await TestAppliance.StartAsync();
        using var certificate = await box.IssueAsync("noisy", Role.Client);
        var client = new V1.AuditService.AuditServiceClient(box.Tls(certificate));
        await Parallel.ForAsync(0, 100, async (_, cancelled) =>
            await client.VerifyChainAsync(new VerifyChainRequest(), cancellationToken: cancelled).IsRefused(Grpc.Core.StatusCode.PermissionDenied, ErrorReason.PermissionDenied));
        Assert.Equal(RefusalCoalescer.PerKindPerMinute, (await box.RecordsAsync("call.refused")).Count);
        box.Time.Advance(RefusalCoalescer.TellingInterval);
        var newest = (await box.RecordsAsync("call.refused"))[0];
        Assert.Equal("95", newest.Facts["repeated"]);
        Assert.True((await box.Audit().VerifyChainAsync(new VerifyChainRequest())).Intact);
    }

    [Fact]
    public async Task ListRecords_Pages_HoldEveryRecordOnceNewestFirst()
    {
        await using var box = await TestAppliance.StartAsync();
        for (var i = 0; i < 7; i++)
        {
            await box.Get<AuditLog>().AppendAsync("test.event", "box", $"{i}");
        }

        var seen = new List<ulong>();
        var token = string.Empty;
        do
        {
            var page = await box.Audit().ListRecordsAsync(new ListRecordsRequest { PageSize = 3, PageToken = token });
            seen.AddRange(page.Records.Select(r => r.Sequence));
            token = page.NextPageToken;
        }
        while (token.Length > 0);
        Assert.Equal([7, 6, 5, 4, 3, 2, 1], seen);
    }

    [Theory]
    [InlineData(-1, "")]
    [InlineData(1001, "")]
    [InlineData(0, "nonsense")]
    public async Task ListRecords_BadPage_IsRefusedByField(int size, string token)
    {
        await using var box = await TestAppliance.StartAsync();
        var facts = await box.Audit().ListRecordsAsync(new ListRecordsRequest { PageSize = size, PageToken = token }).ResponseAsync
            .IsRefused(Grpc.Core.StatusCode.InvalidArgument, ErrorReason.InvalidArgument);
        Assert.Equal(token.Length > 0 ? "page_token" : "page_size", facts["field"]);
    }
}
