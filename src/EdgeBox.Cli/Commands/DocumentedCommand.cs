using System.CommandLine;

namespace EdgeBox.Cli.Commands;

/// <summary>A command whose help ends with examples.</summary>
/// <param name="name">The word on the command line.</param>
/// <param name="description">What it does, in a sentence for a newcomer.</param>
/// <param name="examples">Whole command lines without the program's name.</param>
internal sealed class DocumentedCommand(string name, string description, params string[] examples) : Command(name, description)
{
    /// <summary>Whole command lines without the program's name.</summary>
    public IReadOnlyList<string> Examples { get; } = examples;
}
