using EdgeBox.Architecture.Tests.Tree;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace EdgeBox.Architecture.Tests;

/// <summary>What Prometheus is told is told to people too.</summary>
public sealed class MetricDocumentTests
{
    private const string Document = "docs/operating.md";

    [Fact]
    public void Metrics_OfProducts_AreInTheDocument()
    {
        var text = Repository.ReadText(Document);
        var names = SourceFile.Products.SelectMany(Names).ToList();

        Assert.True(names.Count > 20);
        Findings.None($"Say in {Document} what this metric tells:", names.Where(name => !text.Contains($"`{name}`", StringComparison.Ordinal)));
    }

    [Fact]
    public void Names_PlantedMetric_IsFound() =>
        Assert.Equal(["edgebox_x"], Names(SourceFile.Parse("src/X/A.cs", "class A { object B(F f) => f.CreateGauge(\"edgebox_x\", \"X.\"); }")));

    private static IEnumerable<string> Names(SourceFile file) =>
        from call in file.Nodes<InvocationExpressionSyntax>()
        where call.Expression is MemberAccessExpressionSyntax { Name.Identifier.Text: "CreateGauge" or "CreateCounter" or "CreateHistogram" or "CreateSummary" }
        let name = (call.ArgumentList.Arguments[0].Expression as LiteralExpressionSyntax)?.Token.ValueText
        where name is not null
        select name;
}
