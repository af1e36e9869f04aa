using EdgeBox.Component.Tests;
using EdgeBox.Testing.Gguf;
using EdgeBox.Testing.Models;

[assembly: AssemblyFixture(typeof(SharedModels))]

namespace EdgeBox.Component.Tests;

/// <summary>The model files that tests share, each written when it is first asked for and removed at the end of the run.</summary>
public sealed class SharedModels : IDisposable
{
    /// <summary>What <see cref="Scripted"/> can be asked, and says then.</summary>
    public const string ScriptedQuestion = "Who are you?";

    /// <summary>The answer to <see cref="ScriptedQuestion"/>.</summary>
    public const string ScriptedAnswer = "I was made for this test run, say one sentence and nothing else: བཀྲ་ཤིས་བདེ་ལེགས།";

    private readonly string _directory = Directory.CreateTempSubdirectory("edgebox-models-").FullName;
    private readonly Lazy<string> _random;
    private readonly Lazy<string> _large;
    private readonly Lazy<string> _scripted;
    private readonly Lazy<string> _endless;

    public SharedModels()
    {
        _random = new Lazy<string>(() => Write("random.gguf", RandomModels.GptOss()));
        _large = new Lazy<string>(() => Write("large.gguf", RandomModels.Llama(LlamaShape.Of100M)));
        _scripted = new Lazy<string>(() => Speaking("scripted.gguf", ScriptedAnswer));
        _endless = new Lazy<string>(() =>
        {
            var path = Path.Combine(_directory, "endless.gguf");
            ReadyModels.WriteCounting(path);
            return path;
        });
    }

    /// <summary>A small gpt-oss model with random weights.</summary>
    public string Random => _random.Value;

    /// <summary>A llama model of 100 million random weights: it takes a while to load.</summary>
    public string Large => _large.Value;

    /// <summary>A gpt-oss model whose answers are known.</summary>
    public string Scripted => _scripted.Value;

    /// <summary>A gpt-oss model whose answers end only with the context.</summary>
    public string Endless => _endless.Value;

    /// <summary>A model that gives one answer to whatever it is asked.</summary>
    public string Speaking(string name, string answer) => Write(name, ScriptedModel.Build(name,
    [
        new Script(Script.EndOfConversation, Script.Split(
            "<|channel|>analysis<|message|>Somebody asks.<|end|><|start|>assistant<|channel|>final<|message|>" + answer + "<|return|>")),
    ]));

    /// <summary>Writes a model that only one test needs.</summary>
    public string Write(string name, GgufWriter model)
    {
        var path = Path.Combine(_directory, name);
        model.WriteFile(path);
        return path;
    }

    public void Dispose() => Directory.Delete(_directory, recursive: true);
}
