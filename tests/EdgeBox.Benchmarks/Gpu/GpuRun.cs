using System.Diagnostics;
using System.Globalization;
using EdgeBox.Benchmarks.Clients;
using EdgeBox.Platform.Nvml;
using EdgeBox.V1;

namespace EdgeBox.Benchmarks.Gpu;

/// <summary>What is measured of one load of the model.</summary>
/// <param name="box">The box.</param>
/// <param name="fleet">Clients.</param>
/// <param name="file">The model's file.</param>
/// <param name="slots">Requests at once.</param>
/// <param name="gpus">What counts energy; null without a GPU.</param>
/// <param name="speeds">Takes the tokens per second by the number of streams.</param>
internal sealed class GpuRun(Box box, Fleet fleet, string file, int slots, NvidiaGpus? gpus, Dictionary<int, double> speeds)
{
    /// <summary>Context of a slot.</summary>
    public const int Context = 4096;

    private const string Name = "bench";
    private const int Rounds = 3;

    private static readonly int s_longPrompt = GpuShape.IsRehearsal ? 200 : 2000;

    private readonly Prompts _prompts = new();
    private MemoryEstimate? _plan;
    private int? _worker;
    private long _inUseBefore;

    /// <summary>Threads of the worker beside the GPU.</summary>
    public static int Threads { get; } = Math.Clamp(Environment.ProcessorCount - 1, 1, 4);

    /// <summary>Tokens of each stream.</summary>
    public static int Tokens { get; } = GpuShape.IsRehearsal ? 8 : 128;

    private string Slots => slots == 1 ? "1 slot" : $"{slots} slots";

    private ModelService.ModelServiceClient Models => new(box.Channel);

    /// <summary>What the box says that the model takes.</summary>
    public async Task<IReadOnlyList<Figure>> PlanAsync()
    {
        var begin = Stopwatch.GetTimestamp();
        _plan = await Models.EstimateModelAsync(new EstimateModelRequest
        {
            Path = file, Options = new LoadOptions { ContextTokens = Context, Slots = (uint)slots, Threads = (uint)Threads },
        });
        var seconds = Stopwatch.GetElapsedTime(begin).TotalSeconds;
        return
        [
            .. _plan.Devices.Select(device => Figure.Plain($"planned for {device.Device}, {Slots}", Mebibytes(device), "MiB",
                $"{Mebibytes(device.WeightBytes)} weights, {Mebibytes(device.CacheBytes)} cache, {Mebibytes(device.ComputeBytes)} work space, "
                + $"{Mebibytes(device.OverheadBytes)} overhead{(device.OverheadUnverified ? " (unverified)" : "")}; {Mebibytes(device.FreeBytes)} of "
                + $"{Mebibytes(device.TotalBytes)} free; largest context {_plan.LargestContextTokens}, most slots {_plan.MostSlots}; {Figure.Number(seconds)} s")),
        ];
    }

    /// <summary>Loads it.</summary>
    public async Task<IReadOnlyList<Figure>> LoadAsync()
    {
        _inUseBefore = await NvidiaSmi.BytesInUseAsync() ?? 0;
        var begin = Stopwatch.GetTimestamp();
        var model = await box.LoadAsync(file, Name, Context, slots, Threads);
        var seconds = Stopwatch.GetElapsedTime(begin).TotalSeconds;
        if (model.Worker.Pack == "cpu" && !GpuShape.IsRehearsal)
        {
            throw new InvalidOperationException("The worker took the pack cpu: the driver or the pack's libraries could not be used in its sandbox.");
        }

        _worker = model.Worker.Pid;
        return [Figure.Plain($"load, {Slots}", seconds, "s", $"pack {model.Worker.Pack}, context {Context} of each slot, {Threads} threads")];
    }

