using EdgeBox.Architecture.Tests.Tree;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace EdgeBox.Architecture.Tests;

/// <summary>
/// Files of src/ have at most 400 lines, methods at most 60, constructors at most 7 parameters. What is larger stands in exemptions.txt with
/// its exact size, and that list may only shrink.
/// </summary>
public sealed class SizeTests
{
    private const int MaxFileLines = 400;
    private const int MaxMethodLines = 60;
    private const int MaxParameters = 7;
    private const string ExemptionsFile = "tests/EdgeBox.Architecture.Tests/exemptions.txt";

    [Fact]
    public void Products_TheirSizes_AreWithinLimitsOrExemptedExactly()
    {
        var exempted = Repository.ReadText(ExemptionsFile).Split('\n')
            .Where(line => line.Length > 0 && line[0] != '#').Order(StringComparer.Ordinal);
        var oversized = SourceFile.Products.SelectMany(Oversized).Order(StringComparer.Ordinal).ToList();

        Findings.None("Too large; make it smaller (a line in exemptions.txt that names the same thing with another size is out of date):",
            oversized.Except(exempted));
        Findings.None("No longer needed; take these lines out of exemptions.txt:", exempted.Except(oversized));
    }

    [Fact]
    public void Oversized_PlantedCode_IsFound()
    {
        var body = string.Concat(Enumerable.Repeat("        B();\n", 398));
        var parameters = string.Join(", ", Enumerable.Range(0, 8).Select(i => $"int p{i}"));

        Assert.Equal(["file src/X/A.cs 403", "method src/X/A.cs A.B 400", "constructor src/X/A.cs A.A 8"],
            Oversized(SourceFile.Parse("src/X/A.cs", $"class A({parameters})\n{{\n    void B() {{\n{body}    }}\n}}")));
        Assert.Equal(["constructor src/X/A.cs A.A 8"], Oversized(SourceFile.Parse("src/X/A.cs", $"class A {{ A({parameters}) {{ }} }}")));
        Assert.Empty(Oversized(SourceFile.Parse("src/X/A.cs", $"record A({parameters});")));
    }

    private static IEnumerable<string> Oversized(SourceFile file)
    {
        if (file.Lines > MaxFileLines)
        {
            yield return $"file {file.Path} {file.Lines}";
        }

        foreach (var method in file.Nodes<BaseMethodDeclarationSyntax>().Where(method => LinesOf(method) > MaxMethodLines))
        {
            yield return $"method {file.Path} {NameOf(method)} {LinesOf(method)}";
        }

        foreach (var constructor in file.Nodes<ConstructorDeclarationSyntax>().Where(constructor => constructor.ParameterList.Parameters.Count > MaxParameters))
        {
            yield return $"constructor {file.Path} {NameOf(constructor)} {constructor.ParameterList.Parameters.Count}";
        }

        // The parameters of a record are its fields: a value may have as many as it has.
        foreach (var type in file.Nodes<TypeDeclarationSyntax>().Where(type => type is not RecordDeclarationSyntax && type.ParameterList?.Parameters.Count > MaxParameters))
        {
            yield return $"constructor {file.Path} {type.Identifier.Text}.{type.Identifier.Text} {type.ParameterList!.Parameters.Count}";
        }
    }

    private static int LinesOf(BaseMethodDeclarationSyntax method)
    {
        var first = method switch
        {
            MethodDeclarationSyntax named => named.Identifier.GetLocation(),
            ConstructorDeclarationSyntax named => named.Identifier.GetLocation(),
            _ => method.ParameterList.GetLocation(),
        };
        return method.GetLocation().GetLineSpan().EndLinePosition.Line - first.GetLineSpan().StartLinePosition.Line + 1;
    }

    private static string NameOf(BaseMethodDeclarationSyntax method)
    {
        var type = method.FirstAncestorOrSelf<BaseTypeDeclarationSyntax>()?.Identifier.Text;
        return $"{type}." + method switch
        {
            MethodDeclarationSyntax named => named.Identifier.Text,
            ConstructorDeclarationSyntax named => named.Identifier.Text,
            _ => method.Kind().ToString(),
        };
    }
}
