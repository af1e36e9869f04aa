using System.Diagnostics;
using System.Globalization;
using System.Security.Cryptography;
using EdgeBox.Testing.Gguf;
using EdgeBox.Trust.Gguf;
using SharpFuzz;

namespace EdgeBox.Fuzzing;

/// <summary>Fuzzing of the GGUF validator, and the check that the engine survives whatever it accepts.</summary>
internal static class Program
{
    private const string Usage = """
        usage: EdgeBox.Fuzzing validate                            (under afl-fuzz)
               EdgeBox.Fuzzing seeds DIRECTORY
               EdgeBox.Fuzzing accepted FROM TO                    (copies what the validator accepts, by content)
               EdgeBox.Fuzzing variants TO FIRST SECONDS           (makes files from seeds FIRST up, keeps the accepted)
               EdgeBox.Fuzzing engine PACK DIRECTORY LEDGER
        """;

    private static int Main(string[] args)
    {
        switch (args)
        {
            case ["validate"]:
                Fuzzer.OutOfProcess.Run(stream => Validate(ReadAll(stream)));
                return 0;
            case ["seeds", var directory]:
                WriteSeeds(directory);
                return 0;
            case ["accepted", var from, var to]:
                CopyAccepted(from, to);
                return 0;
            case ["variants", var to, var first, var seconds]:
                WriteVariants(to, ulong.Parse(first, CultureInfo.InvariantCulture), double.Parse(seconds, CultureInfo.InvariantCulture));
                return 0;
            case ["engine", var pack, var directory, var ledger]:
                return new EngineCheck(pack, directory, ledger).Run() == 0 ? 0 : 1;
            case ["engine-child", var pack, .. var files]:
                return EngineCheck.Child(pack, files);
            default:
                Console.Error.WriteLine(Usage);
                return 2;
        }
    }

    private static GgufVerdict Validate(byte[] file) => GgufValidator.Validate(new MemoryStream(file), GgufLimits.Default);

    private static byte[] ReadAll(Stream stream)
    {
        using var copy = new MemoryStream();
        stream.CopyTo(copy);
        return copy.ToArray();
    }

    private static void WriteSeeds(string directory)
    {
        Directory.CreateDirectory(directory);
        var tiny = new TinyShape { Embedding = 8, Heads = 2, HeadSize = 4, FeedForward = 4, Vocabulary = 12, Context = 8 };
        foreach (var kind in TinyModels.Kinds.Where(k => k is not ("llama-spm" or "gemma2")))
        {
            File.WriteAllBytes(Path.Combine(directory, $"valid-{kind}"), TinyModels.Of(kind, tiny).ToArray());
        }

        foreach (var model in HarmlessModels.All.Where(m => !m.Name.StartsWith("llama-spm", StringComparison.Ordinal) && !m.Name.StartsWith("gemma2", StringComparison.Ordinal)))
        {
            File.WriteAllBytes(Path.Combine(directory, model.Name), model.Make().ToArray());
        }

        // Faults of the format need no whole model: what follows the first kilobytes is cut off.
        foreach (var model in MalformedModels.All.Where(m => m.Key is null && m.Tensor is null))
        {
            File.WriteAllBytes(Path.Combine(directory, model.Name), [.. model.Make().Take(1024)]);
        }
    }

    private static void CopyAccepted(string from, string to)
    {
        Directory.CreateDirectory(to);
        foreach (var file in Directory.EnumerateFiles(from, "*", SearchOption.AllDirectories))
        {
            var bytes = File.ReadAllBytes(file);
            if (Validate(bytes) is GgufAccepted)
            {
                Keep(to, bytes);
            }
        }
    }

    private static void WriteVariants(string to, ulong first, double seconds)
    {
        Directory.CreateDirectory(to);
        var watch = Stopwatch.StartNew();
        var (made, kept) = (0ul, 0);
        for (; watch.Elapsed.TotalSeconds < seconds; made++)
        {
            var bytes = Variants.Make(first + made);
            if (Validate(bytes) is GgufAccepted)
            {
                Keep(to, bytes);
                kept++;
            }
        }

        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"variants {made} accepted {kept} next {first + made}"));
    }

    private static void Keep(string directory, byte[] bytes)
    {
        var path = Path.Combine(directory, Convert.ToHexStringLower(SHA256.HashData(bytes))[..24]);
        if (!File.Exists(path))
        {
            File.WriteAllBytes(path, bytes);
        }
    }
}
