using System.Globalization;
using System.Text;
using EdgeBox.Cli.Commands;
using EdgeBox.Cli.Terminal;
using EdgeBox.V1;

namespace EdgeBox.Cli.Rendering;

/// <summary>Prints an answer as it comes, and what it cost.</summary>
internal sealed class AnswerPrinter(Session session, bool reasoning, bool quiet)
{
    private const string Dim = "\u001b[2m";
    private const string Plain = "\u001b[0m";

    private readonly Shell _shell = session.Shell;
    private readonly StringBuilder _answer = new();
    private readonly List<ToolCall> _calls = [];
    private readonly bool _showReasoning = reasoning || session.Shell.OutputIsTerminal;
    private readonly long _begin = session.Shell.Time.GetTimestamp();
    private Channel _channel;
    private bool _lineIsOpen;
    private bool _endsInCalls;
    private TimeSpan? _firstToken;
    private GenerationStarted? _started;

    /// <summary>The answer so far, without the thinking, as the model gave it.</summary>
    public string Answer => _answer.ToString();

    /// <summary>The calls that the answer ended with, whole; none of an answer that broke off.</summary>
    public IReadOnlyList<ToolCall> Calls => _endsInCalls ? _calls : [];

    /// <summary>What the checks came to; null if there were none, or the answer broke off.</summary>
    public Verification? Verification { get; private set; }

    /// <summary>Prints all events of an answer. Whatever ends it, the terminal is left at the start of a line and in plain colours.</summary>
    public async Task PrintAsync(IAsyncEnumerable<AnswerEvent> events)
    {
        using var line = new WaitingLine(session);
        try
        {
            await foreach (var e in events)
            {
                Note(e);
                line.Show(e.Waiting);
                if (session.Json)
                {
                    session.WriteJson(e.Raw);
                    continue;
                }
                if (e.Delta is { Text.Length: > 0 } delta)
                {
                    Print(delta);
                }
                if (e.Attempt is { } attempt)
                {
                    session.Note($"(attempt {attempt.Attempt} did not pass: {Failed(attempt.Verdicts)}; the model tries again)");
                }
                if (e.Finished is { } finished)
                {
                    CloseLine();
                    PrintCalls();
                    Tell(finished.Verification);
                    Figures(finished);
                }
            }
        }
        finally
        {
            CloseLine();
        }
    }

    private void Note(AnswerEvent e)
    {
        _started = e.Started ?? _started;
        if (e.Delta is { } delta)
        {
            _firstToken ??= _shell.Time.GetElapsedTime(_begin);
            _answer.Append(delta.Channel == Channel.Reasoning ? "" : delta.Text);
        }
        if (e.Call is { } call)
        {
            _firstToken ??= _shell.Time.GetElapsedTime(_begin);
            if (call.Name.Length > 0)
            {
                _calls.Add(new ToolCall { Id = call.Id, Name = call.Name });
            }
            if (_calls is [.., var last])
            {
                last.Arguments += call.Arguments;
            }
        }
        if (e.Finished is { } finished)
        {
            _endsInCalls = finished.Reason == FinishReason.ToolCalls;
            Verification = finished.Verification;
        }
    }

    private static string Failed(IEnumerable<CheckVerdict> verdicts) => string.Join(", ", verdicts.Where(v => !v.Passed).Select(v => TerminalText.Line(v.Name)));

    /// <summary>A line for each call, as the program that has the tools would read it.</summary>
    private void PrintCalls()
    {
        foreach (var call in _calls)
        {
            _shell.Output.Write($"-> {TerminalText.Line(call.Name)} {TerminalText.Line(call.Arguments)}\n");
        }
        _shell.Output.Flush();
    }

    private void Tell(Verification? verification)
    {
        if (verification is null)
        {
            return;
        }
        var attempts = verification.Attempts == 1 ? "" : $", {verification.Attempts} attempts";
        if (verification.Verified)
        {
            session.Note($"verified \u2713 ({verification.Verdicts.Count} {(verification.Verdicts.Count == 1 ? "check" : "checks")}{attempts})");
            return;
        }
        session.Note($"not verified: {verification.Verdicts.Count(v => v.Passed)} of {verification.Verdicts.Count} checks passed{attempts}");
        foreach (var verdict in verification.Verdicts.Where(v => !v.Passed))
        {
            session.Note($"  {TerminalText.Line(verdict.Name)}: {TerminalText.Line(verdict.Problem)}");
        }
    }

    private void Print(TextDelta delta)
    {
        var thinking = delta.Channel == Channel.Reasoning;
        if (thinking && !_showReasoning)
        {
            return;
        }
        if (_channel != delta.Channel)
        {
            // The thinking and the answer are paragraphs of their own.
            if (_channel != Channel.Unspecified)
            {
                CloseLine();
                _shell.Output.Write('\n');
            }
            _channel = delta.Channel;
        }
        // Colours are set anew for each piece, so that a program killed between two leaves the terminal as it was.
        var text = TerminalText.Clean(delta.Text);
        _shell.Output.Write(thinking && _shell.Color ? Dim + text + Plain : text);
        _shell.Output.Flush();
        _lineIsOpen = text.Length > 0 ? text[^1] != '\n' : _lineIsOpen;
    }

    private void CloseLine()
    {
        if (_lineIsOpen)
        {
            _lineIsOpen = false;
            _shell.Output.Write('\n');
            _shell.Output.Flush();
        }
    }

    private void Figures(GenerationFinished finished)
    {
        if (finished.Reason == FinishReason.Length)
        {
            session.Note("(cut off: the limit of tokens was reached)");
        }
        if (quiet)
        {
            return;
        }
        var made = finished.Usage?.CompletionTokens ?? 0;
        var decode = finished.Timings?.Decode?.ToTimeSpan() ?? TimeSpan.Zero;
        // The first token belongs to the reading of the prompt.
        var speed = made > 1 && decode > TimeSpan.Zero
            ? string.Create(CultureInfo.InvariantCulture, $", {(made - 1) / decode.TotalSeconds:0.0} tokens/s")
            : "";
        var first = _firstToken is { } time ? string.Create(CultureInfo.InvariantCulture, $", first after {time.TotalSeconds:0.00} s") : "";
        var prompt = finished.Usage is { } usage ? $", prompt {usage.PromptTokens}" : "";
        var seed = _started is { } started ? $", seed {started.Seed}" : "";
        session.Note($"[{made} tokens{speed}{first}{prompt}{seed}{Saved(finished.Usage)}]");
    }

    /// <summary>What the box did not have to do, if it was spared something.</summary>
    private static string Saved(Usage? usage)
    {
        var cached = usage is { CachedPromptTokens: > 0 } ? $", {usage.CachedPromptTokens} of {usage.PromptTokens} prompt tokens cached" : "";
        var drafted = usage is { DraftedTokens: > 0 } ? $", {usage.AcceptedTokens} of {usage.DraftedTokens} guessed tokens right" : "";
        return cached + drafted;
    }
}
