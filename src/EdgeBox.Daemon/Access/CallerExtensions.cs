using Grpc.Core;

namespace EdgeBox.Daemon.Access;

/// <summary>Finds out who calls.</summary>
internal static class CallerExtensions
{
    /// <summary>Who is at the other end of this call's connection.</summary>
    public static CallerIdentity GetCaller(this ServerCallContext context) =>
        context.GetHttpContext().Features.Get<CallerIdentity>() ?? CallerIdentity.Anonymous;
}
