using System.Text.RegularExpressions;
using EdgeBox.Testing.Gguf;

namespace EdgeBox.Component.Tests.MakeRun;

/// <summary>What a newcomer sees after typing <c>make run</c>.</summary>
[Trait("Tier", "component")]
[Collection(nameof(Alone))]
public sealed class RunScriptTests(SharedModels models)
{
    private readonly string _directory = TestDirectory.Make();

    [Fact]
    public async Task Run_Twice_AnswersServesAndStopsOnCtrlC()
    {
        TimeSpan first;
        using (var script = ServeScript.Start(_directory))
        {
            await script.ServesAsync();
            first = script.Answered;
            Assert.Matches(@"You:   Who are you\?\nModel: \S.{10,}", script.Output);
            Assert.Contains("It knows nothing of the world", script.Output, StringComparison.Ordinal);
            Assert.Matches(@"Of 200 held-out lines 1\d\d came out exact", script.Output);
            Assert.All(["client.crt", "client.key", "ca.crt"], name => Assert.True(File.Exists(Path.Combine(_directory, "credentials", name)), name));
            var overTls = await Command.RunAsync(
                [Product.Cli, "--endpoint", $"https://127.0.0.1:{script.Port}", "--credentials", Path.Combine(_directory, "credentials"), "chat", "Over TLS"]);
            Assert.True(overTls.ExitCode == 0 && overTls.Output.Trim().Length > 10, overTls.ToString());
            await AssertGatewayAsync(script.Output);

            script.InterruptAll();

            Assert.Equal(0, await script.EndAsync());
            Assert.Empty(script.Left());
            Assert.False(File.Exists(Path.Combine(_directory, "edgeboxd.sock")));
        }

        using var again = ServeScript.Start(_directory);
        await again.ServesAsync();
        again.InterruptAll();
        Assert.Equal(0, await again.EndAsync());
        Assert.InRange(again.Answered, TimeSpan.Zero, TimeSpan.FromSeconds(5));
        TestContext.Current.SendDiagnosticMessage($"The first start answered after {first.TotalSeconds:F2} s, the second after {again.Answered.TotalSeconds:F2} s");
    }

    [Fact]
    public async Task Run_ModelGivenAfterTheDefault_IsTheOneThatAnswersAndIsNamed()
    {
        using (var first = ServeScript.Start(_directory))
        {
            await first.ServesAsync();
            first.InterruptAll();
            Assert.Equal(0, await first.EndAsync());
        }

        using var script = ServeScript.Start(_directory, models.Speaking("given.gguf", "a given model"));
        await script.ServesAsync();
        Assert.Contains("Model: a given model", script.Output, StringComparison.Ordinal);
        Assert.Contains("  model             given\n", script.Output, StringComparison.Ordinal);
        script.InterruptAll();
        Assert.Equal(0, await script.EndAsync());
    }

    [Fact]
    public async Task Run_ModelIsMalformed_IsRefusedWithTheKeyNamed()
    {
        var path = models.Write("keyless.gguf", RandomModels.GptOss().RemoveKey("gpt-oss.attention.head_count"));

        using var script = ServeScript.Start(_directory, path);

        Assert.Equal(3, await script.EndAsync());
        Assert.Contains("gpt-oss.attention.head_count", script.Error, StringComparison.Ordinal);
        Assert.Contains(path, script.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Run_ModelCannotFit_IsRefusedWithTheNumbers()
    {
        var path = Path.Combine(_directory, "huge.gguf");
        WriteHuge(path);

        using var script = ServeScript.Start(_directory, path);

        Assert.Equal(3, await script.EndAsync());
        Assert.Matches(@"Needs: about [\d.]+ GiB of main memory \([\d.]+ GiB weights, .*\); this machine has [\d.]+ GiB to give", script.Output);
        Assert.Matches(@"Refused: .* needs about [\d.]+ GiB .*the machine has [\d.]+ GiB", script.Error);
    }

    /// <summary>URL, key and model as they are printed are what a client needs.</summary>
    private static async Task AssertGatewayAsync(string output)
    {
        var printed = Regex.Match(output, @"  URL +(?<url>http://127\.0\.0\.1:\d+/v1) .*\n  API key +(?<key>ebx_\w+)\n  model +(?<model>\S+)\n");
        Assert.True(printed.Success, output);
        using var http = new HttpClient();
        http.DefaultRequestHeaders.Authorization = new("Bearer", printed.Groups["key"].Value);
        var models = await http.GetStringAsync(printed.Groups["url"].Value + "/models");
        Assert.Contains($"\"id\":\"{printed.Groups["model"].Value}\"", models, StringComparison.Ordinal);
    }

    /// <summary>A consistent llama of some 400 GB, all holes.</summary>
    private static void WriteHuge(string path)
    {
        const int Layers = 100, Embedding = 8192, FeedForward = 28672;
        var model = RandomModels.Llama(new LlamaShape { Layers = Layers, Embedding = Embedding, Heads = 64, KvHeads = 8, FeedForward = FeedForward });
        foreach (var name in model.TensorNames.ToList())
        {
            model.RemoveTensor(name);
        }

        Add("token_embd.weight", Embedding, 272);
        for (var i = 0; i < Layers; i++)
        {
            Add($"blk.{i}.attn_norm.weight", Embedding);
            Add($"blk.{i}.attn_q.weight", Embedding, Embedding);
            Add($"blk.{i}.attn_k.weight", Embedding, Embedding / 8);
            Add($"blk.{i}.attn_v.weight", Embedding, Embedding / 8);
            Add($"blk.{i}.attn_output.weight", Embedding, Embedding);
            Add($"blk.{i}.ffn_norm.weight", Embedding);
            Add($"blk.{i}.ffn_gate.weight", Embedding, FeedForward);
            Add($"blk.{i}.ffn_up.weight", Embedding, FeedForward);
            Add($"blk.{i}.ffn_down.weight", FeedForward, Embedding);
        }

        Add("output_norm.weight", Embedding);
        Add("output.weight", Embedding, 272);
        using var file = File.Create(path);
        model.Write(file);
        file.SetLength(file.Position);

        void Add(string name, params long[] dims) => model.AddTensor(
            name, GgmlType.F32, dims, stream => stream.Seek(Ggml.SizeOf(GgmlType.F32, dims), SeekOrigin.Current));
    }
}
