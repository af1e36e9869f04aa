using EdgeBox.Architecture.Tests.Tree;
using EdgeBox.V1;
using Google.Protobuf.Reflection;

namespace EdgeBox.Architecture.Tests;

/// <summary>Rules that every service, RPC and enum of the public contract keeps. They hold with or without buf.</summary>
public sealed class ContractTests
{
    private static readonly FileDescriptor[] s_files =
    [
        .. typeof(ErrorReason).Assembly.GetExportedTypes()
            .Where(type => type.Name.EndsWith("Reflection", StringComparison.Ordinal))
            .Select(type => type.GetProperty("Descriptor")?.GetValue(null)).OfType<FileDescriptor>(),
    ];

    private static IEnumerable<MethodDescriptor> Rpcs => s_files.SelectMany(file => file.Services).SelectMany(service => service.Methods);

    [Fact]
    public void Descriptors_EveryProtoFileOfTheTree_IsCompiledIn() =>
        Assert.Equal(
            Repository.Files.Where(file => file.StartsWith("proto/edgebox/", StringComparison.Ordinal) && file.EndsWith(".proto", StringComparison.Ordinal))
                .Select(file => file["proto/".Length..]).Order(StringComparer.Ordinal),
            s_files.Select(file => file.Name).Order(StringComparer.Ordinal));

    [Fact]
    public void Rpc_EachOfThem_NamesTheRoleItNeeds() =>
        Findings.None("Without option (required_role) an RPC is refused to everybody:",
            Rpcs.Where(rpc => rpc.GetOptions()?.GetExtension(RolesExtensions.RequiredRole) is null or Role.Unspecified).Select(rpc => rpc.FullName));

    [Fact]
    public void Rpc_EachOfThem_HasARequestMessageOfItsOwn() =>
        Findings.None("An RPC takes a message of its own, named after it, so that fields can be added:",
            Rpcs.Where(rpc => rpc.InputType.Name != rpc.Name + "Request").Select(rpc => $"{rpc.FullName} takes {rpc.InputType.FullName}"));

    [Fact]
    public void Rpc_Names_AreUniqueOverAllServices() =>
        Findings.None("Two RPCs would share a request message:",
            Rpcs.GroupBy(rpc => rpc.InputType.FullName).Where(group => group.Count() > 1).Select(group => string.Join(", ", group.Select(rpc => rpc.FullName))));

    [Fact]
    public void Enum_EachOfThem_BeginsWithUnspecified() =>
        Findings.None("The zero of an enum means that it is not set, and is named so:",
            Enums.Where(type => !type.FindValueByNumber(0)!.Name.EndsWith("_UNSPECIFIED", StringComparison.Ordinal)).Select(type => type.FullName));

    [Fact]
    public void Contract_Counted_HasItsServicesAndReasons()
    {
        Assert.True(s_files.Sum(file => file.Services.Count) >= 6);
        Assert.True(Rpcs.Count() >= 19, $"only {Rpcs.Count()} RPCs were seen");
        Assert.Contains(Enums, type => type.FullName == "edgebox.v1.ErrorReason");
    }

    private static IEnumerable<EnumDescriptor> Enums =>
        s_files.SelectMany(file => file.EnumTypes.Concat(file.MessageTypes.SelectMany(Nested)));

    private static IEnumerable<EnumDescriptor> Nested(MessageDescriptor message) => message.EnumTypes.Concat(message.NestedTypes.SelectMany(Nested));
}
