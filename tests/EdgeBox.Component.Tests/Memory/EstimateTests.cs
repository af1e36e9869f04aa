using EdgeBox.V1;

namespace EdgeBox.Component.Tests.Memory;

/// <summary>What the box says that a model would take, and what it makes of that.</summary>
[Trait("Tier", "component")]
public sealed class EstimateTests(SharedModels models)
{
    [Fact]
    public async Task Estimate_ByPathAndByName_IsTheSameAndTellsWhatWouldFit()
    {
        await using var box = await RunningBox.StartAsync();
        var options = new LoadOptions { ContextTokens = 512, Slots = 2, Threads = 1 };

        var before = await box.Models.EstimateModelAsync(new EstimateModelRequest { Path = models.Random, Options = options });
        await box.LoadAsync(models.Random, "m", slots: 2, context: 512);
        var after = await box.Models.EstimateModelAsync(new EstimateModelRequest { Name = "models/m", Options = options });

        var (host, same) = (Assert.Single(before.Devices), Assert.Single(after.Devices));
        Assert.Equal(("host", host.WeightBytes, host.CacheBytes, host.ComputeBytes, host.OverheadBytes),
            (same.Device, same.WeightBytes, same.CacheBytes, same.ComputeBytes, same.OverheadBytes));
        Assert.Equal((512u, 2u, 1u, 1024u), (before.Options.ContextTokens, before.Options.Slots, before.Options.Threads, before.Options.CacheTokens));
        Assert.True(before.Fits && before.FitsAlone && before.Problem is null && host.FreeBytes <= host.TotalBytes && !host.OverheadUnverified);
        Assert.Equal((4096u, 64u), (before.LargestContextTokens, before.MostSlots)); // All that the model was trained for.
    }

    [Fact]
    public async Task Load_Fit_TakesTheLargestThatFits()
    {
        await using var box = await RunningBox.StartAsync();

        var operation = await box.TryLoadAsync(new LoadModelRequest { Path = models.Random, Name = "m", Options = new LoadOptions { Fit = true, Threads = 1 } });

        var model = operation.Response.Unpack<Model>();
        Assert.Equal((4096u, 64u), (model.ContextTokens, model.Slots));
    }

    [Theory]
    [InlineData("", "", ErrorReason.InvalidArgument)]
    [InlineData("models/m", "/m.gguf", ErrorReason.InvalidArgument)]
    [InlineData("models/m", "", ErrorReason.ModelNotFound)]
    [InlineData("", "m.gguf", ErrorReason.InvalidArgument)]
    [InlineData("", "/nowhere.gguf", ErrorReason.ModelFileUnreadable)]
    public async Task Estimate_BadRequest_IsRefused(string name, string path, ErrorReason expected)
    {
        await using var box = await RunningBox.StartAsync();

        Assert.Equal(expected, await RunningBox.ReasonAsync(() => box.Models.EstimateModelAsync(new EstimateModelRequest { Name = name, Path = path }).ResponseAsync));
    }
}
