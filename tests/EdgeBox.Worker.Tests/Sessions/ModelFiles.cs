using EdgeBox.Testing.Gguf;

namespace EdgeBox.Worker.Tests.Sessions;

/// <summary>Model files that the tests of a run share, made at first use in a directory of the run.</summary>
public sealed class ModelFiles : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("edgebox-models-").FullName;

    public string GptOss => File("gpt-oss.gguf", p => RandomModels.GptOss().WriteFile(p));

    public string Llama => File("llama.gguf", p => RandomModels.Llama().WriteFile(p));

    public string LlamaWithChat => File("llama-chat.gguf", p => RandomModels.Llama(new LlamaShape { ChatTemplate = "<|start_header_id|><|end_header_id|>" }).WriteFile(p));

    public string Scripted => File("scripted.gguf", Testing.Models.ReadyModels.WriteIntroduction);

    public string Counting => File("counting.gguf", Testing.Models.ReadyModels.WriteCounting);

    public string Bert => File("bert.gguf", p => BertModels.Bert().WriteFile(p));

    public string Nomic => File("nomic.gguf", p => BertModels.NomicBert().WriteFile(p));

    public string Ranker => File("ranker.gguf", p => BertModels.Ranker().WriteFile(p));

    /// <summary>A model that ranks by the last token of a template, with two labels.</summary>
    public string CausalRanker => File("ranker-qwen3.gguf", p => TinyModels.Of("qwen3-rank", new TinyShape { Vocabulary = 300, Context = 512 }).WriteFile(p));

    public string File(string name, Action<string> write)
    {
        var path = Path.Combine(_directory, name);
        lock (_directory)
        {
            if (!System.IO.File.Exists(path))
            {
                write(path);
            }
        }

        return path;
    }

    public void Dispose() => Directory.Delete(_directory, recursive: true);
}

/// <summary>Tests that use the engine run one after another: it belongs to the process.</summary>
[CollectionDefinition(Name)]
public sealed class EngineCollection : ICollectionFixture<ModelFiles>
{
    public const string Name = "engine";
}
