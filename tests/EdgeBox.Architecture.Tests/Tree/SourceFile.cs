using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace EdgeBox.Architecture.Tests.Tree;

/// <summary>A C# file of the tree, parsed.</summary>
/// <param name="Path">Relative to the root of the tree, e.g. "src/EdgeBox.Daemon/Access/Roles.cs".</param>
/// <param name="Text">Its text.</param>
/// <param name="Unit">Its syntax.</param>
internal sealed record SourceFile(string Path, string Text, CompilationUnitSyntax Unit)
{
    /// <summary>Every C# file under src/ and tests/.</summary>
    public static IReadOnlyList<SourceFile> All { get; } =
    [
        .. Repository.Files
            .Where(file => file.EndsWith(".cs", StringComparison.Ordinal)
                && (file.StartsWith("src/", StringComparison.Ordinal) || file.StartsWith("tests/", StringComparison.Ordinal)))
            .AsParallel().AsOrdered().Select(file => Parse(file, Repository.ReadText(file))),
    ];

    /// <summary>The files under src/.</summary>
    public static IEnumerable<SourceFile> Products => All.Where(file => file.Path.StartsWith("src/", StringComparison.Ordinal));

    /// <summary>The files under tests/.</summary>
    public static IEnumerable<SourceFile> Tests => All.Where(file => file.Path.StartsWith("tests/", StringComparison.Ordinal));

    /// <summary>The project that it belongs to, e.g. "EdgeBox.Daemon".</summary>
    public string Project => Path.Split('/')[1];

    /// <summary>The folder inside the project, e.g. "Access"; empty at the project's top.</summary>
    public string Folder => Path.Split('/') is { Length: > 3 } parts ? string.Join('.', parts[2..^1]) : "";

    /// <summary>How many lines it has.</summary>
    public int Lines => Unit.SyntaxTree.GetText().Lines.Count - (Text.EndsWith('\n') ? 1 : 0);

    /// <summary>Reads C# that comes with no file.</summary>
    public static SourceFile Parse(string path, string text) =>
        new(path, text, (CompilationUnitSyntax)CSharpSyntaxTree.ParseText(text, new CSharpParseOptions(LanguageVersion.Preview), path).GetRoot());

    /// <summary>All syntax nodes of one kind.</summary>
    public IEnumerable<T> Nodes<T>() where T : SyntaxNode => Unit.DescendantNodes().OfType<T>();

    /// <summary>"path:line" of a node.</summary>
    public string At(SyntaxNode node) => $"{Path}:{node.GetLocation().GetLineSpan().StartLinePosition.Line + 1}";
}
