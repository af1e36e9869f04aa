using EdgeBox.Testing.Gguf;
using EdgeBox.V1;

namespace EdgeBox.Component.Tests.BadInput;

/// <summary>What was validated is what is loaded, or nothing is: a file that changes in between never reaches the engine unjudged.</summary>
[Trait("Tier", "component")]
public sealed class ChangedFileTests(BadInputBox fixture, SharedModels models) : IClassFixture<BadInputBox>, IDisposable
{
    private const string Name = "changing";

    private readonly RunningBox _box = fixture.Box;
    private readonly DirectoryInfo _files = Directory.CreateTempSubdirectory("edgebox-files-");

    private string Victim => Path.Combine(_files.FullName, "victim.gguf");

    public void Dispose() => _files.Delete(recursive: true);

    [Fact]
    public async Task Load_FileIsReplacedByRenameMeanwhile_TheJudgedOneIsServedOrItIsRefused()
    {
        File.Copy(models.Large, Victim);
        var other = Path.Combine(_files.FullName, "other.gguf");
        await File.WriteAllTextAsync(other, "This is no model.");

        var loading = await BeginToLoadAsync();
        File.Move(other, Victim, overwrite: true);

        await AssertServedOrChangedAsync(loading);
    }

    [Fact]
    public async Task Load_FileIsRewrittenInPlaceMeanwhile_TheJudgedOneIsServedOrItIsRefused()
    {
        File.Copy(models.Large, Victim);

        var loading = await BeginToLoadAsync();
        await using (var file = new FileStream(Victim, FileMode.Open, FileAccess.Write, FileShare.ReadWrite))
        {
            await file.WriteAsync("rewritten in place"u8.ToArray());
        }

        await AssertServedOrChangedAsync(loading);
    }

    [Fact]
    public async Task Load_FileIsCutShortMeanwhile_TheJudgedOneIsServedOrItIsRefused()
    {
        File.Copy(models.Large, Victim);

        var loading = await BeginToLoadAsync();
        await using (var file = new FileStream(Victim, FileMode.Open, FileAccess.Write, FileShare.ReadWrite))
        {
            file.SetLength(4096);
        }

        await AssertServedOrChangedAsync(loading);
    }

    [Fact]
    public async Task Restart_FileWasRewrittenInPlace_TheModelIsRefusedAndSaysWhy()
    {
        RandomModels.GptOss().WriteFile(Victim);
        var worker = (await _box.LoadAsync(Victim, Name)).Worker.Pid;
        await using (var file = new FileStream(Victim, FileMode.Open, FileAccess.Write, FileShare.ReadWrite))
        {
            await file.WriteAsync("rewritten in place"u8.ToArray());
        }

        Product.Signal(worker, 9);

        var (model, _) = await Eventually.GetAsync("the model is told to have failed", async () =>
            await _box.GetModelAsync(Name) is { State: ModelState.Failed } failed ? failed : null);
        var problem = Refusal.Of(model.Problem);
        Assert.Equal((ErrorReason.ModelFileChanged, Victim), (problem.Reason, problem.Facts["path"]));
        Assert.Equal(ErrorReason.ModelFileChanged, (await Refusal.OfAsync(() => _box.Inference.ChatAsync(Name, "hello"))).Reason);
        await UnloadAsync();
        await fixture.AssertUnharmedAsync();
    }

    [Fact]
    public async Task Restart_FileWasReplacedByRename_TheJudgedOneIsServedOrItIsRefused()
    {
        RandomModels.GptOss().WriteFile(Victim);
        var worker = (await _box.LoadAsync(Victim, Name)).Worker.Pid;
        var other = Path.Combine(_files.FullName, "other.gguf");
        RandomModels.GptOss(new GptOssShape { Seed = 2, Name = "another" }).WriteFile(other);
        File.Move(other, Victim, overwrite: true);

        Product.Signal(worker, 9);

        var (model, _) = await Eventually.GetAsync("the model is back or told to have failed", async () =>
            await _box.GetModelAsync(Name) is { State: ModelState.Failed or ModelState.Ready, Worker.Pid: var pid } settled && pid != worker ? settled : null);
        if (model.State == ModelState.Ready)
        {
            Assert.Equal("random gpt-oss", model.Title);
            Assert.True(await _box.Inference.TokenizeAsync(Name) > 0);
        }
        else
        {
            Assert.Equal(ErrorReason.ModelFileChanged, Refusal.Of(model.Problem).Reason);
        }

        await UnloadAsync();
        await fixture.AssertUnharmedAsync();
    }

    /// <summary>Returns when the file was judged and a worker reads it.</summary>
    private async Task<Operation> BeginToLoadAsync()
    {
        var operation = await _box.Models.LoadModelAsync(new LoadModelRequest
        {
            Path = Victim, Name = Name, Options = new LoadOptions { ContextTokens = 256, Slots = 1, Threads = 1 },
        });
        while ((await _box.GetModelAsync(Name)).State == ModelState.Validating)
        {
        }

        return operation;
    }

    private async Task AssertServedOrChangedAsync(Operation loading)
    {
        var operation = await _box.Operations.WaitOperationAsync(new WaitOperationRequest { Name = loading.Name }, deadline: BoxExtensions.Deadline);
        if (operation.State == OperationState.Succeeded)
        {
            Assert.Equal("random llama 100M", operation.Response.Unpack<Model>().Title);
            Assert.True(await _box.Inference.TokenizeAsync(Name) > 0);
        }
        else
        {
            var refusal = Refusal.Of(operation);
            Assert.Equal((ErrorReason.ModelFileChanged, Victim), (refusal.Reason, refusal.Facts["path"]));
        }

        await UnloadAsync();
        await fixture.AssertUnharmedAsync();
    }

    private async Task UnloadAsync()
    {
        var operation = await _box.Models.UnloadModelAsync(new UnloadModelRequest { Name = "models/" + Name });
        operation = await _box.Operations.WaitOperationAsync(new WaitOperationRequest { Name = operation.Name }, deadline: BoxExtensions.Deadline);
        Assert.Equal(OperationState.Succeeded, operation.State);
    }
}
