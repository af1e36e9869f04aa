namespace EdgeBox.Daemon.Gateway.OpenAi;

/// <summary>The routes of OpenAI's API.</summary>
internal static class OpenAiRoutes
{
    /// <summary>What answers them.</summary>
    public static IServiceCollection AddOpenAi(this IServiceCollection services) => services;

    /// <summary>Opens them.</summary>
    public static void MapOpenAi(this IEndpointRouteBuilder routes)
    {
    }
}
