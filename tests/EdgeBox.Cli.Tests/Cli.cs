using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Json;
using EdgeBox.Cli.Commands;
using EdgeBox.Cli.Terminal;
using Xunit;

namespace EdgeBox.Cli.Tests;

/// <summary>What a command line ended with.</summary>
internal sealed record Ran(int Code, string Output, string Error)
{
    /// <summary>The only JSON document on standard output.</summary>
    public JsonElement Document => JsonDocument.Parse(Output).RootElement;

    /// <summary>The JSON documents on standard output, one a line.</summary>
    public JsonElement[] Lines => [.. Output.TrimEnd('\n').Split('\n').Select(l => JsonDocument.Parse(l).RootElement)];
}

/// <summary>Runs command lines in this process, with streams that a test can read.</summary>
internal static class Cli
{
    public static Task<Ran> RunAsync(string[] args, string input = "") => RunAsync(args, new Surroundings { Input = input });

    public static Task<Ran> RunAsync(ScriptedBox box, params string[] args) => RunAsync(["--endpoint", box.Endpoint, .. args]);

    public static async Task<Ran> RunAsync(string[] args, Surroundings surroundings)
    {
        using var output = new StringWriter { NewLine = "\n" };
        using var error = new StringWriter { NewLine = "\n" };
        using var shell = surroundings.Shell(output, error);
        var code = await CommandTree.RunAsync(args, shell);
        return new Ran(code, output.ToString(), error.ToString());
    }
}

/// <summary>What a command line finds around it.</summary>
internal sealed record Surroundings
{
    public string Input { get; init; } = "";

    public byte[]? InputBytes { get; init; }

    public bool Terminal { get; init; }

    public bool Color { get; init; }

    public int Width { get; init; } = EdgeBox.Cli.Terminal.Shell.UnlimitedWidth;

    public string Directory { get; init; } = Path.GetTempPath();

    public IReadOnlyDictionary<string, string> Environment { get; init; } = new Dictionary<string, string>();

    public Func<ConsoleKeyInfo>? ReadKey { get; init; }

    public TimeProvider Time { get; init; } = TimeProvider.System;

    public Shell Shell(TextWriter output, TextWriter error) => new()
    {
        Input = new MemoryStream(InputBytes ?? Encoding.UTF8.GetBytes(Input)),
        Output = output,
        Error = error,
        InputIsTerminal = Terminal,
        OutputIsTerminal = Terminal,
        ErrorIsTerminal = Terminal,
        Color = Color,
        MeasureWidth = () => Width,
        Directory = Directory,
        Environment = name => Environment.GetValueOrDefault(name),
        ReadKey = ReadKey,
        Time = Time,
    };
}

/// <summary>Compares text with a file that a person has read.</summary>
internal static class Golden
{
    /// <summary>Fails unless golden/NAME.txt holds the text. EDGEBOX_WRITE_GOLDEN=1 writes the file instead.</summary>
    public static void Check(string name, string text, [CallerFilePath] string caller = "")
    {
        var path = Path.Combine(Root(caller), "golden", name + ".txt");
        if (System.Environment.GetEnvironmentVariable("EDGEBOX_WRITE_GOLDEN") == "1")
        {
            File.WriteAllText(path, text);
        }
        Assert.True(File.Exists(path), $"golden/{name}.txt does not exist; EDGEBOX_WRITE_GOLDEN=1 writes it");
        Assert.Equal(File.ReadAllText(path), text);
    }

    /// <summary>The directory of the test project.</summary>
    public static string Root(string caller)
    {
        var directory = Path.GetDirectoryName(caller)!;
        while (!File.Exists(Path.Combine(directory, "EdgeBox.Cli.Tests.csproj")))
        {
            directory = Path.GetDirectoryName(directory)!;
        }
        return directory;
    }

    /// <summary>The directory of the repository.</summary>
    public static string Repository([CallerFilePath] string caller = "") => Path.GetFullPath("../..", Root(caller));
}
