using EdgeBox.Cli.Terminal;
using Spectre.Console;

namespace EdgeBox.Cli.Rendering;

/// <summary>A column of a table.</summary>
/// <param name="Title">Its heading.</param>
/// <param name="Right">Whether it holds numbers.</param>
internal sealed record Column(string Title, bool Right = false);

/// <summary>Writes tables and lists of facts that fit the terminal and carry no control characters.</summary>
internal static class Tables
{
    /// <summary>Writes rows under headings.</summary>
    public static void Write(Shell shell, IReadOnlyList<Column> columns, IEnumerable<string[]> rows) => shell.Output.Write(Render(shell, columns, rows));

    /// <summary>Rows under headings, each line with its end.</summary>
    public static string Render(Shell shell, IReadOnlyList<Column> columns, IEnumerable<string[]> rows)
    {
        var table = new Table { Border = TableBorder.None, ShowHeaders = true };
        foreach (var (title, right) in columns)
        {
            var column = new TableColumn(new Text(title, new Style(decoration: Decoration.Bold))) { Padding = new Padding(0, 0, 2, 0) };
            table.AddColumn(right ? column.RightAligned() : column);
        }
        foreach (var row in rows)
        {
            table.AddRow(row.Select(cell => new Text(TerminalText.Line(cell))));
        }
        return Render(shell, table);
    }

    /// <summary>Writes facts, one a line, with their names in a column; a fact without a value is left out.</summary>
    public static void WriteFacts(Shell shell, params IEnumerable<(string Name, string? Value)> facts)
    {
        var table = new Table { Border = TableBorder.None, ShowHeaders = false };
        table.AddColumn(new TableColumn("") { Padding = new Padding(0, 0, 2, 0), NoWrap = true });
        table.AddColumn(new TableColumn("") { Padding = new Padding(0, 0, 0, 0) });
        foreach (var (name, value) in facts)
        {
            if (!string.IsNullOrEmpty(value))
            {
                table.AddRow(new Text(name, new Style(decoration: Decoration.Bold)), new Text(TerminalText.Line(value)));
            }
        }
        shell.Output.Write(Render(shell, table));
    }

    private static string Render(Shell shell, Table table)
    {
        using var text = new StringWriter { NewLine = "\n" };
        var console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Ansi = shell.Color ? AnsiSupport.Yes : AnsiSupport.No,
            ColorSystem = shell.Color ? ColorSystemSupport.Standard : ColorSystemSupport.NoColors,
            Interactive = InteractionSupport.No,
            Out = new AnsiConsoleOutput(text),
        });
        console.Profile.Width = shell.Width;
        console.Write(table);
        // Padding at the ends of lines is of use to nobody.
        return string.Concat(text.ToString().TrimEnd('\n').Split('\n').Select(line => line.TrimEnd() + "\n"));
    }
}
