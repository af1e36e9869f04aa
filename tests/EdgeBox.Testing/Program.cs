using EdgeBox.Testing.Gguf;

namespace EdgeBox.Testing;

internal static class Program
{
    private const string Usage = "usage: edgebox-testing random-gpt-oss|random-bert|random-llama|random-llama-100m FILE";

    private static int Main(string[] args)
    {
        var model = args.FirstOrDefault() switch
        {
            "random-gpt-oss" => RandomModels.GptOss(),
            "random-bert" => BertModels.Bert(),
            "random-llama" => RandomModels.Llama(),
            "random-llama-100m" => RandomModels.Llama(LlamaShape.Of100M),
            _ => null,
        };
        if (model is null || args.Length != 2)
        {
            Console.Error.WriteLine(Usage);
            return 2;
        }

        model.WriteFile(args[1]);
        return 0;
    }
}