    /// <summary>What the worker holds of the GPU's memory, against the plan.</summary>
    public async Task<IReadOnlyList<Figure>> MemoryAsync(string when)
    {
        var (pid, plan) = (Worker(), _plan ?? throw new InvalidOperationException("There is no plan."));
        var host = plan.Devices.Single(device => device.Device == "host");
        var figures = new List<Figure>
        {
            Figure.Plain($"main memory of the worker, {Slots}, {when}", Mebibytes(ResidentOf(pid)), "MiB", $"planned {Mebibytes(host)} MiB"),
        };
        var held = await NvidiaSmi.BytesOfAsync(pid);
        var inUse = await NvidiaSmi.BytesInUseAsync() - _inUseBefore;
        if ((held ?? inUse) is not { } bytes)
        {
            return [.. figures, Figure.Missing($"GPU memory of the worker, {Slots}, {when}", "nvidia-smi does not tell")];
        }

        var devices = plan.Devices.Where(device => device.Device != "host").ToList();
        var known = devices.Sum(device => (double)(device.WeightBytes + device.CacheBytes + device.ComputeBytes)) / (1 << 20);
        var measured = bytes / (double)(1 << 20);
        var more = $"{Figure.Number((inUse ?? 0) / (double)(1 << 20))} MiB more of the GPU in use than before the load";
        var who = held is null ? $"{more}; the process's own is not told" : $"the process's own; {more}";
        return
        [
            .. figures,
            Figure.Plain($"GPU memory of the worker, {Slots}, {when}", measured, "MiB",
                $"{who}; planned {Figure.Number(known)} MiB and {devices.Sum(device => Mebibytes(device.OverheadBytes))} MiB overhead"),
            Figure.Plain($"GPU overhead, {Slots}, {when}", measured - known, "MiB", "what it holds beyond planned weights, cache and work space"),
        ];
    }

    /// <summary>The first answer after a load: what the driver has to compile is compiled then.</summary>
    public async Task<IReadOnlyList<Figure>> FirstAnswerAsync()
    {
        var (first, second) = (await AskAsync(16, 8), await AskAsync(16, 8));
        return
        [
            Figure.Plain($"first answer after the load, {Slots}", Whole(first), "s", $"16 tokens read and 8 made; the next one took {Figure.Number(Whole(second))} s"),
        ];
    }

    /// <summary>So many streams at once.</summary>
    public async Task<IReadOnlyList<Figure>> StreamsAsync(int count)
    {
        _ = Worker();
        var streams = new Streams(fleet, box, Name, count, Tokens);
        await streams.RunAsync(streams.Box, 0);
        var (energy, greedy, drawn) = (gpus?.TotalMillijoules, new List<Speed>(), new List<Speed>());
        for (var round = 0; round < Rounds; round++)
        {
            greedy.Add(await streams.RunAsync(streams.Box, 0));
        }

        var joules = (gpus?.TotalMillijoules - energy) / 1000.0 / (Rounds * count * Tokens);
        drawn.Add(await streams.RunAsync(streams.Box, 1));
        var speed = new Sample(greedy.Select(round => round.Decode));
        var what = count == 1 ? "1 stream" : $"{count} streams";
        speeds[count] = speed.Median;
        var figures = new List<Figure>
        {
            Figure.Plain($"{what} through gRPC, greedy", speed.Median, "tokens/s",
                $"{GpuShape.About}, {Tokens} tokens each; {speed.Spread("tokens/s")}; {Figure.Number(new Sample(greedy.Select(round => round.Whole)).Median)} with the prompts"),
            Figure.Plain($"{what} through gRPC, temperature 1, all tokens", drawn[0].Decode, "tokens/s", "the same, once"),
        };
        if (joules is { } each)
        {
            figures.Add(Figure.Plain($"joules a token, {what}", each, "J", "what the driver counted for the GPU over the greedy rounds, pauses between them included"));
        }

        if (count == 1 && GpuFigures.NumberOf("EDGEBOX_BENCH_GPU_BANDWIDTH") is { } bandwidth)
        {
            var most = bandwidth * 1e9 / GpuShape.BytesOfToken;
            figures.Add(Figure.Plain("1 stream ÷ (memory bandwidth ÷ bytes of a token)", speed.Median / most, "",
                $"{Figure.Number(bandwidth)} GB/s ÷ {Figure.Number(GpuShape.BytesOfToken / 1e9)} GB = {Figure.Number(most)} tokens/s"));
        }

        return figures;
    }

