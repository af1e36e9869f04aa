using EdgeBox.Architecture.Tests.Tree;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace EdgeBox.Architecture.Tests;

/// <summary>Where code lies and a few habits that the compiler does not hold.</summary>
public sealed class LayoutTests
{
    private static readonly string[] s_nowhere = ["Common", "Core", "Utils", "Utilities", "Helpers", "Constants", "Misc", "Shared"];

    [Fact]
    public void Namespaces_OfEveryFile_AreItsFolder() =>
        Findings.None("The namespace of a file is its project and folder:",
            from file in SourceFile.All
            let expected = file.Folder.Length == 0 ? file.Project : $"{file.Project}.{file.Folder}"
            from space in file.Nodes<BaseNamespaceDeclarationSyntax>()
            where space.Name.ToString() != expected
            select $"{file.Path}: {space.Name}, not {expected}");

    [Fact]
    public void Folders_OfProducts_AreNamedForAConcept() =>
        Findings.None("A folder is a feature; these names are none:",
            SourceFile.Products.Where(file => file.Folder.Split('.').Any(s_nowhere.Contains)).Select(file => file.Path));

    [Fact]
    public void Types_OfProducts_SayWhatTheyAre() =>
        Findings.None("A type that stands by itself has an XML summary of one sentence:",
            from file in SourceFile.Products
            from type in file.Nodes<BaseTypeDeclarationSyntax>()
            where type.Parent is not BaseTypeDeclarationSyntax && type.Identifier.Text != "Program" && !type.GetLeadingTrivia().ToFullString().Contains("<summary>", StringComparison.Ordinal)
            where !OtherPartsAreDocumented(type)
            select $"{file.At(type)} {type.Identifier.Text}");

    [Fact]
    public void Channels_OfProducts_AreBounded() =>
        Findings.None("Every channel is bounded and says what full means:",
            from file in SourceFile.Products
            from name in file.Nodes<SimpleNameSyntax>()
            where name.Identifier.Text is "CreateUnbounded" or "CreateUnboundedPrioritized"
            select file.At(name));

    [Fact]
    public void Sources_OfEveryProject_HoldNoUnfinishedWork() =>
        Findings.None("Finish it, or file it:",
            from file in SourceFile.Products
            from trivia in file.Unit.DescendantTrivia()
            where trivia.ToString() is var text && (text.Contains("TO" + "DO", StringComparison.Ordinal) || text.Contains("FIX" + "ME", StringComparison.Ordinal))
            select file.At(trivia.Token.Parent!));

    private static bool OtherPartsAreDocumented(BaseTypeDeclarationSyntax type) =>
        type.Modifiers.Any(modifier => modifier.Text == "partial")
        && SourceFile.Products.SelectMany(file => file.Nodes<BaseTypeDeclarationSyntax>())
            .Any(other => Declared.FullName(other) == Declared.FullName(type) && other.GetLeadingTrivia().ToFullString().Contains("<summary>", StringComparison.Ordinal));
}
