using System.Buffers.Binary;
using System.Diagnostics;
using System.Text;
using EdgeBox.Worker.Channel;
using EdgeBox.Worker.Hosting;
using EdgeBox.Worker.V1;
using Google.Protobuf;

namespace EdgeBox.Worker.Tests.Sessions;

/// <summary>What came of an answer.</summary>
internal sealed record Answer(string Text, string Reasoning, uint DeltaTokens, Finished? Finished, Refused? Refused, List<Delta> Deltas);

/// <summary>A test's side of a channel, with a worker in this process or in one of its own at the other.</summary>
internal sealed class WorkerClient : IDisposable
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(60);

    private readonly SocketPair _pair = new();
    private readonly List<Event> _events = [];
    private readonly Thread _reader;
    private bool _ended;
    private ulong _lastRequest;

    private WorkerClient()
    {
        _reader = new Thread(ReadEvents) { IsBackground = true };
        _reader.Start();
    }

    public Process? Process { get; private set; }

    /// <summary>The session of a worker in this process.</summary>
    public Task<int>? Session { get; private set; }

    public static string PackDirectory { get; } = Path.Combine(RepositoryRoot(), "out", "pack");

    /// <summary>The published worker where there is one, else the one that was built with the tests.</summary>
    public static string Executable { get; } = new[]
    {
        Path.Combine(RepositoryRoot(), "out", "edgebox-worker", "edgebox-worker"), Path.Combine(AppContext.BaseDirectory, "edgebox-worker"),
    }.First(File.Exists);

    public static WorkerClient StartHere(string? packs = null)
    {
        var client = new WorkerClient();
        var channel = new DescriptorStream(client._pair.Theirs);
        var session = new WorkerSession(channel, packs ?? PackDirectory, TimeProvider.System, _ => { });
        client.Session = Task.Factory.StartNew(session.Run, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        return client;
    }

    public static WorkerClient StartProcess(string? packs = null)
    {
        var client = new WorkerClient();
        var start = new ProcessStartInfo(Executable, ["--pack", packs ?? PackDirectory, "--channel", client._pair.Theirs.ToString()])
        {
            RedirectStandardError = true,
        };
        client.Process = Process.Start(start)!;
        client._pair.CloseTheirs();
        return client;
    }

    public Event Load(string path, uint slots = 2, uint context = 0, uint chunk = 0)
    {
        Send(new Command
        {
            Load = new Load { Paths = { path }, Slots = slots, ContextTokens = context, Threads = 1, GpuLayers = 0, PrefillChunk = chunk },
        });
        return Wait(e => e.Loaded is not null || e.LoadFailed is not null);
    }

    /// <summary>Starts with a model loaded in this process.</summary>
    public static WorkerClient StartHereWith(string path, uint slots = 2, uint context = 0, uint chunk = 0)
    {
        var client = StartHere();
        var answer = client.Load(path, slots, context, chunk);
        Assert.True(answer.Loaded is not null, answer.ToString());
        return client;
    }

    public void Send(Command command)
    {
        var bytes = new byte[4 + command.CalculateSize()];
        BinaryPrimitives.WriteInt32LittleEndian(bytes, bytes.Length - 4);
        command.WriteTo(bytes.AsSpan(4));
        SendRaw(bytes);
    }

    public void SendRaw(byte[] bytes) => _pair.Mine.Write(bytes);

    public ulong Begin(Generate generate)
    {
        generate.Request = ++_lastRequest;
        generate.Sampling ??= Greedy();
        Send(new Command { Generate = generate });
        return generate.Request;
    }

    public ulong NextRequest() => ++_lastRequest;

    public Answer Generate(Generate generate) => End(Begin(generate));

    public Answer Chat(string text, uint max = 0, params string[] stop) => Generate(new Generate
    {
        Conversation = new Conversation { Turns = { new Turn { Role = "user", Text = text } } }, MaxTokens = max, Stop = { stop },
    });

    public void Cancel(ulong request) => Send(new Command { Cancel = new Cancel { Request = request } });

    /// <summary>Waits for the end of an answer and gathers it.</summary>
    public Answer End(ulong request)
    {
        Wait(e => e.Finished?.Request == request || e.Refused?.Request == request);
        var (text, reasoning, deltas) = (new StringBuilder(), new StringBuilder(), new List<Delta>());
        var all = Snapshot();
        foreach (var delta in all.Select(e => e.Delta).Where(d => d?.Request == request))
        {
            (delta!.Reasoning ? reasoning : text).Append(delta.Text);
            deltas.Add(delta);
        }

        return new Answer(
            text.ToString(),
            reasoning.ToString(),
            (uint)deltas.Sum(d => d.Tokens),
            all.FirstOrDefault(e => e.Finished?.Request == request)?.Finished,
            all.FirstOrDefault(e => e.Refused?.Request == request)?.Refused,
            deltas);
    }

    public Event Wait(Func<Event, bool> wanted)
    {
        var deadline = Stopwatch.GetTimestamp() + (long)(s_patience.TotalSeconds * Stopwatch.Frequency);
        lock (_events)
        {
            for (var seen = 0; ;)
            {
                for (; seen < _events.Count; seen++)
                {
                    if (wanted(_events[seen]))
                    {
                        return _events[seen];
                    }
                }

                var left = Stopwatch.GetElapsedTime(Stopwatch.GetTimestamp(), deadline);
                if (_ended || left <= TimeSpan.Zero || !Monitor.Wait(_events, left))
                {
                    throw new InvalidOperationException($"the worker never said it ({(_ended ? "channel closed" : "timed out")}); last: {_events.LastOrDefault()}");
                }
            }
        }
    }

    public List<Event> Snapshot()
    {
        lock (_events)
        {
            return [.. _events];
        }
    }

    /// <summary>Closes the channel, as a daemon that died does.</summary>
    public void HangUp() => _pair.HangUp();

    /// <summary>Waits until the worker has closed its side.</summary>
    public void WaitForEnd()
    {
        lock (_events)
        {
            while (!_ended)
            {
                Assert.True(Monitor.Wait(_events, s_patience), "the worker did not close the channel");
            }
        }
    }

    public void Dispose()
    {
        HangUp();
        if (Process is not null)
        {
            Assert.True(Process.WaitForExit(s_patience), "the worker outlived its daemon");
            Process.Dispose();
        }

        Session?.Wait(s_patience);
        _reader.Join(s_patience);
        _pair.Dispose();
    }

    private static V1.Sampling Greedy() => new() { TopP = 1, RepetitionPenalty = 1 };

    public static string RepositoryRoot()
    {
        var directory = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(directory, "EdgeBox.sln")))
        {
            directory = Path.GetDirectoryName(directory) ?? throw new InvalidOperationException("the tests are not inside the repository");
        }

        return directory;
    }

    private void ReadEvents()
    {
        try
        {
            var reader = new FrameReader(_pair.Mine);
            while (reader.Read(Event.Parser) is { } message)
            {
                lock (_events)
                {
                    _events.Add(message);
                    Monitor.PulseAll(_events);
                }
            }
        }
        catch (Exception e) when (e is IOException or InvalidDataException)
        {
        }

        lock (_events)
        {
            _ended = true;
            Monitor.PulseAll(_events);
        }
    }
}
