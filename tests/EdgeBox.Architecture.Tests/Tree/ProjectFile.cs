using System.Xml.Linq;

namespace EdgeBox.Architecture.Tests.Tree;

/// <summary>A project of the solution, as its project file describes it.</summary>
/// <param name="Name">E.g. "EdgeBox.Daemon".</param>
/// <param name="Path">The project file, relative to the root of the tree.</param>
/// <param name="Xml">The project file.</param>
internal sealed record ProjectFile(string Name, string Path, XDocument Xml)
{
    /// <summary>Every project under src/ and tests/.</summary>
    public static IReadOnlyList<ProjectFile> All { get; } =
    [
        .. Repository.Files
            .Where(file => file.EndsWith(".csproj", StringComparison.Ordinal)
                && (file.StartsWith("src/", StringComparison.Ordinal) || file.StartsWith("tests/", StringComparison.Ordinal)))
            .Select(file => new ProjectFile(System.IO.Path.GetFileNameWithoutExtension(file), file, XDocument.Load(Repository.PathOf(file)))),
    ];

    /// <summary>The projects under src/.</summary>
    public static IEnumerable<ProjectFile> Products => All.Where(project => project.IsProduct);

    /// <summary>Whether it lies under src/.</summary>
    public bool IsProduct => Path.StartsWith("src/", StringComparison.Ordinal);

    /// <summary>Names of the projects that it refers to.</summary>
    public IEnumerable<string> References =>
        Xml.Descendants("ProjectReference").Select(reference => System.IO.Path.GetFileNameWithoutExtension(reference.Attribute("Include")!.Value));

    /// <summary>The last value that the file gives a property, or null.</summary>
    public string? Property(string name) => Xml.Descendants(name).LastOrDefault()?.Value;
}
