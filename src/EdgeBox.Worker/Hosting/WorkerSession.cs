using System.Reflection;
using System.Threading.Channels;
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

    private const int MostPlans = 64;

    private readonly EventWriter _events = new(channel);
    private readonly TaskCompletionSource<Command?> _first = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Channel<Load> _plans = System.Threading.Channels.Channel.CreateBounded<Load>(MostPlans);
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
        return _first.Task.GetAwaiter().GetResult() switch
        {
            { Load: { } load } => Serve(load, pack.Log, heart),
            { Plan: not null } => Plan(pack.Log),
            _ => ExitCode.ChannelClosed,
        };
    }

    /// <summary>Says what loading would take, as often as it is asked, and serves nobody.</summary>
    private int Plan(EngineLog log)
    {
        using var run = new DryRun(log);
        try
        {
            foreach (var load in _plans.Reader.ReadAllAsync().ToBlockingEnumerable())
            {
                _events.Send(new Event { Planned = run.Plan(load) });
            }
        }
        catch (LoadException e)
        {
            return FailLoad(e.Stage, ReasonOf(e), ExitCode.Load);
        }

        return ExitCode.ChannelClosed;
    }

    private static string ReasonOf(LoadException failure) => failure.Message.Length > 0 ? failure.Message : "the engine gave no reason";

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
            return FailLoad(e.Stage, ReasonOf(e), ExitCode.Load);
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
            LoadedModel.GiveBack();
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

        _first.TrySetResult(null);
        _plans.Writer.TryComplete();
    }

    private void Dispatch(Command command)
    {
        if (command.Load is not null || command.Plan is not null)
        {
            Begin(command);
            return;
        }

        if (!_first.Task.IsCompleted)
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

    private void Begin(Command command)
    {
        var isFirst = _first.TrySetResult(command);
        if (command.Plan is { } plan && (isFirst || _first.Task.Result?.Plan is not null))
        {
            // One that comes while as many wait is a daemon's that does not listen.
            if (!_plans.Writer.TryWrite(plan.Load ?? new Load()))
            {
                throw new InvalidDataException($"more than {MostPlans} Plan commands wait");
            }
        }
        else if (!isFirst)
        {
            throw new InvalidDataException($"a {command.CommandCase} command came after the first {_first.Task.Result?.CommandCase}");
        }
    }
}
