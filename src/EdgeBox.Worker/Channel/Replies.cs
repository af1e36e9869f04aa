using EdgeBox.Worker.V1;

namespace EdgeBox.Worker.Channel;

/// <summary>A request is refused; the kind and the counts go to the daemon.</summary>
internal sealed class RefusedException(RefusalKind kind, string detail, int promptTokens = 0, int limitTokens = 0) : Exception(detail)
{
    public RefusalKind Kind { get; } = kind;

    public int PromptTokens { get; } = promptTokens;

    public int LimitTokens { get; } = limitTokens;
}

/// <summary>Makes the events that answer requests.</summary>
internal static class Replies
{
    public static Event Refused(ulong request, RefusedException why) => new()
    {
        Refused = new Refused
        {
            Request = request,
            Kind = why.Kind,
            Detail = why.Message,
            PromptTokens = (uint)why.PromptTokens,
            LimitTokens = (uint)why.LimitTokens,
        },
    };

    public static Event Cancelled(ulong request, int promptTokens) => new()
    {
        Finished = new Finished { Request = request, Kind = FinishKind.Cancelled, PromptTokens = (uint)promptTokens },
    };
}
