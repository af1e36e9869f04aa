using EdgeBox.V1;
using Grpc.Core;
using Grpc.Core.Interceptors;

namespace EdgeBox.Daemon.Failures;

/// <summary>The outermost interceptor: every failure of a call becomes a status with a reason, whatever the kind of call.</summary>
internal sealed class FailureInterceptor(FailureReporter reporter) : Interceptor
{
    public override Task<TResponse> UnaryServerHandler<TRequest, TResponse>(
        TRequest request, ServerCallContext context, UnaryServerMethod<TRequest, TResponse> continuation) =>
        GuardAsync(() => continuation(request, context), context);

    public override Task<TResponse> ClientStreamingServerHandler<TRequest, TResponse>(
        IAsyncStreamReader<TRequest> requestStream, ServerCallContext context,
        ClientStreamingServerMethod<TRequest, TResponse> continuation) =>
        GuardAsync(() => continuation(requestStream, context), context);

    public override Task ServerStreamingServerHandler<TRequest, TResponse>(
        TRequest request, IServerStreamWriter<TResponse> responseStream, ServerCallContext context,
        ServerStreamingServerMethod<TRequest, TResponse> continuation) =>
        GuardAsync(() => NothingAsync(continuation(request, responseStream, context)), context);

    public override Task DuplexStreamingServerHandler<TRequest, TResponse>(
        IAsyncStreamReader<TRequest> requestStream, IServerStreamWriter<TResponse> responseStream, ServerCallContext context,
        DuplexStreamingServerMethod<TRequest, TResponse> continuation) =>
        GuardAsync(() => NothingAsync(continuation(requestStream, responseStream, context)), context);

    private static async Task<bool> NothingAsync(Task task)
    {
        await task;
        return true;
    }

    private async Task<T> GuardAsync<T>(Func<Task<T>> call, ServerCallContext context)
    {
        try
        {
            return await call();
        }
        catch (RpcException exception) when (exception.GetRpcStatus() is not null)
        {
            throw;
        }
        catch (Exception exception)
        {
            throw Judge(exception, context).ToRpcException();
        }
    }

    private Google.Rpc.Status Judge(Exception exception, ServerCallContext context)
    {
        // A write to a caller that has gone fails in several ways; none of them is a defect.
        var gone = context.CancellationToken.IsCancellationRequested
            && exception is (OperationCanceledException or IOException or InvalidOperationException);
        if (gone)
        {
            return FailureStatus.From(DeadlinePassed(context)
                ? new FailureException(ErrorReason.DeadlineExceeded, "The call ran past its deadline.")
                : new FailureException(ErrorReason.Cancelled, "The caller cancelled."));
        }

        // Nobody cancelled this call: whoever let this escape forgot to say what happened.
        return exception is OperationCanceledException ? reporter.Defect(exception, context.Method) : reporter.StatusOf(exception, context.Method);
    }

    // gRPC counts deadlines by the machine's own clock, so that is the one to ask.
    private static bool DeadlinePassed(ServerCallContext context) =>
        context.Deadline != DateTime.MaxValue && context.Deadline <= TimeProvider.System.GetUtcNow().UtcDateTime;
}
