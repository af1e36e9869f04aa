using System.Globalization;
using System.Text;

namespace EdgeBox.Cli.Terminal;

/// <summary>
/// Reads lines from a terminal with editing and a history in memory. It moves by grapheme clusters, so a Burmese or Tibetan syllable is one step,
/// and lets the terminal itself find the cursor's column by writing the text before it once more.
/// </summary>
internal sealed class LineEditor(Shell shell)
{
    private const string ClearLine = "\r\u001b[K";

    private readonly Func<ConsoleKeyInfo> _readKey = shell.ReadKey ?? throw new ArgumentException("The shell has no keyboard.", nameof(shell));
    private readonly List<string> _history = [];
    private List<string> _left = [];
    private List<string> _right = [];
    private int _historyIndex;
    private string _prompt = "";

    private enum Outcome
    {
        Go,
        Enter,
        End,
        Abandon,
    }

    /// <summary>Reads a line, and further ones while each ends with a backslash.</summary>
    /// <returns>The text, or null when the person leaves: Ctrl-D, or Ctrl-C on an empty line.</returns>
    public string? Read(string prompt)
    {
        var text = new StringBuilder();
        var current = prompt;
        var before = CtrlCIsKey(true);
        try
        {
            while (true)
            {
                var line = ReadOne(current);
                if (line is null)
                {
                    return null;
                }
                if (!line.EndsWith('\\'))
                {
                    text.Append(line);
                    break;
                }
                text.Append(line.AsSpan(0, line.Length - 1)).Append('\n');
                current = "… ";
            }
        }
        finally
        {
            CtrlCIsKey(before);
        }
        return text.ToString();
    }

    private string? ReadOne(string prompt)
    {
        _prompt = prompt;
        (_left, _right, _historyIndex) = ([], [], _history.Count);
        Draw();
        while (true)
        {
            switch (Handle(_readKey()))
            {
                case Outcome.Enter:
                    return Finish();
                case Outcome.End when _left.Count + _right.Count == 0:
                    shell.Output.Write('\n');
                    shell.Output.Flush();
                    return null;
                case Outcome.Abandon:
                    (_left, _right) = ([], []);
                    shell.Output.Write("^C\n");
                    Draw();
                    break;
                default:
                    Draw();
                    break;
            }
        }
    }

    private string Finish()
    {
        _left.AddRange(_right);
        _right = [];
        Draw();
        shell.Output.Write('\n');
        shell.Output.Flush();
        var line = string.Concat(_left);
        if (line.Length > 0 && (_history.Count == 0 || _history[^1] != line))
        {
            _history.Add(line);
        }
        return line;
    }

    private Outcome Handle(ConsoleKeyInfo key)
    {
        if (key.Modifiers.HasFlag(ConsoleModifiers.Control))
        {
            return HandleControl(key.Key);
        }
        switch (key.Key)
        {
            case ConsoleKey.Enter:
                return Outcome.Enter;
            case ConsoleKey.Backspace:
                Drop(_left, _left.Count - 1);
                break;
            case ConsoleKey.Delete:
                Drop(_right, 0);
                break;
            case ConsoleKey.LeftArrow:
                Move(_left.Count - 1);
                break;
            case ConsoleKey.RightArrow:
                Move(_left.Count + 1);
                break;
            case ConsoleKey.Home:
                Move(0);
                break;
            case ConsoleKey.End:
                Move(int.MaxValue);
                break;
            case ConsoleKey.UpArrow:
                Recall(_historyIndex - 1);
                break;
            case ConsoleKey.DownArrow:
                Recall(_historyIndex + 1);
                break;
            default:
                Insert(key.KeyChar);
                break;
        }
        return Outcome.Go;
    }

    private Outcome HandleControl(ConsoleKey key)
    {
        switch (key)
        {
            case ConsoleKey.C:
                return _left.Count + _right.Count == 0 ? Outcome.End : Outcome.Abandon;
            case ConsoleKey.D when _left.Count + _right.Count == 0:
                return Outcome.End;
            case ConsoleKey.D:
                Drop(_right, 0);
                break;
            case ConsoleKey.A:
                Move(0);
                break;
            case ConsoleKey.E:
                Move(int.MaxValue);
                break;
            case ConsoleKey.U:
                _left = [];
                break;
            case ConsoleKey.K:
                _right = [];
                break;
            case ConsoleKey.W:
                var end = _left.FindLastIndex(c => c != " ");
                var start = end < 0 ? 0 : _left.FindLastIndex(end, c => c == " ") + 1;
                _left.RemoveRange(start, _left.Count - start);
                break;
            // What was typed before the first prompt ends with a line feed, which is Ctrl-Enter here.
            case ConsoleKey.J or ConsoleKey.M or ConsoleKey.Enter:
                return Outcome.Enter;
        }
        return Outcome.Go;
    }

    private static void Drop(List<string> clusters, int index)
    {
        if (index >= 0 && index < clusters.Count)
        {
            clusters.RemoveAt(index);
        }
    }

    private void Move(int position)
    {
        List<string> all = [.. _left, .. _right];
        position = Math.Clamp(position, 0, all.Count);
        (_left, _right) = (all[..position], all[position..]);
    }

    private void Recall(int index)
    {
        if (index >= 0 && index <= _history.Count)
        {
            _historyIndex = index;
            _left = Clusters(index == _history.Count ? "" : _history[index]);
            _right = [];
        }
    }

    // A character may join the cluster before it: a vowel sign, or the second half of a surrogate pair.
    private void Insert(char c)
    {
        if (!char.IsControl(c))
        {
            _left = Clusters(string.Concat(_left) + c);
        }
    }

    private static List<string> Clusters(string text)
    {
        var clusters = new List<string>();
        var elements = StringInfo.GetTextElementEnumerator(text);
        while (elements.MoveNext())
        {
            clusters.Add(elements.GetTextElement());
        }
        return clusters;
    }

    // One row: of a longer line, the part around the cursor is shown. Two columns a cluster is the most that any takes, but
    // plain ASCII is one.
    private void Draw()
    {
        var room = Math.Max(10, shell.Width - _prompt.Length - 1);
        var start = _left.Count;
        var used = 0;
        while (start > 0 && used + Columns(_left[start - 1]) <= (_right.Count == 0 ? room : room * 3 / 4))
        {
            used += Columns(_left[--start]);
        }
        var end = 0;
        while (end < _right.Count && used + Columns(_right[end]) <= room)
        {
            used += Columns(_right[end++]);
        }
        var before = _prompt + string.Concat(_left[start..]);
        shell.Output.Write(ClearLine + before);
        if (end > 0)
        {
            shell.Output.Write(string.Concat(_right[..end]) + "\r" + before);
        }
        shell.Output.Flush();
    }

    private static int Columns(string cluster) => cluster.Length == 1 && cluster[0] < 0x300 ? 1 : 2;

    private bool CtrlCIsKey(bool value)
    {
        if (!shell.TakesSignals)
        {
            return false;
        }
        var before = Console.TreatControlCAsInput;
        Console.TreatControlCAsInput = value;
        return before;
    }
}
