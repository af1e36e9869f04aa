using EdgeBox.Daemon.Access.Keys;
using EdgeBox.Daemon.Inference;

namespace EdgeBox.Daemon.Gateway;

/// <summary>One request at the gateway: its id, and whose key it came with.</summary>
/// <param name="RequestId">E.g. <c>req_…</c>; told in the headers of the answer and in errors.</param>
/// <param name="Style">Whose clients' words are spoken.</param>
/// <param name="Key">The key; null on routes that need none.</param>
/// <param name="Asker">Who asks the models. Nobody may on routes that need no key.</param>
internal sealed record GatewayCaller(string RequestId, GatewayStyle Style, IssuedKey? Key, Asker Asker);

/// <summary>Whose clients' words are spoken.</summary>
internal enum GatewayStyle
{
    /// <summary>OpenAI's, and of all who took them over.</summary>
    OpenAi,

    /// <summary>Anthropic's.</summary>
    Anthropic,
}

/// <summary>Finds out who calls.</summary>
internal static class GatewayCallerExtensions
{
    /// <summary>Who makes this request; the gate has seen to it.</summary>
    public static GatewayCaller GetGatewayCaller(this HttpContext context) =>
        context.Features.Get<GatewayCaller>() ?? throw new InvalidOperationException("The request did not pass the gate.");

    /// <summary>Whose words this request speaks: by its path, or by the header that Anthropic's clients always send.</summary>
    public static GatewayStyle StyleOf(HttpRequest request) =>
        request.Path.StartsWithSegments("/v1/messages") || request.Headers.ContainsKey("anthropic-version") ? GatewayStyle.Anthropic : GatewayStyle.OpenAi;
}
