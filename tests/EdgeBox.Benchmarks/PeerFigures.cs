using EdgeBox.Benchmarks.Clients;

namespace EdgeBox.Benchmarks;

/// <summary>The box beside a llama-server with the same file, threads and slots.</summary>
internal static class PeerFigures
{
    private const string Name = "bench";
    private const int Context = 512;
    private const int Threads = 1;
    private const int Rounds = 5;

    private static readonly (int Streams, int Tokens)[] s_cases = [(1, 256), (4, 128), (16, 64)];

    /// <summary>With the vocabulary of gpt-oss.</summary>
    public static IAsyncEnumerable<Figure> GptOssAsync(string directory) => MeasureAsync(directory, BenchModel.GptOss, share: 1, atManyRandom: 2);

    /// <summary>With a small vocabulary.</summary>
    public static IAsyncEnumerable<Figure> LlamaAsync(string directory) => MeasureAsync(directory, BenchModel.Llama, share: 2, atManyRandom: 1);

    /// <summary>With the vocabulary of gpt-oss and as little else as can be: how quick each is at what is not the engine's.</summary>
    public static IAsyncEnumerable<Figure> ThinAsync(string directory) => MeasureAsync(directory, BenchModel.ThinGptOss, share: 1, atManyRandom: 2, least: 16);

    private static async IAsyncEnumerable<Figure> MeasureAsync(string directory, BenchModel model, int share, double atManyRandom, int least = 1)
    {
        if (Peer.Program is null)
        {
            yield return Figure.Missing("box ÷ llama-server", "PEER names no program");
            yield break;
        }

        var file = model.WriteTo(directory);
        await using var box = await Box.StartAsync(directory);
        using var fleet = new Fleet();
        foreach (var (count, most) in s_cases.Where(c => c.Streams >= least))
        {
            // The model with more layers makes fewer tokens, so that a section takes no more than three minutes.
            var tokens = most / share;
            await box.LoadAsync(file, Name, Context, count, Threads);
            using var bare = new BareLoop(file, Context, count, Threads);
            using var peer = await Peer.StartAsync(file, Context, count, Threads);
            var streams = new Streams(fleet, box, Name, count, tokens);
            var (greedy, random) = (new Pairs(), new Pairs());
            var alone = new List<double>();
            for (var round = 0; round <= Rounds; round++)
            {
                alone.Add(bare.Run(await streams.PromptsAsync(), tokens).Decode);
                foreach (var (temperature, pairs) in ((float, Pairs)[])[(0, greedy), (1, random)])
                {
                    var ours = await streams.RunAsync(streams.Box, temperature);
                    var theirs = await streams.RunAsync(peer.Target, temperature);
                    if (round > 0)
                    {
                        pairs.Add(ours, theirs);
                    }
                }
            }

            await box.UnloadAsync(Name);
            var how = $"{model.About}, {Threads} thread, {tokens} tokens each; the bare loop makes {Figure.Number(new Sample(alone.Skip(1)).Median)} tokens/s";
            yield return greedy.Figure(count, "greedy", 1, how);
            yield return random.Figure(count, "temperature 1, all tokens", count == 16 ? atManyRandom : 1, how);
        }
    }

    /// <summary>Rounds of the box and of the peer.</summary>
    private sealed class Pairs
    {
        private readonly List<Speed> _ours = [];
        private readonly List<Speed> _theirs = [];

        public void Add(Speed ours, Speed theirs)
        {
            _ours.Add(ours);
            _theirs.Add(theirs);
        }

        public Figure Figure(int count, string what, double aim, string how)
        {
            var decode = new Sample(_ours.Zip(_theirs, (ours, theirs) => ours.Decode / theirs.Decode));
            var whole = new Sample(_ours.Zip(_theirs, (ours, theirs) => ours.Whole / theirs.Whole));
            var (mine, other) = (new Sample(_ours.Select(s => s.Decode)).Median, new Sample(_theirs.Select(s => s.Decode)).Median);
            return Benchmarks.Figure.AtLeast($"box ÷ llama-server, {count} stream{(count == 1 ? "" : "s")}, {what}", aim, decode.Median,
                $"{how}; the box {Benchmarks.Figure.Number(mine)}, the server {Benchmarks.Figure.Number(other)}; {decode.Spread("")}; "
                + $"{Benchmarks.Figure.Number(whole.Median)} with the prompts");
        }
    }
}
