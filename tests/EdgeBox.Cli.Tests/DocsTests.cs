using System.CommandLine;
using System.Text.RegularExpressions;
using EdgeBox.Cli.Commands;
using EdgeBox.Cli.Rendering;
using Xunit;

namespace EdgeBox.Cli.Tests;

/// <summary>docs/cli.md says what the program does.</summary>
public partial class DocsTests
{
    private static readonly string s_text = File.ReadAllText(Path.Combine(Golden.Repository(), "docs/cli.md"));

    [Fact]
    public void Commands_Documented_AreThoseThatThereAre()
    {
        using var shell = new Surroundings().Shell(TextWriter.Null, TextWriter.Null);
        var documented = CommandRow().Matches(s_text).Select(m => m.Groups[1].Value);
        Assert.Equal(Leaves(CommandTree.Build(shell), ""), documented);
    }

    [Fact]
    public void Examples_Documented_CanBeParsed()
    {
        using var shell = new Surroundings().Shell(TextWriter.Null, TextWriter.Null);
        var root = CommandTree.Build(shell);
        var examples = Example().Matches(s_text).Select(m => m.Groups[1].Value).Concat(All(root).OfType<DocumentedCommand>().SelectMany(c => c.Examples)).ToList();
        Assert.True(examples.Count > 40);
        foreach (var example in examples)
        {
            // What follows is the shell's.
            var line = example.Split([" | ", " < ", " > "], StringSplitOptions.None)[0];
            Assert.True(root.Parse(line).Errors.Count == 0, $"{example}: {string.Join(' ', root.Parse(line).Errors)}");
        }
    }

    [Fact]
    public void ExitCodes_Documented_AreThoseOfTheTable()
    {
        var documented = ExitRow().Matches(s_text)
            .SelectMany(m => Word().Matches(m.Groups[2].Value).Select(w => $"{m.Groups[1].Value} {w.Groups[1].Value}"));
        Assert.Equal(
            ExitCodes.Rows.Select(r => $"{r.Value.Code} {r.Key}").Order(StringComparer.Ordinal),
            documented.Order(StringComparer.Ordinal));
    }

    private static IEnumerable<string> Leaves(Command command, string path)
        => command.Subcommands.Count == 0 ? [path] : command.Subcommands.SelectMany(c => Leaves(c, path.Length == 0 ? c.Name : $"{path} {c.Name}"));

    private static IEnumerable<Command> All(Command command) => command.Subcommands.SelectMany(All).Prepend(command);

    [GeneratedRegex(@"^\| `([a-z]+(?: [a-z-]+)?)` \|", RegexOptions.Multiline)]
    private static partial Regex CommandRow();

    [GeneratedRegex(@"`edgeboxctl ([^`]+)`")]
    private static partial Regex Example();

    [GeneratedRegex(@"^\| (\d) \| [^|]* \| (.*) \|$", RegexOptions.Multiline)]
    private static partial Regex ExitRow();

    [GeneratedRegex("`([A-Z_]+)`")]
    private static partial Regex Word();
}
