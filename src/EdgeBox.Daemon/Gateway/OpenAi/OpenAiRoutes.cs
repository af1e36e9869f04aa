using EdgeBox.Daemon.Gateway.Answers;
using EdgeBox.V1;

namespace EdgeBox.Daemon.Gateway.OpenAi;

/// <summary>The routes of OpenAI's API, and of those who took it over.</summary>
internal static class OpenAiRoutes
{
    /// <summary>What answers them.</summary>
    public static IServiceCollection AddOpenAi(this IServiceCollection services) => services
        .AddSingleton<AnswerDesk>()
        .AddSingleton<OpenAiAnswers>()
        .AddSingleton<OpenAiVectors>();

    /// <summary>Opens them.</summary>
    public static void MapOpenAi(this IEndpointRouteBuilder routes)
    {
        routes.MapKeyed<OpenAiAnswers>("POST", "/v1/chat/completions", KeyScope.Chat, (answers, context) => answers.ChatAsync(context));
        routes.MapKeyed<OpenAiAnswers>("POST", "/v1/completions", KeyScope.Completions, (answers, context) => answers.CompleteAsync(context));
        routes.MapKeyed<OpenAiAnswers>("POST", "/v1/responses", KeyScope.Chat, (answers, context) => answers.RespondAsync(context));
        routes.MapKeyed<OpenAiVectors>("POST", "/v1/embeddings", KeyScope.Embeddings, (vectors, context) => vectors.EmbedAsync(context));
        routes.MapKeyed<OpenAiVectors>("POST", "/v1/rerank", KeyScope.Rerank, (vectors, context) => vectors.RerankAsync(context));
        foreach (var speech in (string[])["transcriptions", "translations", "speech"])
        {
            routes.MapKeyed<OpenAiVectors>("POST", "/v1/audio/" + speech, KeyScope.Audio, (_, context) => RefuseSpeechAsync(context));
        }
    }

    private static Task RefuseSpeechAsync(HttpContext context)
    {
        var caller = context.GetGatewayCaller();
        var error = new GatewayError(
            new Failures.FailureException(ErrorReason.NotSupported, "This release of EdgeBox neither hears nor speaks.", ("method", "audio")),
            StatusCodes.Status501NotImplemented);
        return context.WriteJsonAsync(error.Status, json => error.Write(json, caller.Style, caller.RequestId));
    }
}
