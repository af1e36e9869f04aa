using EdgeBox.Testing.Gguf;
using EdgeBox.Testing.Models;

namespace EdgeBox.Testing;

internal static class Program
{
    private const string Usage = """
        usage: edgebox-testing make-model KIND FILE
        kinds: scripted          introduces itself, whatever it is asked
               endless           counts until it is stopped
               random-gpt-oss    tiny, with random weights
               random-llama      tiny, with random weights
               random-llama-100m about 100 million random weights
               random-bert       tiny, makes vectors
        """;

    private static int Main(string[] args)
    {
        Action<string>? write = args is not ["make-model", var kind, _] ? null : kind switch
        {
            "scripted" => ReadyModels.WriteIntroduction,
            "endless" => ReadyModels.WriteCounting,
            "random-gpt-oss" => RandomModels.GptOss().WriteFile,
            "random-bert" => BertModels.Bert().WriteFile,
            "random-llama" => RandomModels.Llama().WriteFile,
            "random-llama-100m" => RandomModels.Llama(LlamaShape.Of100M).WriteFile,
            _ => null,
        };
        if (write is null)
        {
            Console.Error.WriteLine(Usage);
            return 2;
        }

        write(args[2]);
        return 0;
    }
}
