using System.Collections.Frozen;
using System.Security.Cryptography;

namespace EdgeBox.Daemon.Gateway.Page;

/// <summary>The page in the browser: files in this program, for anybody to fetch; what they show needs a key.</summary>
internal sealed class PageFiles
{
    private const string Index = "index.html";
    private const string Resources = "page/";

    // Scripts, styles and fonts are the box's own, and nothing else is loaded; text never becomes markup.
    private const string Policy =
        "default-src 'none'; script-src 'self'; style-src 'self'; font-src 'self'; img-src 'self'; connect-src 'self'; "
        + "base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'";

    private static readonly FrozenDictionary<string, string> s_types = new Dictionary<string, string>
    {
        [".html"] = "text/html; charset=utf-8",
        [".css"] = "text/css; charset=utf-8",
        [".mjs"] = "text/javascript; charset=utf-8",
        [".svg"] = "image/svg+xml",
        [".txt"] = "text/plain; charset=utf-8",
        [".woff2"] = "font/woff2",
    }.ToFrozenDictionary();

    private readonly FrozenDictionary<string, PageFile> _files = typeof(PageFiles).Assembly.GetManifestResourceNames()
        .Where(name => name.StartsWith(Resources, StringComparison.Ordinal))
        .ToFrozenDictionary(name => name[Resources.Length..], Read);

    /// <summary>Answers with the file that the path names; at "/" with the page itself; with 404 where there is none.</summary>
    public Task AnswerAsync(HttpContext context)
    {
        var name = context.Request.Path == "/" ? Index : (string?)context.Request.RouteValues["file"] ?? "";
        if (!_files.TryGetValue(name, out var file))
        {
            context.Response.StatusCode = StatusCodes.Status404NotFound;
            return Task.CompletedTask;
        }

        var response = context.Response;
        WriteHeaders(response.Headers, file);
        if (context.Request.Headers.IfNoneMatch.Contains(file.Tag))
        {
            response.StatusCode = StatusCodes.Status304NotModified;
            return Task.CompletedTask;
        }

        response.ContentType = file.Type;
        response.ContentLength = file.Bytes.Length;
        return HttpMethods.IsHead(context.Request.Method) ? Task.CompletedTask : response.Body.WriteAsync(file.Bytes, context.RequestAborted).AsTask();
    }

    private static void WriteHeaders(IHeaderDictionary headers, PageFile file)
    {
        headers.ContentSecurityPolicy = Policy;
        headers.ETag = file.Tag;
        headers.CacheControl = "no-cache"; // Kept, and asked for again each time: after an update of the box the parts must fit together.
        headers["referrer-policy"] = "no-referrer";
        headers["cross-origin-opener-policy"] = "same-origin";
        headers["cross-origin-embedder-policy"] = "require-corp";
        headers["cross-origin-resource-policy"] = "same-origin";
        headers["permissions-policy"] = "camera=(), microphone=(), geolocation=(), payment=(), usb=(), serial=()";
    }

    private static PageFile Read(string resource)
    {
        using var stream = typeof(PageFiles).Assembly.GetManifestResourceStream(resource)!;
        var bytes = new byte[stream.Length];
        stream.ReadExactly(bytes);
        return new PageFile(bytes, s_types[Path.GetExtension(resource)], $"\"{Convert.ToHexStringLower(SHA256.HashData(bytes).AsSpan(0, 8))}\"");
    }

    private sealed record PageFile(byte[] Bytes, string Type, string Tag);
}
