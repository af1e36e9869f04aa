using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text;

namespace EdgeBox.Worker.Llama;

/// <summary>A line that the engine wrote: ggml's level (1 debug to 4 error) and text without the newline.</summary>
internal readonly record struct EngineLine(int Level, string Text);

/// <summary>Takes the engine's log, joins its pieces to lines, drops debug, and hands the lines on.</summary>
/// <remarks>
/// The engine logs no text of prompts or answers at these levels: its tokenizer prints text only when compiled with
/// PRETOKENIZERDEBUG, and errors about a batch name token numbers (src/llama-vocab.cpp and src/llama-batch.cpp of v0.5.0).
/// </remarks>
internal sealed unsafe class EngineLog
{
    /// <summary>Longest line in bytes; what is beyond is dropped.</summary>
    public const int MaxLine = 4096;

    internal const int Debug = 1;
    internal const int Warning = 3;
    internal const int Continued = 5;
    private const int MostPerSecond = 1000;
    private const int MostKept = 2000;
    private const int EvidenceLines = 12;

    private static EngineLog? s_current;

    private readonly Lock _gate = new();
    private readonly TimeProvider _time;
    private readonly List<byte> _line = [];
    private readonly Queue<EngineLine> _kept = [];
    private readonly Queue<string> _complaints = [];
    private Action<EngineLine>? _sink;
    private int _level;
    private long _second;
    private int _inSecond;
    private int _dropped;

    private EngineLog(TimeProvider time) => _time = time;

    /// <summary>The file of the processor backend that the engine said it loaded; empty until then. It is loaded once in a process.</summary>
    public static string CpuBackend { get; private set; } = "";

    /// <summary>Becomes the receiver of everything that the engine logs in this process from now on.</summary>
    public static EngineLog Attach(TimeProvider time)
    {
        var log = new EngineLog(time);
        Volatile.Write(ref s_current, log);
        NativeMethods.llama_log_set(&Receive, null);
        return log;
    }

    /// <summary>Hands on the lines kept so far and those to come.</summary>
    public void SendTo(Action<EngineLine> sink)
    {
        lock (_gate)
        {
            while (_kept.TryDequeue(out var line))
            {
                sink(line);
            }

            _sink = sink;
        }
    }

    /// <summary>The last warnings and errors, oldest first, and forgets them.</summary>
    public string TakeComplaints()
    {
        lock (_gate)
        {
            var text = string.Join('\n', _complaints);
            _complaints.Clear();
            return text;
        }
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static void Receive(int level, byte* text, void* userData)
    {
        try
        {
            Volatile.Read(ref s_current)?.Add(level, MemoryMarshal.CreateReadOnlySpanFromNullTerminated(text));
        }
#pragma warning disable CA1031 // No exception may cross into the engine; a channel that is gone ends the process elsewhere.
        catch (Exception)
#pragma warning restore CA1031
        {
        }
    }

    private void Add(int level, ReadOnlySpan<byte> text)
    {
        lock (_gate)
        {
            if (level != Continued)
            {
                _level = level;
            }

            while (!text.IsEmpty)
            {
                var end = text.IndexOf((byte)'\n');
                var piece = end < 0 ? text : text[..end];
                _line.AddRange(piece[..Math.Min(piece.Length, MaxLine - _line.Count)]);
                if (end < 0)
                {
                    return;
                }

                text = text[(end + 1)..];
                Complete();
            }
        }
    }

    private void Complete()
    {
        var line = new EngineLine(_level, Encoding.UTF8.GetString(CollectionsMarshal.AsSpan(_line)));
        _line.Clear();
        if (line.Level <= Debug || string.IsNullOrWhiteSpace(line.Text))
        {
            return;
        }

        if (line.Level >= Warning)
        {
            _complaints.Enqueue(line.Text);
            if (_complaints.Count > EvidenceLines)
            {
                _complaints.Dequeue();
            }
        }

        var at = line.Text.IndexOf("libggml-cpu-", StringComparison.Ordinal);
        if (at >= 0 && line.Text.Contains("loaded", StringComparison.Ordinal))
        {
            CpuBackend = line.Text[at..].Trim();
        }

        Pass(line);
    }

    private void Pass(EngineLine line)
    {
        var second = _time.GetTimestamp() / _time.TimestampFrequency;
        if (second != _second)
        {
            (_second, _inSecond) = (second, 0);
        }

        if (++_inSecond > MostPerSecond)
        {
            _dropped++;
            return;
        }

        if (_dropped > 0)
        {
            Deliver(new EngineLine(Warning, $"{_dropped} lines of the engine were dropped: more than {MostPerSecond} in a second"));
            _dropped = 0;
        }

        Deliver(line);
    }

    private void Deliver(EngineLine line)
    {
        if (_sink is not null)
        {
            _sink(line);
        }
        else if (_kept.Count < MostKept)
        {
            _kept.Enqueue(line);
        }
    }
}
