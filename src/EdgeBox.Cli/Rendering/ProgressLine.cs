using EdgeBox.Cli.Commands;
using EdgeBox.Cli.Terminal;
using EdgeBox.V1;

namespace EdgeBox.Cli.Rendering;

/// <summary>Shows on standard error how far an operation is: a bar on a terminal, else a line a stage. With --json nothing.</summary>
internal sealed class ProgressLine(Session session) : IDisposable
{
    private const int Cells = 30;
    private const string ClearLine = "\r\u001b[K";

    private readonly TextWriter _error = session.Shell.Error;
    private string? _stage;
    private bool _drawn;

    /// <summary>Shows the operation's progress.</summary>
    public void Show(Operation operation)
    {
        var stage = TerminalText.Line(operation.Progress?.Stage ?? "");
        if (session.Json)
        {
            return;
        }
        if (session.Shell.ErrorIsTerminal)
        {
            _error.Write(ClearLine + Bar(operation.Progress?.Fraction ?? 0, stage));
            _error.Flush();
            _drawn = true;
        }
        else if (stage != _stage && stage.Length > 0)
        {
            session.Note(stage);
        }
        _stage = stage;
    }

    /// <inheritdoc />
    public void Dispose()
    {
        if (_drawn)
        {
            _drawn = false;
            _error.Write(ClearLine);
            _error.Flush();
        }
    }

    /// <summary>The bar for a fraction from 0 to 1; whatever else is shown as the nearer end.</summary>
    internal static string Bar(double fraction, string stage)
    {
        fraction = double.IsNaN(fraction) ? 0 : Math.Clamp(fraction, 0, 1);
        var full = (int)(fraction * Cells);
        return $"[{new string('#', full)}{new string('.', Cells - full)}] {(int)(fraction * 100),3}% {stage}";
    }
}
