using System.Text.Json;

namespace EdgeBox.Testing.Judging;

/// <summary>A text that the default model was never trained on, and what it should make of it.</summary>
/// <param name="Group">What it is counted with, e.g. "clean ug".</param>
/// <param name="Task">The task of the model's manifest; empty: none.</param>
/// <param name="Parameters">Its parameters.</param>
/// <param name="Given">What the model is given.</param>
/// <param name="Wanted">The reference.</param>
public sealed record HeldOutCase(string Group, string Task, IReadOnlyDictionary<string, string> Parameters, string Given, string Wanted)
{
    /// <summary>The cases of a file, one JSON object a line (see tests/training/held_out.py).</summary>
    public static IReadOnlyList<HeldOutCase> Read(string file) => [.. File.ReadLines(file).Where(line => line.Length > 0).Select(Parse)];

    private static HeldOutCase Parse(string line)
    {
        using var document = JsonDocument.Parse(line);
        var root = document.RootElement;
        return new HeldOutCase(
            root.GetProperty("group").GetString()!,
            root.GetProperty("task").GetString()!,
            root.GetProperty("parameters").EnumerateObject().ToDictionary(p => p.Name, p => p.Value.GetString()!),
            root.GetProperty("given").GetString()!,
            root.GetProperty("wanted").GetString()!);
    }
}
