using System.Diagnostics;
using EdgeBox.Testing.Gguf;
using EdgeBox.V1;

namespace EdgeBox.Benchmarks;

/// <summary>How long an import takes, against copying the same file alone and hashing it alone.</summary>
internal static class ImportFigures
{
    private const int Rounds = 3;
    private const string DropCaches = "/proc/sys/vm/drop_caches";

    private static readonly LlamaShape s_shape = new()
    {
        Layers = 10, Embedding = 2048, Heads = 16, KvHeads = 4, FeedForward = 5632, Vocabulary = 16_000, Weights = GgmlType.F16,
    };

    /// <summary>Import ÷ the slower of cp with sync, and openssl, nothing of the file being in memory.</summary>
    public static async IAsyncEnumerable<Figure> MeasureAsync(string directory)
    {
        var file = Path.Combine(directory, "large.gguf");
        RandomModels.Llama(s_shape).WriteFile(file);
        var gigabytes = new FileInfo(file).Length / 1e9;
        await using var box = await Box.StartAsync(directory, "--scrub-rate", "0", "--store-reserve", "0");
        var (copies, hashes, imports, ratios) = (new List<double>(), new List<double>(), new List<double>(), new List<double>());
        var dropped = true;
        for (var round = 0; round < Rounds; round++)
        {
            var copy = Path.Combine(directory, "copy");
            dropped &= Cold();
            copies.Add(Run("sh", "-c", $"cp '{file}' '{copy}' && sync -f '{copy}'"));
            File.Delete(copy);
            dropped &= Cold();
            hashes.Add(Run("openssl", "dgst", "-sha256", file));
            dropped &= Cold();
            imports.Add(await ImportAsync(box, file));
            ratios.Add(Math.Max(copies[^1], hashes[^1]) / imports[^1]);
            await new ModelService.ModelServiceClient(box.Channel).RemoveModelAsync(new RemoveModelRequest { Name = "models/large@1" });
        }

        var how = $"{Figure.Number(gigabytes)} GB; caches {(dropped ? "dropped" : "not dropped: that needs root")}; "
            + $"{Figure.Number(gigabytes / new Sample(imports).Median)} GB/s against {Figure.Number(gigabytes / new Sample(copies).Median)} copied and synced "
            + $"and {Figure.Number(gigabytes / new Sample(hashes).Median)} hashed by openssl; {new Sample(ratios).Spread("")}";
        yield return Figure.AtLeast("import of a model ÷ the slower of cp + sync -f and openssl dgst -sha256", 0.9, new Sample(ratios).Median, how);
    }

    private static async Task<double> ImportAsync(Box box, string file)
    {
        var begin = Stopwatch.GetTimestamp();
        var operation = await new ModelService.ModelServiceClient(box.Channel).ImportModelAsync(new ImportModelRequest { Path = file });
        operation = await new OperationService.OperationServiceClient(box.Channel).WaitOperationAsync(new WaitOperationRequest { Name = operation.Name });
        return operation.State == OperationState.Succeeded
            ? Stopwatch.GetElapsedTime(begin).TotalSeconds
            : throw new InvalidOperationException($"The import ended {operation.State}: {operation.Error?.Message}");
    }

    /// <summary>Puts everything out of the page cache; false where that is not allowed.</summary>
    private static bool Cold()
    {
        Run("sync");
        try
        {
            using var file = new StreamWriter(DropCaches);
            file.Write("3");
            return true;
        }
        catch (UnauthorizedAccessException)
        {
            return false;
        }
    }

    private static double Run(string program, params string[] arguments)
    {
        var begin = Stopwatch.GetTimestamp();
        using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true })!;
        process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return process.ExitCode == 0 ? Stopwatch.GetElapsedTime(begin).TotalSeconds : throw new InvalidOperationException($"{program} failed.");
    }
}
