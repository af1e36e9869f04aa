using EdgeBox.Benchmarks.Clients;
using EdgeBox.V1;

namespace EdgeBox.Benchmarks;

/// <summary>How far greedy answers that are made in common steps are those of the bare loop, which makes each alone.</summary>
/// <remarks>
/// The engine adds numbers up in another order when more tokens are in a step, so two tokens that are nearly equally likely may change
/// places; from there on the answers have nothing in common. The logits of random models lie closer together than any others.
/// </remarks>
internal static class DriftFigures
{
    private const string Name = "bench";
    private const int Context = 512;
    private const int Threads = 1;
    private const int Rounds = 2;
    private const int Prompt = 16;
    private const int Tokens = 128;

    private static readonly int[] s_streams = [4, 16];

    /// <summary>The share of answers that are equal to the end, and how near the tokens were to each other where they are not.</summary>
    public static async IAsyncEnumerable<Figure> MeasureAsync(string directory)
    {
        await using var box = await Box.StartAsync(directory);
        foreach (var model in (BenchModel[])[BenchModel.GptOss, BenchModel.Llama])
        {
            var file = model.WriteTo(directory);
            using var alone = new BareLoop(file, Context, slots: 1, Threads);
            foreach (var streams in s_streams)
            {
                await box.LoadAsync(file, Name, Context, streams, Threads);
                var answers = await AskAsync(box, streams);
                await box.UnloadAsync(Name);
                var through = answers.ConvertAll(a => alone.Compare(a.Prompt, a.Made));
                using var many = new BareLoop(file, Context, streams, Threads);
                var engine = answers.Select(a => a.Prompt).Chunk(streams).SelectMany(prompts => Together(many, prompts)).ToList();
                var together = engine.ConvertAll(a => alone.Compare(a.Prompt, a.Made));
                foreach (var figure in Rows($"{model.File[..^5]} in steps of {streams}", $"{model.About}, {Threads} thread", through, together))
                {
                    yield return figure;
                }
            }
        }
    }

    private static IEnumerable<Figure> Rows(
        string name, string how, List<(float? Lead, List<float> Leads)> through, List<(float? Lead, List<float> Leads)> together)
    {
        var leads = new Sample(through.SelectMany(c => c.Leads).Select(lead => (double)lead));
        yield return Figure.Plain($"greedy answers of {name} that are the bare loop's, one alone", Equal(through), "%",
            $"{how}, of {through.Count} answers of up to {Tokens} tokens; of the bare loop in such steps {Figure.Number(Equal(together))} %");
        yield return new Figure("by how much the likeliest logit leads where they first differ", "", Largest(through), null,
            $"the largest; {Middle(through)}; of the bare loop in such steps {Largest(together)}; at all places it leads before the second by "
            + $"{Figure.Number(leads.Percentile(1))}, {Figure.Number(leads.Percentile(10))}, {Figure.Number(leads.Median)} (1st, 10th, 50th percentile)");
    }

    private static double Equal(List<(float? Lead, List<float> Leads)> compared) => 100.0 * compared.Count(c => c.Lead is null) / compared.Count;

    private static string Largest(List<(float? Lead, List<float> Leads)> compared) => compared.Max(c => c.Lead) is { } lead ? Figure.Number(lead) : "none";

    private static string Middle(List<(float? Lead, List<float> Leads)> compared) =>
        compared.Exists(c => c.Lead is not null) ? new Sample(compared.Where(c => c.Lead is not null).Select(c => (double)c.Lead!.Value)).Spread("") : "none differs";

    /// <summary>The same prompts, answered by the bare loop in common steps.</summary>
    private static List<(int[] Prompt, int[] Made)> Together(BareLoop bare, int[][] prompts)
    {
        var made = prompts.Select(_ => new List<int>()).ToList();
        bare.Run(prompts, Tokens, tokens => made.ForEach(m => m.Add(tokens[made.IndexOf(m)])));
        return [.. prompts.Zip(made, (prompt, tokens) => (prompt, tokens.ToArray()))];
    }

    /// <summary>Rounds of answers that begin together.</summary>
    private static async Task<List<(int[] Prompt, int[] Made)>> AskAsync(Box box, int streams)
    {
        var prompts = new Prompts();
        var answers = new List<(int[] Prompt, int[] Made)>();
        for (var round = 0; round < Rounds; round++)
        {
            answers.AddRange(await Task.WhenAll(Enumerable.Range(0, streams).Select(_ => MakeAsync(box, prompts.Next(Prompt)))));
        }

        return answers;
    }

    private static async Task<(int[] Prompt, int[] Made)> MakeAsync(Box box, string prompt)
    {
        var request = AskedBox.RequestOf(Name, new Ask { Prompt = prompt, Tokens = Tokens });
        request.Logprobs = new LogprobOptions();
        var made = new List<int>();
        using var call = new InferenceService.InferenceServiceClient(box.Channel).Complete(request);
        while (await call.ResponseStream.MoveNext(CancellationToken.None))
        {
            if (call.ResponseStream.Current.Delta is { } delta)
            {
                made.AddRange(delta.Logprobs.Select(token => (int)token.Token.Id));
            }
        }

        return (await box.TokenizeAsync(Name, prompt), [.. made]);
    }
}
