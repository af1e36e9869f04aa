using EdgeBox.Daemon.Hosting;
using Microsoft.Extensions.Options;
using Microsoft.Net.Http.Headers;

namespace EdgeBox.Daemon.Gateway;

/// <summary>Tells browsers which pages of other origins may use the gateway: those on the list, and no others.</summary>
internal sealed class CrossOrigin(IOptions<EndpointOptions> options)
{
    /// <summary>On the list, it stands for every origin.</summary>
    public const string Any = "*";

    private const int MostHeaders = 1024;
    private static readonly string s_exposed = string.Join(", ", ["x-request-id", "request-id", "retry-after", .. QuotaHeaders.Names]);

    /// <summary>Says on an answer whether the page that asked may read it, and answers a browser that only asks beforehand.</summary>
    /// <returns>Whether the request is answered with that.</returns>
    public bool Answer(HttpContext context)
    {
        var origin = context.Request.Headers.Origin.ToString();
        var headers = context.Response.Headers;
        if (origin.Length > 0)
        {
            headers.Append(HeaderNames.Vary, HeaderNames.Origin);
        }

        var allowed = origin.Length > 0 && (options.Value.GatewayOrigins.Contains(origin, StringComparer.OrdinalIgnoreCase) || options.Value.GatewayOrigins.Contains(Any));
        if (allowed)
        {
            headers.AccessControlAllowOrigin = origin;
            headers.AccessControlExposeHeaders = s_exposed;
        }

        if (!HttpMethods.IsOptions(context.Request.Method))
        {
            return false;
        }

        if (allowed)
        {
            var asked = context.Request.Headers.AccessControlRequestHeaders.ToString();
            headers.AccessControlAllowMethods = "GET, POST";
            headers.AccessControlAllowHeaders = asked.Length is > 0 and <= MostHeaders ? asked : "authorization, content-type, x-api-key, anthropic-version";
            headers.AccessControlMaxAge = "600";
        }

        context.Response.StatusCode = StatusCodes.Status204NoContent;
        return true;
    }
}
