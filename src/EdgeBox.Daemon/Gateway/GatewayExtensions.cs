using EdgeBox.Daemon.Access;
using EdgeBox.Daemon.Gateway.Anthropic;
using EdgeBox.Daemon.Gateway.OpenAi;
using EdgeBox.Daemon.Gateway.Page;
using EdgeBox.V1;

namespace EdgeBox.Daemon.Gateway;

/// <summary>Composes the gateway: the HTTP door for chat front ends, coding agents and browsers.</summary>
internal static class GatewayExtensions
{
    /// <summary>What its handlers are made of; each family adds its own.</summary>
    public static IServiceCollection AddGateway(this IServiceCollection services) => services
        .AddSingleton<BodyReader>()
        .AddSingleton<GatewayKeys>()
        .AddSingleton<CrossOrigin>()
        .AddSingleton<GatewayMetrics>()
        .AddSingleton<ModelList>()
        .AddOpenAi()
        .AddAnthropic()
        .AddPage();

    /// <summary>
    /// Connections that came by a gateway endpoint go another way than gRPC: their own routes, their own gate. Neither side has a route of the
    /// other. Stands before everything else.
    /// </summary>
    public static void UseGateway(this WebApplication app) => app.MapWhen(
        context => context.Features.Get<CallerIdentity>()?.Endpoint == CallerIdentity.GatewayEndpoint,
        gateway =>
        {
            gateway.UseRouting();
            gateway.UseMiddleware<GatewayGate>();
            gateway.UseEndpoints(routes =>
            {
                routes.MapModelList();
                routes.MapOpenAi();
                routes.MapAnthropic();
                routes.MapAuthority();
                routes.MapPage();
            });
        });

    /// <summary>A route that a key opens if it may do what <paramref name="scope"/> says.</summary>
    /// <typeparam name="T">Answers it; a singleton.</typeparam>
    public static void MapKeyed<T>(
        this IEndpointRouteBuilder routes, string method, string pattern, KeyScope scope, Func<T, HttpContext, Task> answer, Role role = Role.Client)
        where T : notnull => Map(routes, method, pattern, new GatewayRoute(role, scope), answer);

    /// <summary>A route that needs no key.</summary>
    /// <typeparam name="T">Answers it; a singleton.</typeparam>
    public static void MapOpen<T>(this IEndpointRouteBuilder routes, string method, string pattern, Func<T, HttpContext, Task> answer)
        where T : notnull => Map(routes, method, pattern, new GatewayRoute(Role.Anyone, KeyScope.Unspecified), answer);

    // Who answers is asked for with the request: nothing is opened before the server starts.
    private static void Map<T>(IEndpointRouteBuilder routes, string method, string pattern, GatewayRoute route, Func<T, HttpContext, Task> answer)
        where T : notnull
    {
        RequestDelegate run = context => answer(context.RequestServices.GetRequiredService<T>(), context);
        routes.MapMethods(pattern, [method], run).WithMetadata(route);
    }
}
