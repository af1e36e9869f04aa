using System.Diagnostics;
using EdgeBox.Worker.Hosting;
using EdgeBox.Worker.Llama;
using EdgeBox.Worker.Sampling;
using EdgeBox.Worker.V1;

namespace EdgeBox.Benchmarks;

/// <summary>How quick the engine alone was.</summary>
/// <param name="Decode">Tokens per second after every sequence has its first token.</param>
/// <param name="Whole">Tokens per second from the first token of the prompts on.</param>
internal sealed record Speed(double Decode, double Whole);

/// <summary>
/// The engine alone in this process, with a context made as the worker makes it: steps for the prompts, then a step of one token for
/// each sequence and a search for the largest logit of each.
/// </summary>
internal sealed class BareLoop : IDisposable
{
    private readonly LoadedModel _loaded;
    private readonly LlamaContext _context;
    private readonly TokenBatch _batch;
    private readonly int _most;
    private int _lastOutput;

    public BareLoop(string file, int context, int slots, int threads)
    {
        var pack = RuntimePack.Open(Programs.Packs, TimeProvider.System);
        var load = new Load { Paths = { file }, ContextTokens = (uint)context, Slots = (uint)slots, Threads = (uint)threads, GpuLayers = -1 };
        _loaded = LoadedModel.Load(load, _ => true, pack.Log);
        _context = _loaded.Context ?? throw new InvalidOperationException("The model makes no text.");
        _most = _loaded.Shape.BatchTokens;
        _batch = new TokenBatch(_most);
    }

    /// <summary>Makes so many tokens in each of as many sequences as there are prompts.</summary>
    /// <param name="prompts">What the sequences begin with.</param>
    /// <param name="tokens">How many of each.</param>
    /// <param name="tell">Told what was made in each step; null: nobody.</param>
    public Speed Run(IReadOnlyList<IReadOnlyList<int>> prompts, int tokens, Action<int[]>? tell = null)
    {
        var begin = Stopwatch.GetTimestamp();
        var next = Read(prompts);
        tell?.Invoke(next);
        var first = Stopwatch.GetTimestamp();
        for (var made = 1; made < tokens; made++)
        {
            Step(prompts, next, made - 1);
            for (var i = 0; i < next.Length; i++)
            {
                next[i] = Greedy.Pick(_context.Logits(i));
            }

            tell?.Invoke(next);
        }

        var count = (double)prompts.Count;
        return new Speed(
            count * (tokens - 1) / Stopwatch.GetElapsedTime(first).TotalSeconds, count * tokens / Stopwatch.GetElapsedTime(begin).TotalSeconds);
    }

    /// <summary>Makes an answer alone, as long as it is the same as one that was made elsewhere.</summary>
    /// <returns>
    /// By how much the likeliest token leads before the one that was chosen elsewhere, at the first place where they differ; null if
    /// they do not. And by how much it leads before the second one at each place up to there.
    /// </returns>
    public (float? Lead, List<float> Leads) Compare(IReadOnlyList<int> prompt, IReadOnlyList<int> answer)
    {
        var next = Read([prompt]);
        var leads = new List<float>();
        for (var made = 0; ; made++)
        {
            var logits = _context.Logits(made == 0 ? _lastOutput : 0);
            var best = logits[next[0]];
            if (next[0] != answer[made])
            {
                return (best - logits[answer[made]], leads);
            }

            logits[next[0]] = float.NegativeInfinity;
            leads.Add(best - logits[Greedy.Pick(logits)]);
            if (made == answer.Count - 1)
            {
                return (null, leads);
            }

            Step([prompt], next, made);
            next[0] = Greedy.Pick(_context.Logits(0));
        }
    }

    /// <summary>Processor time of this thread in the engine for as many steps; nothing is chosen.</summary>
    public TimeSpan EngineTime(IReadOnlyList<IReadOnlyList<int>> prompts, int tokens)
    {
        var before = ProcessorTime.OfThisThread();
        var next = Read(prompts);
        for (var made = 1; made < tokens; made++)
        {
            Step(prompts, next, made - 1);
        }

        return ProcessorTime.OfThisThread() - before;
    }

