using EdgeBox.Benchmarks.Clients;
using EdgeBox.Testing.Models;

namespace EdgeBox.Benchmarks;

/// <summary>What guessing ahead brings where the answer is mostly in the question.</summary>
internal static class DraftingFigures
{
    private const string Name = "bench";
    private const int Context = 2048;
    private const int Threads = 1;
    private const int Layers = 6;
    private const int FeedForward = 1024;
    private const int Rounds = 5;

    /// <summary>Tokens per second of one stream that cleans a text, guessed ahead and not.</summary>
    public static async IAsyncEnumerable<Figure> MeasureAsync(string directory)
    {
        var file = Path.Combine(directory, "copy.gguf");
        CopyingModel.Write(file, Layers, FeedForward);
        await using var box = await Box.StartAsync(directory);
        await box.LoadAsync(file, Name, Context, 1, Threads);
        using var fleet = new Fleet();
        var target = new Target { Address = box.Socket, Model = Name };
        var (guessed, plain, ratios) = (new List<double>(), new List<double>(), new List<double>());
        var (drafted, accepted) = (0, 0);
        for (var round = 0; round <= Rounds; round++)
        {
            var with = await RunAsync(draft: true);
            var without = await RunAsync(draft: false);
            if (round > 0)
            {
                guessed.Add(SpeedOf(with));
                plain.Add(SpeedOf(without));
                ratios.Add(SpeedOf(with) / SpeedOf(without));
                (drafted, accepted) = (with.Drafted, with.Accepted);
            }
        }

        var sample = new Sample(ratios);
        yield return Figure.AtLeast("cleaning a text, guessed ahead ÷ not", 1.5, sample.Median,
            $"scripted model, {Layers} layers in F32, a text of {CopyingModel.Answer} words with others between, {Threads} thread; "
            + $"{Figure.Number(new Sample(guessed).Median)} and {Figure.Number(new Sample(plain).Median)} tokens/s; "
            + $"{drafted} guessed, {accepted} right; {sample.Spread("")}");

        async Task<Answer> RunAsync(bool draft)
        {
            var ask = new Ask { Prompt = CopyingModel.Prompt, Tokens = CopyingModel.Answer, Draft = draft };
            var answer = (await fleet.RunAsync(new Plan(target, [[ask]])))[0].Single();
            return answer.Problem is null && answer.Complete && answer.Tokens == CopyingModel.Answer
                ? answer
                : throw new InvalidOperationException($"The model made {answer.Tokens} tokens of {CopyingModel.Answer}: {answer.Problem}");
        }
    }

    /// <summary>Tokens per second after the first piece.</summary>
    private static double SpeedOf(Answer answer) =>
        (answer.Tokens - answer.Pieces[0]) / System.Diagnostics.Stopwatch.GetElapsedTime(answer.At[0], answer.At[^1]).TotalSeconds;
}
