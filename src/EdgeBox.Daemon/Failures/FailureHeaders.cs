using Google.Protobuf;

namespace EdgeBox.Daemon.Failures;

/// <summary>Writes a failure as a gRPC answer that consists of headers alone, for calls that never reach a handler.</summary>
internal static class FailureHeaders
{
    private const string StatusHeader = "grpc-status";
    private const string MessageHeader = "grpc-message";
    private const string DetailsHeader = "grpc-status-details-bin";

    /// <summary>Whether the request is a gRPC call (by its content type).</summary>
    public static bool IsGrpc(HttpRequest request) =>
        request.ContentType?.StartsWith("application/grpc", StringComparison.OrdinalIgnoreCase) == true;

    /// <summary>Sets the answer's headers; the answer must not have started.</summary>
    public static void Write(HttpResponse response, Google.Rpc.Status status)
    {
        response.StatusCode = StatusCodes.Status200OK;
        response.ContentType = "application/grpc";
        response.Headers[StatusHeader] = status.Code.ToString(System.Globalization.CultureInfo.InvariantCulture);
        response.Headers[MessageHeader] = Uri.EscapeDataString(status.Message);
        response.Headers[DetailsHeader] = Convert.ToBase64String(status.ToByteArray());
    }

    /// <summary>Whether the answer is a gRPC failure that nobody has explained yet and that can still be changed.</summary>
    public static bool NeedsExplanation(HttpResponse response) =>
        !response.HasStarted
        && response.Headers.TryGetValue(StatusHeader, out var status) && status != "0"
        && !response.Headers.ContainsKey(DetailsHeader);
}
