using System.Text;
using EdgeBox.Worker.Batching;
using EdgeBox.Worker.Caching;
using EdgeBox.Worker.Drafting;
using EdgeBox.Worker.Llama;
using EdgeBox.Worker.Sampling;
using EdgeBox.Worker.Tests.Sessions;
using EdgeBox.Worker.V1;

namespace EdgeBox.Worker.Tests.Batching;

/// <summary>The real engine in this process, step by step: who is at work, what was said, and what a bare loop makes of the same prompt.</summary>
internal sealed class EngineRig : IDisposable
{
    private const int Chunk = 64;

    private readonly EngineLog _log;
    private readonly LlamaModel _model;
    private readonly LlamaContext _context;
    private readonly SamplingCrew _crew;
    private readonly List<Event> _events = [];
    private ulong _last;

    public EngineRig(string path, int slots = 4, int context = 512, int? cells = null, int helpers = 1, long keptBytes = 64 << 20)
    {
        var pack = RuntimePack.Open(WorkerClient.PackDirectory, TimeProvider.System);
        _log = pack.Log;
        _model = LlamaModel.Load([path], 0, _ => true, _log);
        Shape = new GenerationShape
        {
            Slots = slots, ContextTokens = context, Cells = cells ?? slots * context, PrefillChunk = 256, ChunkAlone = Chunk,
            SlidingWindow = _model.SlidingWindow, Vocabulary = _model.Vocabulary.Count, KeptBytes = keptBytes,
        };
        _context = MakeContext(Shape.Cells, Shape.Sequences, Math.Min(Shape.BatchTokens, Shape.Cells), Shape.Outputs);
        _crew = new SamplingCrew(helpers);
        var tools = new SlotTools(_model.Vocabulary.Pieces, new SteadyTime(), Say);
        Engine = new GenerationEngine(_context, Shape, tools, _log, _ => { }, _crew);
    }

    public GenerationEngine Engine { get; }

    public GenerationShape Shape { get; }

    public KvCache Cache => Engine.Cache;

    public int Window => _model.SlidingWindow;

    /// <summary>A request that was not let in yet.</summary>
    public GenerationRequest Request(int[] prompt, int tokens, string domain = "", bool draft = false, V1.Sampling? sampling = null, bool deterministic = false)
    {
        var message = new Generate
        {
            Request = ++_last, MaxTokens = (uint)tokens, CacheDomain = domain, Draft = draft, Deterministic = deterministic, Sampling = sampling,
            Logprobs = true, TopLogprobs = 20,
        };
        var sampler = new Sampler(SamplingSettings.From(message, _model.Vocabulary.Pieces));
        sampler.Begin(prompt);
        return new GenerationRequest(message) { Prompt = prompt, Sampler = sampler, Lookup = draft ? new PromptLookup(prompt) : null };
    }

    /// <summary>Lets a request in and runs steps until nothing is at work.</summary>
    public Finished Run(GenerationRequest request)
    {
        Assert.True(Engine.TryAdmit(request));
        return RunToEnd(request);
    }

    public Finished RunToEnd(GenerationRequest request)
    {
        while (EndOf(request) is null)
        {
            Engine.Step();
        }

        return EndOf(request)!;
    }

    public Finished? EndOf(GenerationRequest request)
    {
        lock (_events)
        {
            Assert.DoesNotContain(_events, e => e.Refused is not null);
            return _events.Find(e => e.Finished?.Request == request.Id)?.Finished;
        }
    }

    public Started StartOf(GenerationRequest request)
    {
        lock (_events)
        {
            return _events.Find(e => e.Started?.Request == request.Id)!.Started;
        }
    }

    public string TextOf(GenerationRequest request)
    {
        lock (_events)
        {
            return string.Concat(_events.Where(e => e.Delta?.Request == request.Id).Select(e => e.Delta.Text));
        }
    }

    /// <summary>How likely the likeliest first tokens of an answer were, by token.</summary>
    public Dictionary<uint, float> FirstLogprobs(GenerationRequest request)
    {
        lock (_events)
        {
            var first = _events.Where(e => e.Delta?.Request == request.Id).SelectMany(e => e.Delta.Logprobs).First();
            return first.Top.ToDictionary(top => top.Id, top => top.Logprob);
        }
    }

    /// <summary>The tokens of a greedy answer of the engine alone: the prompt in pieces as a lone request's, then a step a token.</summary>
    public List<int> Bare(int[] prompt, int tokens)
    {
        using var context = MakeContext(Shape.Cells, Shape.Sequences, Shape.BatchTokens, Shape.Sequences);
        var batch = new TokenBatch(Shape.BatchTokens);
        var made = new List<int>();
        var position = 0;
        while (position < prompt.Length)
        {
            batch.Clear();
            for (var i = 0; i < Chunk && position < prompt.Length; i++, position++)
            {
                batch.Add(prompt[position], position, 0, position == prompt.Length - 1);
            }

            Assert.Equal(0, context.Decode(batch));
        }

        made.Add(Greedy.Pick(context.Logits(batch.Count - 1)));
        while (made.Count < tokens)
        {
            batch.Clear();
            batch.Add(made[^1], position++, 0, true);
            Assert.Equal(0, context.Decode(batch));
            made.Add(Greedy.Pick(context.Logits(0)));
        }

        return made;
    }

    /// <summary>The tokens that a text is made of, as the answer would show them.</summary>
    public string TextOf(IEnumerable<int> tokens)
    {
        var bytes = new List<byte>();
        foreach (var token in tokens)
        {
            bytes.AddRange(_model.Vocabulary.Pieces[token].ToArray());
        }

        return Encoding.UTF8.GetString([.. bytes]);
    }

    /// <summary>Whether a token ends an answer.</summary>
    public bool Ends(int token) => _model.Vocabulary.Pieces.EndsGeneration(token);

    public void Dispose()
    {
        _crew.Dispose();
        Engine.Dispose();
        _context.Dispose();
        _model.Dispose();
    }

    private LlamaContext MakeContext(int cells, int sequences, int batch, int outputs) => new(
        _model, new ContextShape { Cells = cells, Sequences = sequences, BatchTokens = batch, Outputs = outputs, Threads = 1 }, _log);

    private void Say(Event message)
    {
        lock (_events)
        {
            _events.Add(message.Clone());
        }
    }

    /// <summary>A clock that goes on by the same time whenever it is looked at: all steps take equally long, however busy the machine is.</summary>
    private sealed class SteadyTime : TimeProvider
    {
        private long _now;

        public override long GetTimestamp() => Interlocked.Add(ref _now, TimestampFrequency / 1000);
    }
}