    /// <summary>How quickly a prompt is read.</summary>
    public async Task<IReadOnlyList<Figure>> PromptAsync()
    {
        var seconds = new List<double>();
        for (var round = 0; round <= Rounds; round++)
        {
            seconds.Add(Window.ToFirstToken(await AskAsync(s_longPrompt, 2)));
        }

        var shorter = new Sample([Window.ToFirstToken(await AskAsync(16, 2)), Window.ToFirstToken(await AskAsync(16, 2)), Window.ToFirstToken(await AskAsync(16, 2))]);
        var longer = new Sample(seconds.Skip(1));
        return
        [
            Figure.Plain($"time to first token, {s_longPrompt} tokens", 1000 * longer.Median, "ms", $"{longer.Spread("s")}; the first took {Figure.Number(seconds[0])} s"),
            Figure.Plain("reading a prompt", s_longPrompt / longer.Median, "tokens/s", "the same"),
            Figure.Plain("time to first token, 16 tokens", 1000 * shorter.Median, "ms", shorter.Spread("s")),
        ];
    }

    /// <summary>An acceptance run, whose report tells joules a token.</summary>
    public async Task<IReadOnlyList<Figure>> AcceptanceAsync()
    {
        _ = Worker();
        var suite = Path.Combine(Path.GetDirectoryName(file)!, "suite.jsonl");
        await File.WriteAllTextAsync(suite,
            """{"name":"speed","runs":4,"chat":{"messages":[{"role":"CHAT_ROLE_USER","parts":[{"text":"ABCD"}]}],"sampling":{"temperature":0},"stop":{"maxTokens":128}}}""");
        var operation = await Models.TestModelAsync(new TestModelRequest { Name = "models/" + Name, SuitePath = suite });
        operation = await new OperationService.OperationServiceClient(box.Channel).WaitOperationAsync(new WaitOperationRequest { Name = operation.Name });
        if (operation.Response is null || !operation.Response.TryUnpack<AcceptanceReport>(out var report))
        {
            throw new InvalidOperationException($"There is no report: {operation.Error?.Message}");
        }

        var how = $"model test, a case four times: {report.Verdict}, {report.CompletionTokens} tokens made, {Figure.Number(report.TokensPerSecond)} tokens/s; {report.Machine}";
        return
        [
            report.HasJoulesPerToken
                ? Figure.Plain("joules a token, model test", report.JoulesPerToken, "J", how)
                : Figure.Missing("joules a token, model test", $"the report tells none; {how}"),
        ];
    }

    /// <summary>Puts it out.</summary>
    public async Task<IReadOnlyList<Figure>> UnloadAsync()
    {
        _ = Worker();
        await box.UnloadAsync(Name);
        return [];
    }

    private static double Whole(Answer answer) => Stopwatch.GetElapsedTime(answer.Asked, answer.Ended).TotalSeconds;

    private static double Mebibytes(DeviceMemory device) =>
        Mebibytes(device.WeightBytes + device.CacheBytes + device.ComputeBytes + device.OverheadBytes);

    private static double Mebibytes(ulong bytes) => Math.Round(bytes / (double)(1 << 20));

    /// <summary>As the kernel tells it: mapped weights are among it once they were read.</summary>
    private static ulong ResidentOf(int pid) =>
        ulong.Parse(File.ReadLines($"/proc/{pid}/status").First(line => line.StartsWith("VmRSS:", StringComparison.Ordinal)).Split(' ', StringSplitOptions.RemoveEmptyEntries)[^2], CultureInfo.InvariantCulture) << 10;

    private int Worker() => _worker ?? throw new InvalidOperationException("The model is not loaded.");

    private async Task<Answer> AskAsync(int prompt, int tokens)
    {
        _ = Worker();
        var target = new Target { Address = box.Socket, Model = Name };
        var answers = await fleet.RunAsync(new Plan(target, [[new Ask { Prompt = _prompts.Next(prompt), Tokens = tokens }]]));
        Window.CheckEnded(answers[0][0]);
        return answers[0][0];
    }
}
