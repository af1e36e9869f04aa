namespace EdgeBox.Architecture.Tests.Tree;

/// <summary>The checked-out tree, as its author sees it: without what is built, fetched or made at run time.</summary>
internal static class Repository
{
    private static readonly HashSet<string> s_notOurs =
        ["bin", "obj", "out", "node_modules", ".git", ".run", "TestResults", "StrykerOutput", "BenchmarkDotNet.Artifacts", "__pycache__"];

    /// <summary>Absolute path of the directory that holds the solution.</summary>
    public static string Root { get; } = FindRoot();

    /// <summary>Every file of the tree, relative to <see cref="Root"/>, with forward slashes, in ordinal order.</summary>
    public static IReadOnlyList<string> Files { get; } = [.. Walk(Root).Order(StringComparer.Ordinal)];

    /// <summary>Absolute path of a file of the tree.</summary>
    public static string PathOf(string relative) => Path.Combine(Root, relative);

    /// <summary>The whole text of a file of the tree.</summary>
    public static string ReadText(string relative) => File.ReadAllText(PathOf(relative));

    private static IEnumerable<string> Walk(string directory)
    {
        foreach (var file in Directory.EnumerateFiles(directory).Where(file => !s_notOurs.Contains(Path.GetFileName(file)) && new FileInfo(file).LinkTarget is null))
        {
            yield return Path.GetRelativePath(Root, file);
        }

        foreach (var child in Directory.EnumerateDirectories(directory))
        {
            if (!s_notOurs.Contains(Path.GetFileName(child)) && new DirectoryInfo(child).LinkTarget is null)
            {
                foreach (var file in Walk(child))
                {
                    yield return file;
                }
            }
        }
    }

    private static string FindRoot()
    {
        var directory = new DirectoryInfo(AppContext.BaseDirectory);
        while (directory is not null && !File.Exists(Path.Combine(directory.FullName, "EdgeBox.sln")))
        {
            directory = directory.Parent;
        }

        return directory?.FullName ?? throw new InvalidOperationException("These tests run inside a checkout: no EdgeBox.sln above " + AppContext.BaseDirectory);
    }
}
