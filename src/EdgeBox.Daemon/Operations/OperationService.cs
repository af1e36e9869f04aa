using System.Globalization;
using EdgeBox.Daemon.Access;
using EdgeBox.Daemon.Failures;
using EdgeBox.V1;
using Google.Protobuf.WellKnownTypes;
using Grpc.Core;

namespace EdgeBox.Daemon.Operations;

/// <summary>The wire face of <see cref="OperationRegistry"/>.</summary>
internal sealed class OperationService(OperationRegistry registry, IHostApplicationLifetime lifetime) : V1.OperationService.OperationServiceBase
{
    private const int DefaultPage = 50;
    private const int LargestPage = 500;
    private const int UsualWait = 60;
    private const int LongestWait = 3600;

    public override Task<Operation> GetOperation(GetOperationRequest request, ServerCallContext context) =>
        Task.FromResult(registry.Get(request.Name));

    public override Task<ListOperationsResponse> ListOperations(ListOperationsRequest request, ServerCallContext context)
    {
        var size = PageSize.Of(request.PageSize, DefaultPage, LargestPage);
        var rows = registry.Page(PageSize.Before(request.PageToken), size);
        return Task.FromResult(new ListOperationsResponse
        {
            Operations = { rows.Select(row => row.Operation) },
            NextPageToken = rows.Count == size ? rows[^1].Number.ToString(CultureInfo.InvariantCulture) : string.Empty,
        });
    }

    public override async Task<Operation> WaitOperation(WaitOperationRequest request, ServerCallContext context)
    {
        var timeout = TimeoutOf(request.Timeout);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(context.CancellationToken, lifetime.ApplicationStopping);
        try
        {
            return await registry.WaitAsync(request.Name, timeout, either.Token);
        }
        catch (OperationCanceledException) when (!context.CancellationToken.IsCancellationRequested)
        {
            throw new FailureException(ErrorReason.ShuttingDown, "The box is stopping. Ask for the operation again when it is back.");
        }
    }

    public override Task<Operation> CancelOperation(CancelOperationRequest request, ServerCallContext context) =>
        registry.CancelAsync(request.Name, context.GetCaller().Identity);

    private static TimeSpan TimeoutOf(Duration? timeout) => timeout switch
    {
        null => TimeSpan.FromSeconds(UsualWait),
        { Seconds: >= 0 and <= LongestWait, Nanos: >= 0 and < 1_000_000_000 } => timeout.ToTimeSpan(),
        _ => throw new FailureException(
            ErrorReason.InvalidArgument, $"timeout must be 0 to {LongestWait} seconds.", ("field", "timeout"), ("limit", $"{LongestWait}s")),
    };
}
