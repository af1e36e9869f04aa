using Grpc.AspNetCore.Server;

namespace EdgeBox.Daemon.Failures;

/// <summary>Composes gRPC with the one way in which its failures are told.</summary>
internal static class FailureExtensions
{
    public static IServiceCollection AddFailures(this IServiceCollection services)
    {
        services.AddSingleton<FailureReporter>();
        services.AddSingleton<FailureInterceptor>();
        services.AddGrpc(options =>
        {
            options.MaxReceiveMessageSize = MessageLimit.Bytes;
            options.MaxSendMessageSize = MessageLimit.Bytes;
            options.IgnoreUnknownServices = true;
            options.Interceptors.Add<FailureInterceptor>();
        });

        // A compressed message may unpack to a thousand times its size, past the limit above: none are taken.
        services.PostConfigure<GrpcServiceOptions>(options => options.CompressionProviders.Clear());
        return services;
    }
}
