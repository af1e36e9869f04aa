using EdgeBox.Testing.Gguf;
using EdgeBox.Testing.Models;
using EdgeBox.V1;

namespace EdgeBox.Component.Tests.Aliases;

/// <summary>What tests of aliases do with a box: bring in versions of a model whose answers are known, and move aliases between them.</summary>
internal static class AliasBox
{
    /// <summary>How a version is loaded where nobody says: small, and with one slot for two clients.</summary>
    private const string Manifest = """{"schema": 1, "load": {"slots": 4, "contextTokens": 512, "threads": 1}}""";

    /// <summary>Writes a folder that can be imported.</summary>
    /// <param name="directory">Where.</param>
    /// <param name="model">What is in it.</param>
    /// <param name="split">Whether it is in two parts.</param>
    public static string WriteFolder(string directory, GgufWriter model, bool split = false)
    {
        var folder = Directory.CreateDirectory(Path.Combine(directory, $"stick-{Guid.NewGuid():N}")).FullName;
        if (split)
        {
            model.SplitOffLast().WriteFile(Path.Combine(folder, "m-00002-of-00002.gguf"));
        }

        model.WriteFile(Path.Combine(folder, split ? "m-00001-of-00002.gguf" : "m.gguf"));
        File.WriteAllText(Path.Combine(folder, "edgebox-model.json"), Manifest);
        return folder;
    }

    /// <summary>Brings in m@VERSION, which says in its answers which version it is.</summary>
    public static Task ImportAsync(this RunningBox box, string version) => box.ImportAsync(version, ReadyModels.Version(version));

    /// <summary>Brings in m@VERSION.</summary>
    public static async Task ImportAsync(this RunningBox box, string version, GgufWriter model)
    {
        var begun = await box.Models.ImportModelAsync(new ImportModelRequest { Path = WriteFolder(box.Directory, model), Name = "m", Version = version });
        await box.EndAsync(begun);
    }

    /// <summary>Makes an alias mean m@VERSION.</summary>
    public static async Task<Alias> MoveAsync(this RunningBox box, string alias, string version, string identity = "") =>
        (await box.EndAsync(await box.Models.SetAliasAsync(new SetAliasRequest { Name = alias, Identity = identity, Model = $"m@{version}" }))).Response.Unpack<Alias>();

    /// <summary>Waits for the end of an operation, which must be a good one.</summary>
    public static async Task<Operation> EndAsync(this RunningBox box, Operation begun)
    {
        var ended = await box.Operations.WaitOperationAsync(new WaitOperationRequest { Name = begun.Name }, deadline: BoxExtensions.Deadline.AddSeconds(30));
        Assert.True(ended.State == OperationState.Succeeded, $"{ended.State}: {ended.Error?.Message}\n{box.Log}");
        return ended;
    }

    /// <summary>MiB with which either of two models can be in memory, and not both.</summary>
    public static async Task<string> LimitForOneAsync(params GgufWriter[] candidates)
    {
        await using var box = await RunningBox.StartAsync(["--memory-limit", "1", "--store-reserve", "0", "--scrub-rate", "0"]);
        var needed = new List<long>();
        foreach (var model in candidates)
        {
            var version = $"{needed.Count + 1}";
            await box.ImportAsync(version, model);
            var refused = Refusal.Of(await box.TryLoadAsync(new LoadModelRequest { Name = $"models/m@{version}" }));
            Assert.Equal(ErrorReason.ModelTooLarge, refused.Reason);
            needed.Add(long.Parse(refused.Facts["needed_bytes"], CultureInfo.InvariantCulture));
        }

        return ((needed.Max() + (needed.Min() / 2)) >> 20).ToString(CultureInfo.InvariantCulture);
    }

    public static Task<RunningBox> StartAsync(string? directory = null, string? limit = null) => RunningBox.StartAsync(
        ["--store-reserve", "0", "--scrub-rate", "0", .. limit is null ? (string[])[] : ["--memory-limit", limit]], directory);
}
