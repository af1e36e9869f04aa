using EdgeBox.Architecture.Tests.Tree;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace EdgeBox.Architecture.Tests;

/// <summary>A test asserts something, itself or through a method of tests/ that does.</summary>
public sealed class AssertionTests
{
    [Fact]
    public void Tests_EachOfThem_AssertsSomething()
    {
        var asserting = AssertingMethods([.. SourceFile.Tests]);
        Findings.None("A test that asserts nothing passes whatever happens:",
            SourceFile.Tests.SelectMany(file => TestsOf(file).Where(test => !Asserts(test, asserting)).Select(test => $"{file.At(test)} {test.Identifier.Text}")));
    }

    [Fact]
    public void Tests_EachOfThem_IsNamedForMethodStateAndExpectation() =>
        Findings.None("A test is named Method_State_Expectation:",
            SourceFile.Tests.SelectMany(file => TestsOf(file).Where(test => test.Identifier.Text.Count(c => c == '_') < 2).Select(test => $"{file.At(test)} {test.Identifier.Text}")));

    [Fact]
    public void Asserts_PlantedTests_AreToldApart()
    {
        var file = SourceFile.Parse("tests/A.cs", """
            class A
            {
                [Fact] void Direct() => Assert.True(B());
                [Fact] void Through() { Outer(); }
                [Theory] void Nothing() { B(); }
                [Fact] async Task Thrown() => await Assert.ThrowsAsync<Exception>(B);
                static void Outer() => Inner();
                static void Inner() => Assert.Equal(1, 1);
                static bool B() => true;
            }
            """);
        var asserting = AssertingMethods([file]);

        Assert.Equal(["Direct", "Through", "Thrown"], TestsOf(file).Where(test => Asserts(test, asserting)).Select(test => test.Identifier.Text));
    }

    private static IEnumerable<MethodDeclarationSyntax> TestsOf(SourceFile file) =>
        file.Nodes<MethodDeclarationSyntax>().Where(method =>
            method.AttributeLists.SelectMany(list => list.Attributes).Any(attribute => attribute.Name.ToString() is "Fact" or "Theory"));

    /// <summary>Names of the methods that assert, directly or through another; by name alone, which is enough to catch an empty test.</summary>
    private static HashSet<string> AssertingMethods(IReadOnlyList<SourceFile> files)
    {
        HashSet<string> asserting = [];
        var candidates = files.SelectMany(file => file.Nodes<MethodDeclarationSyntax>()).ToList();
        int before;
        do
        {
            before = asserting.Count;
            asserting.UnionWith(candidates.Where(method => Asserts(method, asserting)).Select(method => method.Identifier.Text));
        }
        while (asserting.Count > before);

        return asserting;
    }

    private static bool Asserts(MethodDeclarationSyntax method, HashSet<string> asserting) =>
        method.DescendantNodes().OfType<InvocationExpressionSyntax>().Any(call => call.Expression switch
        {
            // CsCheck's Sample fails on a property that does not hold.
            MemberAccessExpressionSyntax { Expression: IdentifierNameSyntax { Identifier.Text: "Assert" } } => true,
            MemberAccessExpressionSyntax member => member.Name.Identifier.Text is "Sample" or "SampleAsync" or "SampleModelBased"
                || asserting.Contains(member.Name.Identifier.Text),
            SimpleNameSyntax name => asserting.Contains(name.Identifier.Text),
            _ => false,
        });
}
