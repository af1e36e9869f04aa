using EdgeBox.Daemon.Failures;

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
            var plan = ModelLoader.Plan(file, new V1.LoadOptions());
            Console.WriteLine($"Model: {(summary.Name ?? Path.GetFileName(path))}, architecture {summary.Architecture}, {MemoryPlan.Words(file.Bytes)}");
            Console.WriteLine($"Needs: about {MemoryPlan.Words(plan.NeededBytes)} of main memory ({MemoryPlan.Words(plan.WeightBytes)} weights, "
                + $"{MemoryPlan.Words(plan.CacheBytes)} cache, {MemoryPlan.Words(plan.OverheadBytes)} work space); this machine has {MemoryPlan.Words(plan.AvailableBytes)} to give.");
            plan.Check(Path.GetFileName(path));
            return 0;
        }
        catch (FailureException failure)
        {
            Console.Error.WriteLine($"Refused: {failure.Message}");
            return 3;
        }
    }
}
