using EdgeBox.Architecture.Tests.Tree;

namespace EdgeBox.Architecture.Tests;

/// <summary>Who may refer to whom. A project is a different process, privilege or place; the arrows keep them apart.</summary>
public sealed class ProjectArrowTests
{
    private static readonly Dictionary<string, string[]> s_arrows = new(StringComparer.Ordinal)
    {
        ["EdgeBox.Protocol"] = [],
        ["EdgeBox.Trust"] = [],
        ["EdgeBox.Platform"] = [],
        ["EdgeBox.Daemon"] = ["EdgeBox.Platform", "EdgeBox.Protocol", "EdgeBox.Trust"],
        ["EdgeBox.Worker"] = ["EdgeBox.Protocol"],
        ["EdgeBox.Cli"] = ["EdgeBox.Protocol"],
    };

    [Fact]
    public void Products_TheirReferences_AreExactlyTheDrawnArrows()
    {
        var drawn = s_arrows.SelectMany(project => project.Value.Select(target => $"{project.Key} -> {target}")).Order(StringComparer.Ordinal);
        var found = ProjectFile.Products.SelectMany(project => project.References.Select(target => $"{project.Name} -> {target}")).Order(StringComparer.Ordinal);

        Assert.Equal(s_arrows.Keys.Order(StringComparer.Ordinal), ProjectFile.Products.Select(project => project.Name).Order(StringComparer.Ordinal));
        Assert.Equal(drawn, found);
    }

    [Fact]
    public void Products_TheirBuiltAssemblies_ReferToNothingElseOfOurs()
    {
        var names = new[] { ("edgeboxd", "EdgeBox.Daemon"), ("edgebox-worker", "EdgeBox.Worker"), ("edgeboxctl", "EdgeBox.Cli") };
        Findings.None("An assembly refers to one that it may not know:", names.SelectMany(name =>
            System.Reflection.Assembly.Load(name.Item1).GetReferencedAssemblies()
                .Select(reference => reference.Name!)
                .Where(reference => reference.StartsWith("EdgeBox.", StringComparison.Ordinal) || reference.StartsWith("edgebox", StringComparison.Ordinal))
                .Where(reference => !s_arrows[name.Item2].Contains(reference))
                .Select(reference => $"{name.Item1} -> {reference}")));
    }

    [Fact]
    public void Projects_AllOfThem_AreInTheSolution()
    {
        var solution = Repository.ReadText("EdgeBox.sln").Replace('\\', '/');
        Findings.None("Add these to EdgeBox.sln (dotnet sln add), or nobody builds them:",
            ProjectFile.All.Select(project => project.Path).Where(path => !solution.Contains($"\"{path}\"", StringComparison.Ordinal)));
    }

    [Fact]
    public void TestProjects_AllOfThem_AreRunByTheRunner()
    {
        var runner = Repository.ReadText("scripts/test.sh");
        Findings.None("Give these a line in the table of scripts/test.sh, or nobody runs them:",
            ProjectFile.All.Select(project => project.Name)
                .Where(name => name.EndsWith(".Tests", StringComparison.Ordinal))
                .Where(name => !runner.Contains(name["EdgeBox.".Length..] + " ", StringComparison.Ordinal)));
    }

    [Fact]
    public void Products_EachOfThem_HasATestProject()
    {
        var tests = ProjectFile.All.Select(project => project.Name).ToHashSet();
        Findings.None("A project of src/ has its own tests (generated code has none):",
            ProjectFile.Products.Select(project => project.Name + ".Tests").Where(name => name != "EdgeBox.Protocol.Tests" && !tests.Contains(name)));
    }
}
