using EdgeBox.V1;

namespace EdgeBox.Daemon.Gateway.Anthropic;

/// <summary>The routes of Anthropic's API.</summary>
internal static class AnthropicRoutes
{
    /// <summary>What answers them.</summary>
    public static IServiceCollection AddAnthropic(this IServiceCollection services) => services.AddSingleton<AnthropicAnswers>();

    /// <summary>Opens them.</summary>
    public static void MapAnthropic(this IEndpointRouteBuilder routes)
    {
        routes.MapKeyed<AnthropicAnswers>("POST", "/v1/messages", KeyScope.Chat, (answers, context) => answers.MessageAsync(context));
        routes.MapKeyed<AnthropicAnswers>("POST", "/v1/messages/count_tokens", KeyScope.Chat, (answers, context) => answers.CountAsync(context));
    }
}
