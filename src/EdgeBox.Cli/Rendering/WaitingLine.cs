using EdgeBox.Cli.Commands;
using EdgeBox.V1;

namespace EdgeBox.Cli.Rendering;

/// <summary>Shows on a terminal where a request stands in the line: one line that is replaced, and gone when the answer begins.</summary>
internal sealed class WaitingLine(Session session) : IDisposable
{
    private const string ClearLine = "\r\u001b[K";

    private readonly TextWriter _error = session.Shell.Error;
    private bool _drawn;

    /// <summary>Shows a place; null: it waits no longer.</summary>
    public void Show(GenerationWaiting? waiting)
    {
        if (waiting is null)
        {
            Dispose();
        }
        else if (session.Shell.ErrorIsTerminal && !session.Json)
        {
            _error.Write(ClearLine + Of(waiting));
            _error.Flush();
            _drawn = true;
        }
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

    /// <summary>E.g. "waiting: place 3, about 12 s".</summary>
    internal static string Of(GenerationWaiting waiting)
    {
        var about = waiting.Estimate?.ToTimeSpan() is { } estimate
            ? $", about {Words.Duration(TimeSpan.FromSeconds(Math.Max(1, Math.Ceiling(estimate.TotalSeconds))))}"
            : "";
        return $"waiting: place {waiting.Position}{about}";
    }
}
