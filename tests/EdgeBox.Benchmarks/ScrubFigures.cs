using EdgeBox.Benchmarks.Clients;
using EdgeBox.V1;

namespace EdgeBox.Benchmarks;

/// <summary>What looking through the store costs a stream that runs meanwhile.</summary>
internal static class ScrubFigures
{
    private const string Name = "bench";
    private const int Context = 512;
    private const int Tokens = 256;
    private const int Rounds = 15;

    /// <summary>How much slower a stream is beside a look through the store that never ends.</summary>
    public static async IAsyncEnumerable<Figure> MeasureAsync(string directory)
    {
        var model = BenchModel.Llama;
        var file = model.WriteTo(directory);
        var quiet = Directory.CreateDirectory(Path.Combine(directory, "quiet")).FullName;
        var busy = Directory.CreateDirectory(Path.Combine(directory, "busy")).FullName;
        await using var without = await Box.StartAsync(quiet, "--scrub-rate", "0");
        await using var with = await Box.StartAsync(busy, "--scrub-interval", "00:00:01", "--store-reserve", "0");
        var operation = await new ModelService.ModelServiceClient(with.Channel).ImportModelAsync(new ImportModelRequest { Path = file, Name = "kept" });
        await new OperationService.OperationServiceClient(with.Channel).WaitOperationAsync(new WaitOperationRequest { Name = operation.Name });
        foreach (var box in new[] { without, with })
        {
            await box.LoadAsync(file, Name, Context, slots: 1, threads: 1);
        }

        using var fleet = new Fleet();
        var (alone, beside) = (new Streams(fleet, without, Name, 1, Tokens), new Streams(fleet, with, Name, 1, Tokens));
        var costs = new List<double>();
        for (var round = 0; round <= Rounds; round++)
        {
            // Now the one first, now the other, so that what else the machine does meets both alike.
            var (first, second) = round % 2 == 0 ? (alone, beside) : (beside, alone);
            var (one, other) = (await first.RunAsync(first.Box, 0), await second.RunAsync(second.Box, 0));
            var (free, scrubbed) = round % 2 == 0 ? (one, other) : (other, one);
            if (round > 0)
            {
                costs.Add(100 * (1 - (scrubbed.Decode / free.Decode)));
            }
        }

        var store = await new ModelService.ModelServiceClient(with.Channel).GetModelStoreAsync(new GetModelStoreRequest());
        yield return Figure.AtMost("what looking through the store costs a stream", 2, new Sample(costs).Median, "%",
            $"{model.About}, 1 thread, {Tokens} tokens; 8 MiB/s, an eighth of it while models answer; it was {Figure.Number(100 * store.ScrubFraction)} % through; "
            + new Sample(costs).Spread("%"));
    }
}
