using EdgeBox.Daemon.Access;

namespace EdgeBox.Daemon.Gateway;

/// <summary>What anybody gets without a key: the CA to trust the box by.</summary>
internal static class AuthorityRoute
{
    /// <summary>Opens the route.</summary>
    public static void MapAuthority(this IEndpointRouteBuilder routes) => routes.MapOpen<BoxIdentity>("GET", "/ca.crt", async (identity, context) =>
    {
        context.Response.ContentType = "application/x-pem-file";
        context.Response.Headers.ContentDisposition = "attachment; filename=\"edgebox-ca.crt\"";
        await context.Response.WriteAsync(identity.AuthorityPem, context.RequestAborted);
    });
}
