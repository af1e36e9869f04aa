using System.Text.Json;
using EdgeBox.Daemon.Failures;
using EdgeBox.V1;

namespace EdgeBox.Daemon.Gateway;

/// <summary>A refusal as the gateway's clients know it: an HTTP status, and a body in the words of their API.</summary>
/// <param name="Failure">What is refused, and why.</param>
/// <param name="Status">The HTTP status.</param>
internal sealed record GatewayError(FailureException Failure, int Status)
{
    /// <summary>By the one table of failures.</summary>
    public GatewayError(FailureException failure)
        : this(failure, FailureTable.RowOf(failure.Reason).Http)
    {
    }

    /// <summary>What escaped from a handler, as its client is told it; a defect is logged under the request's id and route alone.</summary>
    /// <param name="exception">What escaped.</param>
    /// <param name="reporter">Knows defects.</param>
    /// <param name="during">Route and request id.</param>
    public static GatewayError From(Exception exception, FailureReporter reporter, string during) => exception switch
    {
        FailureException failure => new(failure),
        BadHttpRequestException { StatusCode: StatusCodes.Status413PayloadTooLarge } => new(BodyReader.TooLarge()),
        BadHttpRequestException { StatusCode: StatusCodes.Status408RequestTimeout } => new(BodyReader.TooSlow()),
        BadHttpRequestException => new(new FailureException(
            ErrorReason.MalformedMessage, "The request ended too early, or is not framed as HTTP demands.", ("problem", "framing"))),
        _ => new(FailureStatus.Read(reporter.StatusOf(exception, during))),
    };

    /// <summary>Writes the body: <c>{error:{message,type,param,code}}</c>, or <c>{type:"error",error:{type,message},request_id}</c>.</summary>
    public void Write(Utf8JsonWriter json, GatewayStyle style, string requestId)
    {
        var row = FailureTable.RowOf(Failure.Reason);
        json.WriteStartObject();
        if (style == GatewayStyle.Anthropic)
        {
            json.WriteString("type"u8, "error"u8);
        }

        json.WriteStartObject("error"u8);
        json.WriteString("message"u8, Failure.Message);
        json.WriteString("type"u8, style == GatewayStyle.Anthropic ? AnthropicType(Status) : row.OpenAiType);
        if (style == GatewayStyle.OpenAi)
        {
            json.WriteString("param"u8, FactOf("field"));
            json.WriteString("code"u8, row.OpenAiCode);
        }

        WriteExtras(json);
        json.WriteEndObject();
        if (style == GatewayStyle.Anthropic)
        {
            json.WriteString("request_id"u8, requestId);
        }

        json.WriteEndObject();
    }

    /// <summary>The reason and the facts, as gRPC's clients get them.</summary>
    private void WriteExtras(Utf8JsonWriter json)
    {
        json.WriteStartObject("edgebox"u8);
        json.WriteString("reason"u8, FailureTable.NameOf(Failure.Reason));
        foreach (var (key, value) in Failure.Facts)
        {
            json.WriteString(key, value);
        }

        json.WriteEndObject();
    }

    private string? FactOf(string key)
    {
        foreach (var fact in Failure.Facts)
        {
            if (fact.Key == key)
            {
                return fact.Value;
            }
        }

        return null;
    }

    private static string AnthropicType(int status) => status switch
    {
        StatusCodes.Status401Unauthorized => "authentication_error",
        StatusCodes.Status403Forbidden => "permission_error",
        StatusCodes.Status404NotFound => "not_found_error",
        StatusCodes.Status413PayloadTooLarge => "request_too_large",
        StatusCodes.Status429TooManyRequests => "rate_limit_error",
        StatusCodes.Status503ServiceUnavailable => "overloaded_error",
        StatusCodes.Status504GatewayTimeout => "timeout_error",
        >= StatusCodes.Status500InternalServerError => "api_error",
        _ => "invalid_request_error",
    };
}