    /// <summary>Seconds of each step in which a prompt is read, so many tokens a step.</summary>
    public List<double> PromptSteps(IReadOnlyList<int> prompt, int chunk)
    {
        _context.Remove(0, 0);
        var seconds = new List<double>();
        for (var at = 0; at + chunk <= prompt.Count; at += chunk)
        {
            _batch.Clear();
            for (var i = at; i < at + chunk; i++)
            {
                _batch.Add(prompt[i], i, sequence: 0, output: i == at + chunk - 1);
            }

            var begin = Stopwatch.GetTimestamp();
            Decode();
            seconds.Add(Stopwatch.GetElapsedTime(begin).TotalSeconds);
        }

        return seconds;
    }

    /// <summary>Reads a prompt, copies it to main memory and back, and makes a token.</summary>
    /// <returns>Bytes of the copy, and seconds of each.</returns>
    public (long Bytes, double Read, double Copy, double PutBack, double Step) Keep(IReadOnlyList<int> prompt)
    {
        var begin = Stopwatch.GetTimestamp();
        var next = Read([prompt]);
        var read = Stopwatch.GetElapsedTime(begin).TotalSeconds;
        begin = Stopwatch.GetTimestamp();
        using var copy = _context.Copy(0, long.MaxValue) ?? throw new InvalidOperationException("The engine made no copy.");
        var copied = Stopwatch.GetElapsedTime(begin).TotalSeconds;
        _context.Remove(0, 0);
        begin = Stopwatch.GetTimestamp();
        if (!_context.PutBack(copy, 0))
        {
            throw new InvalidOperationException("The engine did not take the copy.");
        }

        var back = Stopwatch.GetElapsedTime(begin).TotalSeconds;
        begin = Stopwatch.GetTimestamp();
        Step([prompt], next, 0);
        return (copy.Bytes, read, copied, back, Stopwatch.GetElapsedTime(begin).TotalSeconds);
    }

    /// <inheritdoc/>
    public void Dispose() => _loaded.Dispose();

    /// <summary>Reads the prompts in steps as large as the worker's, and chooses the first token of each.</summary>
    private int[] Read(IReadOnlyList<IReadOnlyList<int>> prompts)
    {
        for (var sequence = 0; sequence < prompts.Count; sequence++)
        {
            _context.Remove(sequence, 0);
        }

        var next = new int[prompts.Count];
        var last = new List<(int Sequence, int Index)>();
        _batch.Clear();
        for (var sequence = 0; sequence < prompts.Count; sequence++)
        {
            var prompt = prompts[sequence];
            for (var i = 0; i < prompt.Count; i++)
            {
                var index = _batch.Add(prompt[i], i, sequence, output: i == prompt.Count - 1);
                if (i == prompt.Count - 1)
                {
                    last.Add((sequence, index));
                    _lastOutput = index;
                }

                if (_batch.Count == _most || (sequence == prompts.Count - 1 && i == prompt.Count - 1))
                {
                    Decode();
                    last.ForEach(end => next[end.Sequence] = Greedy.Pick(_context.Logits(end.Index)));
                    last.Clear();
                    _batch.Clear();
                }
            }
        }

        return next;
    }

    private void Step(IReadOnlyList<IReadOnlyList<int>> prompts, int[] next, int made)
    {
        _batch.Clear();
        for (var sequence = 0; sequence < next.Length; sequence++)
        {
            _batch.Add(next[sequence], prompts[sequence].Count + made, sequence, output: true);
        }

        Decode();
    }

    private void Decode()
    {
        if (_context.Decode(_batch) != 0)
        {
            throw new InvalidOperationException("The engine failed in a step.");
        }

        _context.Synchronize();
    }
}
