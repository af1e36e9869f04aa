using System.Reflection;
using EdgeBox.Worker.Batching;
using EdgeBox.Worker.Channel;
using EdgeBox.Worker.Llama;
using EdgeBox.Worker.V1;
using Google.Protobuf;

namespace EdgeBox.Worker.Hosting;

/// <summary>How the process ends, as the daemon reads it from its status.</summary>
internal static class ExitCode
{
    /// <summary>The daemon closed the channel.</summary>
    public const int ChannelClosed = 0;

    /// <summary>The command line is wrong.</summary>
    public const int Usage = 2;

    /// <summary>No runtime pack can be used.</summary>
    public const int Pack = 3;

    /// <summary>The model or its context cannot be loaded.</summary>
    public const int Load = 4;

    /// <summary>The daemon broke the contract of the channel.</summary>
    public const int Contract = 5;
}

/// <summary>One life of the worker on one channel: Hello, Load, then requests until the channel closes.</summary>
/// <param name="channel">The daemon.</param>
/// <param name="packs">The directory of runtime packs.</param>
/// <param name="time">The clock.</param>
/// <param name="end">Ends the process at once, even in the middle of a step; called on the thread that reads the channel.</param>
internal sealed class WorkerSession(Stream channel, string packs, TimeProvider time, Action<int> end)
{
    /// <summary>Threads that choose tokens at once, the decode thread among them.</summary>
    private const int MostChoosing = 8;

    private readonly EventWriter _events = new(channel);
    private readonly TaskCompletionSource<Load?> _load = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Lock _gate = new();
    private readonly Queue<Command> _early = [];
    private RequestDesk? _desk;
    private DecodeLoop? _loop;
    private volatile bool _closed;

    /// <summary>Runs until the channel closes or loading fails, and returns the exit code.</summary>
    public int Run()
    {
        RuntimePack pack;
        try
        {
            pack = RuntimePack.Open(packs, time);
        }
        catch (PackException e)
        {
            return FailLoad("pack", e.Message, ExitCode.Pack);
        }

        _events.Send(Greeting(pack));
        pack.Log.SendTo(line => _events.Send(new Event { LogLine = new LogLine { Level = (uint)line.Level, Text = line.Text } }));
        using var heart = new Heart(_events, time);
        new Thread(ReadCommands) { Name = "commands", IsBackground = true }.Start();
        return _load.Task.GetAwaiter().GetResult() is { } load ? Serve(load, pack.Log, heart) : ExitCode.ChannelClosed;
    }

    private static Event Greeting(RuntimePack pack) => new()
    {
        Hello = new Hello
        {
            Protocol = 1,
            Version = typeof(WorkerSession).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "",
            EngineVersion = pack.Version,
            Pack = pack.Name,
            Backend = EngineLog.CpuBackend,
        },
    };

    private int Serve(Load load, EngineLog log, Heart heart)
    {
        LoadedModel model;
        try
        {
            model = LoadedModel.Load(load, Progress(), log);
        }
        catch (LoadException e)
        {
            return FailLoad(e.Stage, e.Message.Length > 0 ? e.Message : "the engine gave no reason", ExitCode.Load);
        }

        using (model)
        using (var desk = new RequestDesk(model, _events))
        using (var embedding = new EmbeddingEngine(model.Model, model.Shape.ContextTokens, model.Threads, log, desk.Append))
        {
            using var crew = new SamplingCrew(Math.Min(Environment.ProcessorCount, Math.Min(model.Shape.Slots, MostChoosing)) - 1);
            var tools = new SlotTools(model.Model.Vocabulary.Pieces, time, desk.Append);
            using var generation = model.Context is null ? null : new GenerationEngine(model.Context, model.Shape, tools, log, desk.Ended, crew);
            var loop = new DecodeLoop(generation, embedding, _events, desk.Ended);
            desk.SendTo(loop);
            heart.Watch(loop);
            _events.Send(new Event { Loaded = model.Describe() });
            Open(desk, loop);
            loop.Run();
        }

        return ExitCode.ChannelClosed;
    }

    /// <summary>Passes on what came while the model was loading, and from now on everything.</summary>
    private void Open(RequestDesk desk, DecodeLoop loop)
    {
        lock (_gate)
        {
            while (_early.TryDequeue(out var command))
            {
                desk.Handle(command);
            }

            (_desk, _loop) = (desk, loop);
            if (_closed)
            {
                loop.Stop();
            }
        }
    }

    private Func<float, bool> Progress()
    {
        var told = -1f;
        return fraction =>
        {
            if (fraction - told >= 0.01f || (fraction >= 1 && told < 1))
            {
                told = fraction;
                _events.Send(new Event { LoadProgress = new LoadProgress { Fraction = fraction } });
            }

            return !_closed;
        };
    }

    private int FailLoad(string stage, string detail, int code)
    {
        _events.Send(new Event { LoadFailed = new LoadFailed { Stage = stage, Detail = detail } });
        return code;
    }

    private void ReadCommands()
    {
        var code = ExitCode.ChannelClosed;
        try
        {
            var reader = new FrameReader(channel);
            while (reader.Read(Command.Parser) is { } command)
            {
                Dispatch(command);
            }
        }
        catch (Exception e) when (e is InvalidDataException or InvalidProtocolBufferException)
        {
            Console.Error.WriteLine($"edgebox-worker: {e.Message}");
            code = ExitCode.Contract;
        }
        catch (IOException)
        {
            // As good as the end of the stream.
        }

        end(code);
        lock (_gate)
        {
            _closed = true;
            _loop?.Stop();
        }

        _load.TrySetResult(null);
    }

    private void Dispatch(Command command)
    {
        if (command.Load is not null)
        {
            if (!_load.TrySetResult(command.Load))
            {
                throw new InvalidDataException("a second Load command came");
            }

            return;
        }

        if (!_load.Task.IsCompleted)
        {
            throw new InvalidDataException($"a {command.CommandCase} command came before Load");
        }

        lock (_gate)
        {
            if (_desk is null)
            {
                _early.Enqueue(_early.Count < RequestDesk.MostWaiting
                    ? command
                    : throw new InvalidDataException($"more than {RequestDesk.MostWaiting} commands came before the model was ready"));
                return;
            }
        }

        _desk.Handle(command);
    }
}
