using EdgeBox.Daemon.Failures;
using EdgeBox.Daemon.Models.Planning;
using EdgeBox.Platform.Processes;
using EdgeBox.V1;

namespace EdgeBox.Daemon.Models;

/// <summary><c>edgeboxd inspect FILE</c>: what a model file is, what it needs, and whether this machine can serve it.</summary>
internal static class ModelInspection
{
    /// <summary>Prints the findings.</summary>
    /// <returns>Exit code: 0 it can be served; 3 it is refused, and why was printed; 2 bad usage.</returns>
    public static int Run(string[] arguments)
    {
        if (arguments is not [var path])
        {
            Console.Error.WriteLine("Usage: edgeboxd inspect /path/to/model.gguf");
            return 2;
        }

        try
        {
            using var file = ModelFile.Open(Path.GetFullPath(path));
            var summary = file.Summary;
            var shape = LoadShape.Of(summary, new LoadOptions());
            var cache = ClosedForm.LeastCacheBytes(summary, shape.CacheTokens);
            var (needed, available) = (summary.TensorBytes + cache, MainMemory.Read().AvailableBytes);
            Console.WriteLine($"Model: {(summary.Name ?? Path.GetFileName(path))}, architecture {summary.Architecture}, {ByteWords.Of(file.Bytes)}");
            Console.WriteLine($"Needs: about {ByteWords.Of(needed)} of main memory ({ByteWords.Of(summary.TensorBytes)} weights, {ByteWords.Of(cache)} cache "
                + $"of {shape.Slots} slots of {shape.ContextTokens} tokens); this machine has {ByteWords.Of(available)} to give.");
            if (needed > available)
            {
                throw new FailureException(ErrorReason.ModelTooLarge,
                    $"{Path.GetFileName(path)} needs about {ByteWords.Of(needed)} of memory; the machine has {ByteWords.Of(available)} to give. "
                    + "Take a smaller model or quantisation.", ("model", path));
            }

            return 0;
        }
        catch (FailureException failure)
        {
            Console.Error.WriteLine($"Refused: {failure.Message}");
            return 3;
        }
    }
}
