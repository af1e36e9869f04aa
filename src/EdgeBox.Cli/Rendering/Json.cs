using System.Buffers;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using EdgeBox.V1;
using Google.Protobuf;
using Google.Protobuf.Reflection;
using Google.Protobuf.WellKnownTypes;
using Google.Rpc;

namespace EdgeBox.Cli.Rendering;

/// <summary>Writes documents for programs: the contract's messages in protobuf's JSON mapping, one line each.</summary>
internal static class Json
{
    private static readonly TypeRegistry s_types = TypeRegistry.FromMessages(
        Model.Descriptor, ErrorInfo.Descriptor, RetryInfo.Descriptor, BadRequest.Descriptor, QuotaFailure.Descriptor,
        PreconditionFailure.Descriptor, DebugInfo.Descriptor, Help.Descriptor, LocalizedMessage.Descriptor,
        RequestInfo.Descriptor, ResourceInfo.Descriptor);

    private static readonly JsonFormatter s_formatter = new(JsonFormatter.Settings.Default.WithFormatDefaultValues(true).WithTypeRegistry(s_types));

    private static readonly JsonWriterOptions s_options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>A message of the contract.</summary>
    public static string Of(IMessage message)
    {
        switch (message)
        {
            case Operation operation:
                message = Known(operation.Clone());
                break;
            case ListOperationsResponse list:
                var operations = list.Clone();
                operations.Operations.ToList().ForEach(o => Known(o));
                message = operations;
                break;
            case AcceptanceReport report:
                var cases = report.Clone();
                cases.Results.Where(r => r.Problem is not null).ToList().ForEach(r => Known(r.Problem.Details));
                message = cases;
                break;
            case Model { Problem: not null } model:
                var copy = model.Clone();
                Known(copy.Problem.Details);
                message = copy;
                break;
        }
        return s_formatter.Format(message);
    }

    /// <summary>A document of this program's own.</summary>
    public static string Of(Action<Utf8JsonWriter> write)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(buffer, s_options))
        {
            writer.WriteStartObject();
            write(writer);
            writer.WriteEndObject();
        }
        return Encoding.UTF8.GetString(buffer.WrittenSpan);
    }

    /// <summary>A failure: {"error":{"reason","message","metadata"}}.</summary>
    public static string Of(CliFailure failure) => Of(writer =>
    {
        writer.WriteStartObject("error");
        writer.WriteString("reason", failure.Reason);
        writer.WriteString("message", failure.Message);
        writer.WriteStartObject("metadata");
        foreach (var (key, value) in failure.Facts)
        {
            writer.WriteString(key, value);
        }
        writer.WriteEndObject();
        if (failure.RetryAfter is { } retry)
        {
            writer.WriteNumber("retryAfterSeconds", Math.Round(retry.TotalSeconds, 3));
        }
        writer.WriteEndObject();
    });

    private static Operation Known(Operation operation)
    {
        if (operation.ResultCase == Operation.ResultOneofCase.Error)
        {
            Known(operation.Error.Details);
        }
        else if (operation.ResultCase == Operation.ResultOneofCase.Response && !IsKnown(operation.Response))
        {
            operation.ClearResult();
        }
        return operation;
    }

    // A newer box may send types that this release cannot put into JSON; the rest of the document still can be.
    private static void Known(Google.Protobuf.Collections.RepeatedField<Any> details)
    {
        for (var i = details.Count - 1; i >= 0; i--)
        {
            if (!IsKnown(details[i]))
            {
                details.RemoveAt(i);
            }
        }
    }

    private static bool IsKnown(Any any) => s_types.Find(Any.GetTypeName(any.TypeUrl)) is not null;
}
