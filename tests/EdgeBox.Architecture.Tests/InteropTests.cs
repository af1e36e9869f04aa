using EdgeBox.Architecture.Tests.Tree;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace EdgeBox.Architecture.Tests;

/// <summary>Where unsafe code and native calls may be, and in which form.</summary>
public sealed class InteropTests
{
    private static readonly HashSet<string> s_native = ["EdgeBox.Platform", "EdgeBox.Worker"];

    [Fact]
    public void AllowUnsafeBlocks_OutsidePlatformAndWorker_IsNotSet() =>
        Findings.None("Unsafe code compiles only in EdgeBox.Platform and EdgeBox.Worker:",
            ProjectFile.Products.Where(project => project.Property("AllowUnsafeBlocks") == "true" && !s_native.Contains(project.Name)).Select(project => project.Path));

    [Fact]
    public void NativeCalls_OutsidePlatformAndWorker_DoNotExist() =>
        Findings.None("Native calls and pointers belong in EdgeBox.Platform or EdgeBox.Worker:",
            SourceFile.Products.Where(file => !s_native.Contains(file.Project)).SelectMany(NativeNodes));

    [Fact]
    public void DllImport_OfProducts_IsNotUsed() =>
        Findings.None("Use [LibraryImport]: its marshalling is generated at compile time and works under NativeAOT:",
            SourceFile.Products.SelectMany(file => Attributes(file, "DllImport").Select(file.At)));

    [Fact]
    public void LibraryImport_WhereItIsUsed_RuntimeMarshallingIsDisabled()
    {
        var disabled = SourceFile.All.Where(file => Attributes(file, "DisableRuntimeMarshalling", "System.Runtime.CompilerServices.DisableRuntimeMarshalling").Any())
            .Select(file => file.Project).ToHashSet();
        Findings.None("Add [assembly: DisableRuntimeMarshalling] to these projects, so that a C bool is one byte and structs pass as written:",
            SourceFile.Products.Where(file => Attributes(file, "LibraryImport").Any()).Select(file => file.Project).Distinct().Where(project => !disabled.Contains(project)));
    }

    [Theory]
    [InlineData("class A { unsafe void B() { } }")]
    [InlineData("class A { [LibraryImport(\"libc\")] static partial int getpid(); }")]
    [InlineData("class A { void B() { unsafe { } } }")]
    [InlineData("class A { delegate* unmanaged<int> _b; }")]
    public void NativeNodes_OfPlantedCode_AreFound(string code) =>
        Assert.NotEmpty(NativeNodes(SourceFile.Parse("src/EdgeBox.Daemon/A.cs", code)));

    private static IEnumerable<string> NativeNodes(SourceFile file) =>
        Attributes(file, "LibraryImport", "DllImport", "UnmanagedCallersOnly").Select(file.At)
            .Concat(file.Nodes<UnsafeStatementSyntax>().Select(file.At))
            .Concat(file.Nodes<FunctionPointerTypeSyntax>().Select(file.At))
            .Concat(file.Unit.DescendantTokens().Where(token => token.IsKind(SyntaxKind.UnsafeKeyword) && token.Parent is MemberDeclarationSyntax or LocalFunctionStatementSyntax)
                .Select(token => file.At(token.Parent!)));

    private static IEnumerable<AttributeSyntax> Attributes(SourceFile file, params string[] names) =>
        file.Nodes<AttributeSyntax>().Where(attribute => names.Contains(attribute.Name.ToString().Replace("Attribute", "", StringComparison.Ordinal)));
}
