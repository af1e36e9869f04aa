using System.Collections.Frozen;
using EdgeBox.V1;
using Google.Protobuf.Reflection;
using Grpc.AspNetCore.Server;
using Grpc.Health.V1;

namespace EdgeBox.Daemon.Access;

/// <summary>The role that an endpoint which is no RPC needs, e.g. the metrics.</summary>
/// <param name="Role">The least role.</param>
internal sealed record RequiredRole(Role Role);

/// <summary>The role that each RPC needs: the option on the RPC in the contract; for health and reflection, whose contracts are not ours, the lines here.</summary>
internal static class RpcRoles
{
    private static readonly FrozenDictionary<string, Role> s_roles = Contract
        .SelectMany(file => file.Services)
        .SelectMany(service => service.Methods)
        .Select(method => (Method: method, Role: method.GetOptions()?.GetExtension(RolesExtensions.RequiredRole) ?? Role.Unspecified))
        .Concat(Foreign)
        .ToFrozenDictionary(row => $"/{row.Method.Service.FullName}/{row.Method.Name}", row => row.Role);

    /// <summary>Every file of the public contract that has a service.</summary>
    public static IReadOnlyList<FileDescriptor> Contract =>
    [
        AccessReflection.Descriptor,
        ApplianceReflection.Descriptor,
        AuditReflection.Descriptor,
        InferenceReflection.Descriptor,
        ModelsReflection.Descriptor,
        OperationsReflection.Descriptor,
    ];

    private static IEnumerable<(MethodDescriptor Method, Role Role)> Foreign =>
    [
        .. HealthReflection.Descriptor.Services.SelectMany(s => s.Methods).Select(m => (m, Role.Anyone)),
        .. Grpc.Reflection.V1.ReflectionReflection.Descriptor.Services.SelectMany(s => s.Methods).Select(m => (m, Role.Client)),
        .. Grpc.Reflection.V1Alpha.ReflectionReflection.Descriptor.Services.SelectMany(s => s.Methods).Select(m => (m, Role.Client)),
    ];

    /// <summary>The least role that may use <paramref name="endpoint"/>; <see cref="Role.Unspecified"/> if nobody said, which admits nobody.</summary>
    public static Role Of(Endpoint endpoint) =>
        endpoint.Metadata.GetMetadata<GrpcMethodMetadata>() is { } rpc ? s_roles.GetValueOrDefault(rpc.Method.FullName)
        : endpoint.Metadata.GetMetadata<RequiredRole>()?.Role ?? Role.Unspecified;

    /// <summary>What the audit log calls <paramref name="endpoint"/>: the RPC's full name or the route.</summary>
    public static string NameOf(Endpoint endpoint) =>
        endpoint.Metadata.GetMetadata<GrpcMethodMetadata>()?.Method.FullName
        ?? (endpoint as RouteEndpoint)?.RoutePattern.RawText
        ?? "unknown";
}
