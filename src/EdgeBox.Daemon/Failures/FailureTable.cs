using System.Collections.Frozen;
using EdgeBox.V1;
using Grpc.Core;

namespace EdgeBox.Daemon.Failures;

/// <summary>How one reason is told at each surface.</summary>
/// <param name="Grpc">Status code of a gRPC call.</param>
/// <param name="Http">Status code of an HTTP answer.</param>
/// <param name="OpenAiType">The <c>error.type</c> that OpenAI clients expect.</param>
/// <param name="OpenAiCode">The <c>error.code</c> that OpenAI clients expect.</param>
internal sealed record FailureRow(StatusCode Grpc, int Http, string OpenAiType, string OpenAiCode);

/// <summary>The only place that maps an <see cref="ErrorReason"/> to gRPC, HTTP and OpenAI codes.</summary>
internal static class FailureTable
{
    private const string InvalidRequest = "invalid_request_error";
    private const string Authentication = "authentication_error";
    private const string Permission = "permission_error";
    private const string RateLimit = "rate_limit_error";
    private const string Server = "server_error";

    private static readonly FrozenDictionary<ErrorReason, FailureRow> s_rows = new Dictionary<ErrorReason, FailureRow>
    {
        [ErrorReason.Internal] = new(StatusCode.Internal, 500, Server, "internal_error"),
        [ErrorReason.MalformedMessage] = new(StatusCode.InvalidArgument, 400, InvalidRequest, "malformed_message"),
        [ErrorReason.InvalidArgument] = new(StatusCode.InvalidArgument, 400, InvalidRequest, "invalid_value"),
        [ErrorReason.MessageTooLarge] = new(StatusCode.ResourceExhausted, 413, InvalidRequest, "request_too_large"),
        [ErrorReason.Unauthenticated] = new(StatusCode.Unauthenticated, 401, Authentication, "unauthenticated"),
        [ErrorReason.PermissionDenied] = new(StatusCode.PermissionDenied, 403, Permission, "permission_denied"),
        [ErrorReason.CertificateRevoked] = new(StatusCode.Unauthenticated, 401, Authentication, "certificate_revoked"),
        [ErrorReason.InvalidSigningRequest] = new(StatusCode.InvalidArgument, 400, InvalidRequest, "invalid_signing_request"),
        [ErrorReason.CertificateNotFound] = new(StatusCode.NotFound, 404, InvalidRequest, "certificate_not_found"),
        [ErrorReason.CertificateExists] = new(StatusCode.AlreadyExists, 409, InvalidRequest, "certificate_exists"),
        [ErrorReason.ModelNotFound] = new(StatusCode.NotFound, 404, InvalidRequest, "model_not_found"),
        [ErrorReason.ModelNotReady] = new(StatusCode.FailedPrecondition, 503, Server, "model_not_ready"),
        [ErrorReason.ModelExists] = new(StatusCode.AlreadyExists, 409, InvalidRequest, "model_exists"),
        [ErrorReason.ModelFileUnreadable] = new(StatusCode.NotFound, 404, InvalidRequest, "model_file_unreadable"),
        [ErrorReason.ModelFileInvalid] = new(StatusCode.InvalidArgument, 400, InvalidRequest, "model_file_invalid"),
        [ErrorReason.ModelFileChanged] = new(StatusCode.Aborted, 409, InvalidRequest, "model_file_changed"),
        [ErrorReason.ModelTooLarge] = new(StatusCode.FailedPrecondition, 400, InvalidRequest, "model_too_large"),
        [ErrorReason.ModelLoadFailed] = new(StatusCode.FailedPrecondition, 500, Server, "model_load_failed"),
        [ErrorReason.ChatNotSupported] = new(StatusCode.FailedPrecondition, 400, InvalidRequest, "chat_not_supported"),
        [ErrorReason.EmbeddingsNotSupported] = new(StatusCode.FailedPrecondition, 400, InvalidRequest, "embeddings_not_supported"),
        [ErrorReason.RerankNotSupported] = new(StatusCode.FailedPrecondition, 400, InvalidRequest, "rerank_not_supported"),
        [ErrorReason.TaskNotFound] = new(StatusCode.NotFound, 404, InvalidRequest, "task_not_found"),
        [ErrorReason.PromptTooLong] = new(StatusCode.InvalidArgument, 400, InvalidRequest, "context_length_exceeded"),
        [ErrorReason.QueueFull] = new(StatusCode.ResourceExhausted, 429, RateLimit, "rate_limit_exceeded"),
        [ErrorReason.WorkerLost] = new(StatusCode.Unavailable, 502, Server, "worker_lost"),
        [ErrorReason.RequestQuarantined] = new(StatusCode.FailedPrecondition, 422, InvalidRequest, "request_quarantined"),
        [ErrorReason.ClientTooSlow] = new(StatusCode.Aborted, 408, InvalidRequest, "client_too_slow"),
        [ErrorReason.DeadlineExceeded] = new(StatusCode.DeadlineExceeded, 504, Server, "deadline_exceeded"),
        [ErrorReason.Cancelled] = new(StatusCode.Cancelled, 499, InvalidRequest, "cancelled"),
        [ErrorReason.ShuttingDown] = new(StatusCode.Unavailable, 503, Server, "shutting_down"),
        [ErrorReason.OperationNotFound] = new(StatusCode.NotFound, 404, InvalidRequest, "operation_not_found"),
        [ErrorReason.OperationNotCancellable] = new(StatusCode.FailedPrecondition, 409, InvalidRequest, "operation_not_cancellable"),
        [ErrorReason.Interrupted] = new(StatusCode.Aborted, 503, Server, "interrupted"),
        [ErrorReason.StorageFull] = new(StatusCode.ResourceExhausted, 507, Server, "storage_full"),
        [ErrorReason.StorageFailed] = new(StatusCode.Unavailable, 503, Server, "storage_failed"),
        [ErrorReason.AuditChainBroken] = new(StatusCode.DataLoss, 500, Server, "audit_chain_broken"),
        [ErrorReason.NotSupported] = new(StatusCode.Unimplemented, 400, InvalidRequest, "not_supported"),
        [ErrorReason.RuntimePackInvalid] = new(StatusCode.FailedPrecondition, 503, Server, "runtime_pack_invalid"),
        [ErrorReason.WorkerStartFailed] = new(StatusCode.Unavailable, 503, Server, "worker_start_failed"),
        [ErrorReason.WorkerBackingOff] = new(StatusCode.Unavailable, 503, Server, "worker_backing_off"),
        [ErrorReason.ModelBusy] = new(StatusCode.FailedPrecondition, 409, InvalidRequest, "model_busy"),
        [ErrorReason.ModelQuarantined] = new(StatusCode.FailedPrecondition, 503, Server, "model_quarantined"),
        [ErrorReason.AliasNotFound] = new(StatusCode.NotFound, 404, InvalidRequest, "alias_not_found"),
        [ErrorReason.NothingToRollBack] = new(StatusCode.FailedPrecondition, 409, InvalidRequest, "nothing_to_roll_back"),
        [ErrorReason.ManifestInvalid] = new(StatusCode.InvalidArgument, 400, InvalidRequest, "manifest_invalid"),
        [ErrorReason.ModelCorrupt] = new(StatusCode.DataLoss, 500, Server, "model_corrupt"),
        [ErrorReason.AcceptanceFailed] = new(StatusCode.FailedPrecondition, 409, InvalidRequest, "acceptance_failed"),
        [ErrorReason.SuiteInvalid] = new(StatusCode.InvalidArgument, 400, InvalidRequest, "suite_invalid"),
        [ErrorReason.ReportNotFound] = new(StatusCode.NotFound, 404, InvalidRequest, "report_not_found"),
        [ErrorReason.StoreFull] = new(StatusCode.ResourceExhausted, 507, Server, "store_full"),
        [ErrorReason.KeyRevoked] = new(StatusCode.Unauthenticated, 401, Authentication, "invalid_api_key"),
        [ErrorReason.KeyNotFound] = new(StatusCode.NotFound, 404, InvalidRequest, "key_not_found"),
        [ErrorReason.KeyExists] = new(StatusCode.AlreadyExists, 409, InvalidRequest, "key_exists"),
        [ErrorReason.QuotaExceeded] = new(StatusCode.ResourceExhausted, 429, RateLimit, "rate_limit_exceeded"),
        [ErrorReason.ImportUnderWay] = new(StatusCode.Aborted, 409, InvalidRequest, "import_under_way"),
    }.ToFrozenDictionary();

    /// <summary>The row of a reason.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The reason has no row: <see cref="ErrorReason.Unspecified"/> is never told.</exception>
    public static FailureRow RowOf(ErrorReason reason) =>
        s_rows.TryGetValue(reason, out var row) ? row : throw new ArgumentOutOfRangeException(nameof(reason), reason, "This reason has no row.");

    /// <summary>The reason's name in the contract without its prefix, e.g. <c>MODEL_NOT_FOUND</c>.</summary>
    public static string NameOf(ErrorReason reason) =>
        ErrorsReflection.Descriptor.FindTypeByName<Google.Protobuf.Reflection.EnumDescriptor>(nameof(ErrorReason))
            .FindValueByNumber((int)reason)?.Name["ERROR_REASON_".Length..]
        ?? throw new ArgumentOutOfRangeException(nameof(reason), reason, "This reason is not in the contract.");
}
