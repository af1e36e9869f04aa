using System.Diagnostics;
using System.Text.Json;
using System.Text.Json.Nodes;
using EdgeBox.Worker.Llama;
using EdgeBox.Worker.Tests.Sessions;

namespace EdgeBox.Worker.Tests.Chat.Families;

/// <summary>What the families are held against: their own templates, rendered by one Node.js process, and their vocabularies.</summary>
public sealed class References : IDisposable
{
    private static readonly string s_root = Path.GetFullPath(Path.Combine(WorkerClient.PackDirectory, "..", ".."));

    private readonly Dictionary<string, Vocabulary> _vocabularies = [];
    private readonly List<ModelHandle> _handles = [];
    private Process? _node;

    /// <summary>The names of all templates; none where they are not there.</summary>
    public static IReadOnlyList<string> Templates { get; } = Directory.Exists(Folder)
        ? [.. Directory.GetFiles(Folder, "*.jinja").Select(f => Path.GetFileNameWithoutExtension(f)!).Order(StringComparer.Ordinal)]
        : [];

    private static string Folder => Path.Combine(s_root, "out", "references", "templates");

    /// <summary>Skips a test where the references could not be fetched.</summary>
    public static void Need()
    {
        Assert.SkipUnless(File.Exists(Path.Combine(s_root, "out", "references", ".ok")), "no templates and vocabularies in out/references (scripts/references.sh needs a network once)");
        Assert.SkipUnless(Directory.Exists(Path.Combine(s_root, "node_modules", "@huggingface", "jinja")), "no @huggingface/jinja in node_modules (npm ci)");
    }

    public static string Template(string name) => File.ReadAllText(Path.Combine(Folder, name + ".jinja"));

    /// <summary>What a template makes of a conversation.</summary>
    public string Render(string template, JsonObject context)
    {
        var answer = Ask(template, context);
        return answer.TryGetProperty("text", out var text) ? text.GetString()! : throw new InvalidOperationException(answer.GetProperty("error").GetString());
    }

    /// <summary>Why a template refuses a conversation; null if it does not.</summary>
    public string? Refusal(string template, JsonObject context) => Ask(template, context).TryGetProperty("error", out var error) ? error.GetString() : null;

    /// <summary>A vocabulary of llama.cpp's, without its model.</summary>
    internal Vocabulary Vocabulary(string name)
    {
        if (!_vocabularies.TryGetValue(name, out var vocabulary))
        {
            _vocabularies[name] = vocabulary = Open(Path.Combine(s_root, "out", "references", $"ggml-vocab-{name}.gguf"));
        }

        return vocabulary;
    }

    /// <summary>The vocabulary of a file.</summary>
    internal unsafe Vocabulary Open(string path)
    {
        RuntimePack.Open(WorkerClient.PackDirectory, TimeProvider.System);
        var parameters = NativeMethods.llama_model_default_params();
        parameters.vocab_only = true;
        fixed (byte* text = System.Text.Encoding.UTF8.GetBytes(path + '\0'))
        {
            var handle = new ModelHandle(NativeMethods.llama_model_load_from_splits(&text, 1, parameters));
            Assert.False(handle.IsInvalid, path);
            _handles.Add(handle);
            return new Vocabulary(handle, path);
        }
    }

    public void Dispose()
    {
        _handles.ForEach(h => h.Dispose());
        if (_node is not null)
        {
            _node.StandardInput.Close();
            _node.WaitForExit(10_000);
            _node.Dispose();
        }
    }

    private JsonElement Ask(string template, JsonObject context)
    {
        _node ??= Process.Start(new ProcessStartInfo("node", [Path.Combine(s_root, "tests", "EdgeBox.Worker.Tests", "Chat", "Families", "render.mjs")])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        })!;
        _node.StandardInput.WriteLine(new JsonObject { ["template"] = Path.Combine(Folder, template + ".jinja"), ["context"] = context }.ToJsonString());
        _node.StandardInput.Flush();
        return JsonDocument.Parse(_node.StandardOutput.ReadLine() ?? throw new InvalidOperationException("node ended")).RootElement;
    }
}
