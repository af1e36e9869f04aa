using EdgeBox.V1;

namespace EdgeBox.Daemon.Gateway.Page;

/// <summary>The routes of the page, and of what it shows of the box.</summary>
internal static class PageRoutes
{
    /// <summary>What answers them.</summary>
    public static IServiceCollection AddPage(this IServiceCollection services) => services
        .AddSingleton<PageFiles>()
        .AddSingleton<StatusRoute>();

    /// <summary>Opens them.</summary>
    public static void MapPage(this IEndpointRouteBuilder routes)
    {
        foreach (var method in (string[])["GET", "HEAD"])
        {
            routes.MapOpen<PageFiles>(method, "/", (files, context) => files.AnswerAsync(context));
            routes.MapOpen<PageFiles>(method, "/page/{**file}", (files, context) => files.AnswerAsync(context));
        }

        routes.MapKeyed<StatusRoute>("GET", "/edgebox/v1/status", KeyScope.Unspecified, (status, context) => status.TellAsync(context));
        routes.MapKeyed<StatusRoute>("GET", "/edgebox/v1/tasks", KeyScope.Unspecified, (status, context) => status.ListTasksAsync(context));
    }
}
