namespace EdgeBox.Daemon.Gateway.Anthropic;

/// <summary>The routes of Anthropic's API.</summary>
internal static class AnthropicRoutes
{
    /// <summary>What answers them.</summary>
    public static IServiceCollection AddAnthropic(this IServiceCollection services) => services;

    /// <summary>Opens them.</summary>
    public static void MapAnthropic(this IEndpointRouteBuilder routes)
    {
    }
}
