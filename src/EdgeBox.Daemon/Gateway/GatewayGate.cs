using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Security.Cryptography;
using EdgeBox.Daemon.Access;
using EdgeBox.Daemon.Access.Keys;
using EdgeBox.Daemon.Audit;
using EdgeBox.Daemon.Failures;
using EdgeBox.Daemon.Inference;
using EdgeBox.V1;

namespace EdgeBox.Daemon.Gateway;

/// <summary>
/// Stands before every route of the gateway: gives each request its id, lets through whom its key admits, and tells every failure in the
/// words of the client's API.
/// </summary>
internal sealed class GatewayGate(
    RequestDelegate next, GatewayKeys keys, CrossOrigin origins, GatewayMetrics metrics, FailureReporter reporter, AuditLog audit, IHostApplicationLifetime lifetime)
{
    private const string IdCharacters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
    private const int IdLength = 24;

    [SuppressMessage("Design", "CA1031", Justification = "The call boundary: whatever escapes is told to the client, and logged if it is a defect.")]
    public async Task InvokeAsync(HttpContext context)
    {
        var caller = new GatewayCaller(
            "req_" + RandomNumberGenerator.GetString(IdCharacters, IdLength), GatewayCallerExtensions.StyleOf(context.Request), null, new Asker(CallerIdentity.OfGateway.Identity));
        context.Features.Set(caller);
        WriteHeaders(context.Response, caller);
        using var measured = metrics.Begin(context);
        if (origins.Answer(context))
        {
            return;
        }

        if (FailureHeaders.IsGrpc(context.Request))
        {
            FailureHeaders.Write(context.Response, FailureStatus.From(new FailureException(
                ErrorReason.NotSupported, "This port takes no gRPC; its door is the one with mutual TLS, usually port 8443.", ("method", "gRPC"))));
            return;
        }

        try
        {
            if (context.GetEndpoint() is not { } endpoint)
            {
                await RefuseAsync(context, new GatewayError(Unknown(context), StatusCodes.Status404NotFound));
                return;
            }

            using var use = Admit(context, caller, endpoint);
            await next(context);
            if (!context.Response.HasStarted && context.Response.StatusCode is (StatusCodes.Status404NotFound or StatusCodes.Status405MethodNotAllowed))
            {
                await RefuseAsync(context, new GatewayError(Unknown(context), context.Response.StatusCode));
            }
        }
        catch (Exception) when (context.RequestAborted.IsCancellationRequested)
        {
            // The client is gone, or its key was revoked: nobody is there to be told.
        }
        catch (Exception exception)
        {
            await RefuseAsync(context, GatewayError.From(exception, reporter, $"{RouteOf(context)} {caller.RequestId}"));
        }
    }

    private static void WriteHeaders(HttpResponse response, GatewayCaller caller)
    {
        response.Headers["x-request-id"] = caller.RequestId;
        if (caller.Style == GatewayStyle.Anthropic)
        {
            response.Headers["request-id"] = caller.RequestId;
        }

        response.Headers.XContentTypeOptions = "nosniff";
        response.Headers.CacheControl = "no-store";
    }

    private KeyUse? Admit(HttpContext context, GatewayCaller caller, Endpoint endpoint)
    {
        if (endpoint.Metadata.GetMetadata<GatewayRoute>() is not { Role: not Role.Anyone } route)
        {
            return null; // Open to everybody, or the wrong method, which the routing answers itself.
        }

        try
        {
            var key = keys.Authenticate(context.Request);
            context.Features.Set(caller with { Key = key, Asker = keys.AskerOf(key, failure => Note(context, failure)) });
            GatewayKeys.CheckRoute(key, route);
            return lifetime.ApplicationStopping.IsCancellationRequested
                ? throw new FailureException(ErrorReason.ShuttingDown, "The box is stopping and takes no new work.")
                : route.Scope == KeyScope.Unspecified ? null : keys.Enter(key, context.Abort);
        }
        catch (FailureException failure) when (failure.Reason is not ErrorReason.ShuttingDown)
        {
            Note(context, failure);
            throw;
        }
        finally
        {
            if (context.GetGatewayCaller().Key is { } known)
            {
                keys.WriteStanding(context.Response, caller.Style, known);
            }
        }
    }

    private void Note(HttpContext context, FailureException failure) => audit.Refused(AuditEntry.Of(
        "key.refused",
        context.GetGatewayCaller().Key?.Identity ?? Peer.NameOf(context.Connection.RemoteIpAddress),
        RouteOf(context),
        ("reason", FailureTable.NameOf(failure.Reason))));

    private static async Task RefuseAsync(HttpContext context, GatewayError error)
    {
        var caller = context.GetGatewayCaller();
        if (context.Response.HasStarted)
        {
            if (error.Failure.Reason != ErrorReason.ClientTooSlow && context.Features.Get<SseWriter>() is { } stream)
            {
                await stream.FailAsync(error);
            }
            else
            {
                context.Abort(); // Cut off, so that nobody takes a part for the whole.
            }

            return;
        }

        if (error.Failure.RetryAfter is { } wait)
        {
            context.Response.Headers.RetryAfter = Math.Ceiling(wait.TotalSeconds).ToString("0", CultureInfo.InvariantCulture);
        }

        if (error.Status == StatusCodes.Status401Unauthorized)
        {
            context.Response.Headers.WWWAuthenticate = "Bearer";
        }

        await context.WriteJsonAsync(error.Status, json => error.Write(json, caller.Style, caller.RequestId));
    }

    /// <summary>The refusal of a route that there is not.</summary>
    private static FailureException Unknown(HttpContext context)
    {
        var asked = $"{context.Request.Method} {context.Request.Path.Value}";
        asked = asked.Length > 128 ? asked[..128] : asked;
        return new FailureException(ErrorReason.NotSupported, $"This release of EdgeBox has no route {asked}.", ("method", asked));
    }

    /// <summary>The route, not the path: that may hold anything.</summary>
    private static string RouteOf(HttpContext context) => context.GetEndpoint() is { } endpoint ? RpcRoles.NameOf(endpoint) : "unknown";
}
