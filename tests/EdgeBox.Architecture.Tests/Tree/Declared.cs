using EdgeBox.V1;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace EdgeBox.Architecture.Tests.Tree;

/// <summary>The names that the solution declares: projects, namespaces, types and members.</summary>
internal static class Declared
{
    /// <summary>All of them, e.g. "EdgeBox.Daemon.Failures.FailureException.Reason".</summary>
    public static IReadOnlySet<string> Names { get; } = Collect();

    /// <summary>The full name of a type declaration, with the types around it and without type parameters.</summary>
    public static string FullName(BaseTypeDeclarationSyntax type) =>
        string.Join('.', type.AncestorsAndSelf().Reverse().Select(node => node switch
        {
            BaseNamespaceDeclarationSyntax space => space.Name.ToString(),
            BaseTypeDeclarationSyntax outer => outer.Identifier.Text,
            _ => null,
        }).Where(name => name is not null));

    private static HashSet<string> Collect()
    {
        HashSet<string> names = [.. ProjectFile.All.Select(project => project.Name)];
        foreach (var file in SourceFile.All)
        {
            foreach (var space in file.Nodes<BaseNamespaceDeclarationSyntax>())
            {
                AddWithParents(names, space.Name.ToString());
            }

            foreach (var type in file.Nodes<BaseTypeDeclarationSyntax>())
            {
                var full = FullName(type);
                names.Add(full);
                names.UnionWith(MembersOf(type).Select(member => $"{full}.{member}"));
            }
        }

        foreach (var type in typeof(ErrorReason).Assembly.GetExportedTypes())
        {
            AddWithParents(names, type.FullName!.Replace('+', '.'));
        }

        return names;
    }

    private static IEnumerable<string> MembersOf(BaseTypeDeclarationSyntax type) => type switch
    {
        EnumDeclarationSyntax values => values.Members.Select(member => member.Identifier.Text),
        TypeDeclarationSyntax members => members.Members.SelectMany(member => member switch
        {
            MethodDeclarationSyntax method => [method.Identifier.Text],
            PropertyDeclarationSyntax property => [property.Identifier.Text],
            FieldDeclarationSyntax field => field.Declaration.Variables.Select(variable => variable.Identifier.Text),
            _ => Enumerable.Empty<string>(),
        }).Concat(members.ParameterList?.Parameters.Select(parameter => parameter.Identifier.Text) ?? []),
        _ => [],
    };

    private static void AddWithParents(HashSet<string> names, string name)
    {
        for (var end = name.Length; end > 0; end = name.LastIndexOf('.', end - 1))
        {
            names.Add(name[..end]);
        }
    }
}
