using System.Globalization;
using EdgeBox.Testing.Gguf;
using EdgeBox.Testing.Judging;
using EdgeBox.Testing.Models;

namespace EdgeBox.Testing;

internal static class Program
{
    private const string Usage = """
        usage: edgebox-testing make-model KIND FILE [--layers N] [--embedding N] [--vocabulary N] [--context N] [--seed N]
        kinds: scripted          introduces itself, whatever it is asked
               endless           counts until it is stopped
               random-gpt-oss    tiny, with random weights; takes the options
               random-llama      tiny, with random weights; takes the options
               random-llama-100m about 100 million random weights; takes the options
               random-bert       tiny, makes vectors
               random-nomic-bert tiny, makes vectors
               random-ranker     tiny, scores documents
        usage: edgebox-testing show SOCKET FILE SEED    what a box makes of some held-out lines, and how many of all come out exact
        usage: edgebox-testing judge SOCKET FILE [1]    the same of all, as a table; 1: by the first attempt alone
        """;

    private static async Task<int> Main(string[] args)
    {
        if (args is ["show", var shownBy, var shown, var seed] && int.TryParse(seed, NumberStyles.None, CultureInfo.InvariantCulture, out var number))
        {
            await Report.ShowAsync(shownBy, shown, number);
            return 0;
        }

        if (args is ["judge", var judgedBy, var judged, .. var rest] && rest is [] or ["1"])
        {
            await Report.TableAsync(judgedBy, judged, rest is [] ? 0u : 1);
            return 0;
        }

        if (args is not ["make-model", var kind, var file, ..] || Options(args.AsSpan(3)) is not { } options || Writer(kind, options) is not { } write)
        {
            Console.Error.WriteLine(Usage);
            return 2;
        }

        write(file);
        return 0;
    }

    private static Action<string>? Writer(string kind, Dictionary<string, int> options) => kind switch
    {
        "scripted" when options.Count == 0 => ReadyModels.WriteIntroduction,
        "endless" when options.Count == 0 => ReadyModels.WriteCounting,
        "random-bert" when options.Count == 0 => BertModels.Bert().WriteFile,
        "random-nomic-bert" when options.Count == 0 => BertModels.NomicBert().WriteFile,
        "random-ranker" when options.Count == 0 => BertModels.Ranker().WriteFile,
        "random-gpt-oss" => RandomModels.GptOss(GptOss(options)).WriteFile,
        "random-llama" => RandomModels.Llama(Llama(new LlamaShape(), options)).WriteFile,
        "random-llama-100m" => RandomModels.Llama(Llama(LlamaShape.Of100M, options)).WriteFile,
        _ => null,
    };

    private static GptOssShape GptOss(Dictionary<string, int> options)
    {
        var shape = new GptOssShape();
        return shape with
        {
            Layers = options.GetValueOrDefault("--layers", shape.Layers),
            Embedding = options.GetValueOrDefault("--embedding", shape.Embedding),
            Vocabulary = options.GetValueOrDefault("--vocabulary", shape.Vocabulary),
            Context = options.GetValueOrDefault("--context", shape.Context),
            Seed = (ulong)options.GetValueOrDefault("--seed", (int)shape.Seed),
        };
    }

    private static LlamaShape Llama(LlamaShape shape, Dictionary<string, int> options) => shape with
    {
        Layers = options.GetValueOrDefault("--layers", shape.Layers),
        Embedding = options.GetValueOrDefault("--embedding", shape.Embedding),
        Vocabulary = options.GetValueOrDefault("--vocabulary", shape.Vocabulary),
        Context = options.GetValueOrDefault("--context", shape.Context),
        Seed = (ulong)options.GetValueOrDefault("--seed", (int)shape.Seed),
    };

    /// <summary>Reads pairs of a name and a number; null if there is anything else.</summary>
    private static Dictionary<string, int>? Options(ReadOnlySpan<string> args)
    {
        var options = new Dictionary<string, int>();
        for (; args.Length >= 2; args = args[2..])
        {
            if (args[0] is not ("--layers" or "--embedding" or "--vocabulary" or "--context" or "--seed")
                || !int.TryParse(args[1], NumberStyles.None, CultureInfo.InvariantCulture, out var value))
            {
                return null;
            }

            options[args[0]] = value;
        }

        return args.IsEmpty ? options : null;
    }
}
