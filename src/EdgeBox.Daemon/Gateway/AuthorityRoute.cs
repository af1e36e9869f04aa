using EdgeBox.Daemon.Access;

namespace EdgeBox.Daemon.Gateway.Page;

/// <summary>What a browser gets without a key: the CA to trust the box by.</summary>
internal static class PageRoutes
{
    /// <summary>What answers.</summary>
    public static IServiceCollection AddPage(this IServiceCollection services) => services;

    /// <summary>Opens the routes.</summary>
    public static void MapPage(this IEndpointRouteBuilder routes) => routes.MapOpen<BoxIdentity>("GET", "/ca.crt", async (identity, context) =>
    {
        context.Response.ContentType = "application/x-pem-file";
        context.Response.Headers.ContentDisposition = "attachment; filename=\"edgebox-ca.crt\"";
        await context.Response.WriteAsync(identity.AuthorityPem, context.RequestAborted);
    });
}
