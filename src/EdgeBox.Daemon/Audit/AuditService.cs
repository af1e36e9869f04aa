using System.Globalization;
using EdgeBox.Daemon.Failures;
using EdgeBox.V1;
using Google.Protobuf.WellKnownTypes;
using Grpc.Core;

namespace EdgeBox.Daemon.Audit;

/// <summary>The wire face of <see cref="AuditLog"/>.</summary>
internal sealed class AuditService(AuditLog log) : V1.AuditService.AuditServiceBase
{
    private const int DefaultPage = 100;
    private const int LargestPage = 1000;

    public override async Task<ListRecordsResponse> ListRecords(ListRecordsRequest request, ServerCallContext context)
    {
        var size = PageSize.Of(request.PageSize, DefaultPage, LargestPage);
        var before = PageSize.Before(request.PageToken);
        await log.SettleAsync(context.CancellationToken);
        var links = log.Page(before, request.Event, size);
        return new ListRecordsResponse
        {
            Records = { links.Select(ToRecord) },
            NextPageToken = links.Count == size && links[^1].Sequence > 1 ? links[^1].Sequence.ToString(CultureInfo.InvariantCulture) : string.Empty,
        };
    }

    public override async Task<VerifyChainResponse> VerifyChain(VerifyChainRequest request, ServerCallContext context)
    {
        await log.SettleAsync(context.CancellationToken);
        var verdict = log.Verify();
        return new VerifyChainResponse
        {
            Intact = verdict.Intact,
            Records = (ulong)verdict.Records,
            HeadHash = verdict.Head.Hash,
            BrokenSequence = (ulong)verdict.BrokenSequence,
            Problem = verdict.Problem,
        };
    }

    private static AuditRecord ToRecord(AuditLink link) => new()
    {
        Sequence = (ulong)link.Sequence,
        Time = Timestamp.FromDateTimeOffset(link.Time),
        Event = link.Entry.Event,
        Actor = link.Entry.Actor,
        Subject = link.Entry.Subject,
        Facts = { link.Entry.Facts },
        Hash = Convert.ToHexStringLower(link.Hash.Span),
    };
}
