using EdgeBox.Daemon.Audit;
using EdgeBox.Daemon.Failures;
using EdgeBox.Daemon.Time;
using EdgeBox.V1;

namespace EdgeBox.Daemon.Access;

/// <summary>
/// Stands before every endpoint and lets through who may: judged anew for each call, before the request's message is read.
/// An endpoint for which nobody named a role is refused to everybody.
/// </summary>
internal sealed class RoleGate(
    RequestDelegate next, CertificateRegistry certificates, TrustedClock clock, AuditLog audit, IHostApplicationLifetime lifetime)
{
    public async Task InvokeAsync(HttpContext context)
    {
        if (context.GetEndpoint() is not { } endpoint)
        {
            await RefuseAsync(context, FailureMiddleware.UnknownMethod(context), StatusCodes.Status404NotFound);
            return;
        }

        var caller = context.Features.Get<CallerIdentity>() ?? CallerIdentity.Anonymous;
        var required = RpcRoles.Of(endpoint);
        if (Judge(caller, required) is { } refusal)
        {
            audit.Refused(AuditEntry.Of(
                "call.refused", caller.Identity, RpcRoles.NameOf(endpoint), refusal.Facts.Prepend(("reason", FailureTable.NameOf(refusal.Reason)))));
            await RefuseAsync(context, refusal);
            return;
        }

        // Whoever only watches would hold up the stop until its deadline.
        using var ending = endpoint.DisplayName?.Contains("edgebox.", StringComparison.Ordinal) == true
            ? default
            : lifetime.ApplicationStopping.Register(context.Abort);
        if (required > Role.Anyone && lifetime.ApplicationStopping.IsCancellationRequested)
        {
            await RefuseAsync(context, new FailureException(ErrorReason.ShuttingDown, "The box is stopping and takes no new work."));
            return;
        }

        await next(context);
    }

    private static Task RefuseAsync(HttpContext context, FailureException failure, int? status = null)
    {
        if (FailureHeaders.IsGrpc(context.Request))
        {
            FailureHeaders.Write(context.Response, FailureStatus.From(failure));
            return Task.CompletedTask;
        }

        context.Response.StatusCode = status ?? FailureTable.RowOf(failure.Reason).Http;
        context.Response.ContentType = "text/plain; charset=utf-8";
        return context.Response.WriteAsync($"{FailureTable.NameOf(failure.Reason)}: {failure.Message}\n", context.RequestAborted);
    }

    private FailureException? Judge(CallerIdentity caller, Role required)
    {
        if (caller.Serial is { } serial && certificates.Find(serial) is var certificate && certificate?.InForceAt(clock.Now) != true)
        {
            return certificate?.Revoked is not null
                ? new FailureException(ErrorReason.CertificateRevoked, "Your certificate was revoked. Ask an admin of the box for a new one.")
                : new FailureException(ErrorReason.Unauthenticated, "Your certificate has expired. Ask an admin of the box for a new one.");
        }

        return required != Role.Unspecified && caller.Role >= required
            ? null
            : new FailureException(
                ErrorReason.PermissionDenied,
                $"This needs the role {RoleNames.NameOf(required)}; yours is {RoleNames.NameOf(caller.Role)}.",
                ("role", RoleNames.NameOf(caller.Role)),
                ("required_role", RoleNames.NameOf(required)));
    }
}
