using System.Text.RegularExpressions;
using EdgeBox.Architecture.Tests.Tree;

namespace EdgeBox.Architecture.Tests;

/// <summary>What the documents name exists: types, tests, files, verbs of make.</summary>
public sealed partial class DocumentTests
{
    private static IEnumerable<string> Documents => Repository.Files.Where(file => file.EndsWith(".md", StringComparison.Ordinal));

    [Fact]
    public void Documents_NamesInBackticks_AreDeclared() =>
        Findings.None("A document names a project, namespace, type or member that does not exist:",
            from document in Documents
            from Match match in QuotedName().Matches(Repository.ReadText(document))
            where !Declared.Names.Contains(match.Groups["name"].Value)
            select $"{document}: {match.Groups["name"].Value}");

    [Fact]
    public void Documents_Links_LeadToFiles() =>
        Findings.None("A document links to a file that does not exist:",
            from document in Documents
            from Match match in Link().Matches(Repository.ReadText(document))
            let target = Path.GetRelativePath(Repository.Root, Path.Combine(Repository.Root, Path.GetDirectoryName(document)!, match.Groups["path"].Value))
            where !File.Exists(Repository.PathOf(target)) && !Directory.Exists(Repository.PathOf(target))
            select $"{document}: {match.Groups["path"].Value}");

    [Fact]
    public void Documents_PathsInBackticks_Exist() =>
        Findings.None("A document names a path of the tree that does not exist:",
            from document in Documents
            from Match match in QuotedPath().Matches(Repository.ReadText(document))
            let path = match.Groups["path"].Value.TrimEnd('/')
            where !File.Exists(Repository.PathOf(path)) && !Directory.Exists(Repository.PathOf(path))
            select $"{document}: {path}");

    [Fact]
    public void Documents_VerbsOfMake_AreInTheMakefile()
    {
        var verbs = Verb().Matches(Repository.ReadText("Makefile")).Select(match => match.Groups["verb"].Value).ToHashSet();
        Findings.None("A document names a verb that make does not have:",
            from document in Documents
            from Match match in QuotedMake().Matches(Repository.ReadText(document))
            where !verbs.Contains(match.Groups["verb"].Value)
            select $"{document}: make {match.Groups["verb"].Value}");
    }

    [Fact]
    public void SecurityTable_EachRow_NamesATest()
    {
        var rows = Repository.ReadText("docs/security.md").Split('\n')
            .SkipWhile(line => !line.StartsWith("| Property", StringComparison.Ordinal)).Skip(2).TakeWhile(line => line.StartsWith('|')).ToList();

        Assert.NotEmpty(rows);
        Findings.None("A property without a test is a wish:", rows.Where(row => !QuotedName().IsMatch(row.Split('|')[^2])));
    }

    [GeneratedRegex(@"`(?<name>EdgeBox(\.[A-Z]\w*)+)(\(\))?`")]
    private static partial Regex QuotedName();

    [GeneratedRegex(@"\]\((?!https?:|#|mailto:)(?<path>[^)#\s]+)(#[^)]*)?\)")]
    private static partial Regex Link();

    [GeneratedRegex(@"`(?<path>(src|tests|docs|scripts|proto|systemd|examples|\.ci)/[\w./-]*)`")]
    private static partial Regex QuotedPath();

    [GeneratedRegex(@"`make (?<verb>[a-z-]+)")]
    private static partial Regex QuotedMake();

    [GeneratedRegex(@"^(?<verb>[a-z-]+):", RegexOptions.Multiline)]
    private static partial Regex Verb();
}
