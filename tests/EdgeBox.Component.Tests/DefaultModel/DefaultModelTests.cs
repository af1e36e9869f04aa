using EdgeBox.Testing.Gguf;
using EdgeBox.Testing.Judging;
using EdgeBox.V1;

namespace EdgeBox.Component.Tests.DefaultModel;

/// <summary>The model that ships with the product does what its manifest says, and its suite can tell it from others.</summary>
[Trait("Tier", "component")]
public sealed class DefaultModelTests : IAsyncLifetime
{
    // Measured when it was trained: see models/edgebox-mini/MODEL.md. Noise is drawn anew for each line, so some room is left.
    private const int LeastExact = 115;

    private static readonly string s_folder = Path.Combine(Product.Root, "models", "edgebox-mini");
    private RunningBox _box = null!;

    public async ValueTask InitializeAsync() => _box = await RunningBox.StartAsync(["--store-reserve", "0", "--scrub-rate", "0"]);

    public ValueTask DisposeAsync() => _box.DisposeAsync();

    [Fact]
    public async Task Suite_DefaultModel_PassesByBothWaysAndAfterARestart()
    {
        await ImportAsync(s_folder, "edgebox-mini");
        var told = await Ctl.RunAsync(_box, "--json", "model", "test", "edgebox-mini");
        Assert.True(told.ExitCode == 0, told.ToString());
        var report = Ctl.Document(told);
        Assert.Equal("ACCEPTANCE_VERDICT_PASSED", report.GetProperty("verdict").GetString());
        var answers = report.GetProperty("results").EnumerateArray()
            .Where(r => !r.GetProperty("name").GetString()!.StartsWith("outside", StringComparison.Ordinal)).Select(r => r.GetProperty("answer").GetString()).ToList();
        Assert.Equal(answers.Count, answers.Distinct().Count());

        await _box.StopAsync();
        await using var again = await RunningBox.StartAsync(directory: _box.Directory);
        var operation = await again.Models.TestModelAsync(new TestModelRequest { Name = "edgebox-mini" });
        operation = await again.Operations.WaitOperationAsync(new WaitOperationRequest { Name = operation.Name });
        Assert.True(operation.State == OperationState.Succeeded, operation.ToString());
        Assert.Equal(AcceptanceVerdict.Passed, (await again.GetModelAsync("edgebox-mini")).Acceptance);
    }

    [Fact]
    public async Task HeldOutLines_DefaultModel_MostComeOutExact()
    {
        await ImportAsync(s_folder, "edgebox-mini");
        using var client = new BoxClient(_box.SocketPath);
        var judged = await client.AskAllAsync(HeldOutCase.Read(Path.Combine(s_folder, "held-out.jsonl")), atOnce: 16);
        Assert.Equal(200, judged.Count);
        Assert.InRange(judged.Count(j => j.IsExact), LeastExact, judged.Count);
        var cleaned = judged.Where(j => j.Case.Task == "clean").ToList();
        Assert.InRange(cleaned.Sum(j => j.Errors), 0, cleaned.Sum(j => j.ErrorsBefore) / 2);
    }

    [Fact]
    public async Task Suite_LayersShuffledOrWeightsRandom_DoesNotPass()
    {
        var shuffled = Copy("shuffled", File.ReadAllBytes(Path.Combine(s_folder, "edgebox-mini.gguf")));
        var file = Path.Combine(shuffled, "edgebox-mini.gguf");
        var bytes = await File.ReadAllBytesAsync(file);
        for (var at = 0; bytes.AsSpan(at).IndexOf("blk."u8) is >= 0 and var found; at += found + 5)
        {
            // Each layer is given the next one's place.
            ref var number = ref bytes[at + found + 4];
            number = bytes[at + found + 5] == '.' ? (byte)('0' + ((number - '0' + 1) % 8)) : number;
        }

        await File.WriteAllBytesAsync(file, bytes);
        await AssertFailsAsync(shuffled, "shuffled");

        using var made = new MemoryStream();
        RandomModels.GptOss(new GptOssShape { Context = 1024 }).Write(made);
        await AssertFailsAsync(Copy("random", made.ToArray()), "random");
    }

    private async Task AssertFailsAsync(string folder, string name)
    {
        await ImportAsync(folder, name);
        var told = await Ctl.RunAsync(_box, "model", "test", name);
        Assert.True(told.ExitCode == 6, told.ToString());
        Assert.Contains("NOT PASSED", told.Output, StringComparison.Ordinal);
    }

    private string Copy(string name, byte[] model)
    {
        var folder = Directory.CreateDirectory(Path.Combine(_box.Directory, name)).FullName;
        File.Copy(Path.Combine(s_folder, "suite.jsonl"), Path.Combine(folder, "suite.jsonl"));

        // The manifest knows the hash of the true file.
        var manifest = File.ReadLines(Path.Combine(s_folder, "edgebox-model.json")).Where(line => !line.Contains("\"parts\"", StringComparison.Ordinal));
        File.WriteAllLines(Path.Combine(folder, "edgebox-model.json"), manifest);
        File.WriteAllBytes(Path.Combine(folder, "edgebox-mini.gguf"), model);
        return folder;
    }

    private async Task ImportAsync(string folder, string name)
    {
        var operation = await _box.Models.ImportModelAsync(new ImportModelRequest { Path = folder, Name = name == "edgebox-mini" ? "" : name });
        operation = await _box.Operations.WaitOperationAsync(new WaitOperationRequest { Name = operation.Name });
        Assert.True(operation.State == OperationState.Succeeded, operation.ToString());
    }
}
