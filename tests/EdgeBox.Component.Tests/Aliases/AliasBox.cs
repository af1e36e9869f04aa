using EdgeBox.Testing.Models;
using EdgeBox.V1;

namespace EdgeBox.Component.Tests.Aliases;

/// <summary>What tests of aliases do with a box: bring in versions of a model whose answers are known, and move aliases between them.</summary>
internal static class AliasBox
{
    /// <summary>Writes a folder with a version that says in its answers which one it is, to be imported.</summary>
    /// <param name="version">What it says.</param>
    /// <param name="split">Whether it is in two parts.</param>
    public static string Stick(string version, bool split = false)
    {
        var (folder, model) = (TestDirectory.Make(), ReadyModels.Version(version));
        if (split)
        {
            model.SplitOffLast().WriteFile(Path.Combine(folder, "m-00002-of-00002.gguf"));
        }

        model.WriteFile(Path.Combine(folder, split ? "m-00001-of-00002.gguf" : "m.gguf"));
        return WithManifest(folder, slots: 4, context: 512);
    }

    /// <summary>Says how the model of a folder is loaded where nobody says.</summary>
    public static string WithManifest(string folder, int slots, int context)
    {
        File.WriteAllText(Path.Combine(folder, "edgebox-model.json"), $$$"""{"schema": 1, "load": {"slots": {{{slots}}}, "contextTokens": {{{context}}}, "threads": 1}}""");
        return folder;
    }

    /// <summary>Brings in m@VERSION.</summary>
    /// <param name="box">Where.</param>
    /// <param name="version">Its version.</param>
    /// <param name="path">Where it comes from; null: a model that says which version it is.</param>
    public static async Task ImportAsync(this RunningBox box, string version, string? path = null) => await box.EndAsync(
        await box.Models.ImportModelAsync(new ImportModelRequest { Path = path ?? Stick(version), Name = "m", Version = version }));

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
    public static async Task<string> LimitForOneAsync(params string[] paths)
    {
        await using var box = await RunningBox.StartAsync(["--memory-limit", "1", "--store-reserve", "0", "--scrub-rate", "0"]);
        var needed = new List<long>();
        foreach (var path in paths)
        {
            var version = $"{needed.Count + 1}";
            await box.ImportAsync(version, path);
            var refused = Refusal.Of(await box.TryLoadAsync(new LoadModelRequest { Name = $"models/m@{version}" }));
            Assert.Equal(ErrorReason.ModelTooLarge, refused.Reason);
            needed.Add(long.Parse(refused.Facts["needed_bytes"], CultureInfo.InvariantCulture));
        }

        return ((needed.Max() + (needed.Min() / 2)) >> 20).ToString(CultureInfo.InvariantCulture);
    }

    public static Task<RunningBox> StartAsync(string? directory = null, string? limit = null) => RunningBox.StartAsync(
        ["--store-reserve", "0", "--scrub-rate", "0", .. limit is null ? (string[])[] : ["--memory-limit", limit]], directory);
}
