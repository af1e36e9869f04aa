using EdgeBox.V1;

namespace EdgeBox.Component.Tests.BadInput;

/// <summary>A path that names no model ends in a clear reason, and nothing else notices.</summary>
[Trait("Tier", "component")]
public sealed class ModelFileTests(BadInputBox fixture, SharedModels models) : IClassFixture<BadInputBox>, IDisposable
{
    private readonly RunningBox _box = fixture.Box;
    private readonly DirectoryInfo _files = Directory.CreateTempSubdirectory("edgebox-files-");

    public void Dispose() => _files.Delete(recursive: true);

    [Fact]
    public async Task Load_ADirectory_IsUnreadable() => await AssertRefusedAsync(_files.FullName, ErrorReason.ModelFileUnreadable);

    [Fact]
    public async Task Load_AMissingFile_IsUnreadable() => await AssertRefusedAsync(PathOf("missing.gguf"), ErrorReason.ModelFileUnreadable);

    [Fact]
    public async Task Load_APipe_IsUnreadableAndDoesNotWaitForAWriter()
    {
        Assert.Equal(0, (await Command.RunAsync(["mkfifo", PathOf("pipe.gguf")])).ExitCode);

        await AssertRefusedAsync(PathOf("pipe.gguf"), ErrorReason.ModelFileUnreadable);
    }

    [Theory]
    [InlineData("/dev/zero")]
    [InlineData("/dev/null")]
    [InlineData("/proc/self/mem")]
    [InlineData("/proc/1/environ")]
    public async Task Load_WhatIsNoRegularFileOfModels_IsRefused(string path) =>
        await AssertRefusedAsync(path, ErrorReason.ModelFileUnreadable, ErrorReason.ModelFileInvalid);

    [Fact]
    public async Task Load_ASocket_IsUnreadable() => await AssertRefusedAsync(_box.SocketPath, ErrorReason.ModelFileUnreadable);

    [Fact]
    public async Task Load_ALinkToItself_IsUnreadable()
    {
        File.CreateSymbolicLink(PathOf("loop.gguf"), PathOf("loop.gguf"));

        await AssertRefusedAsync(PathOf("loop.gguf"), ErrorReason.ModelFileUnreadable);
    }

    [Fact]
    public async Task Load_AnEmptyFile_IsInvalid()
    {
        await File.WriteAllTextAsync(PathOf("empty.gguf"), "");

        await AssertRefusedAsync(PathOf("empty.gguf"), ErrorReason.ModelFileInvalid);
    }

    [Theory]
    [InlineData("relative/model.gguf")]
    [InlineData("~/model.gguf")]
    [InlineData("file:///model.gguf")]
    [InlineData("/tmp/nul\0.gguf")]
    public async Task Load_NoAbsolutePath_IsAnInvalidArgument(string path) => await AssertInvalidAsync("path", new LoadModelRequest { Path = path, Name = "bad" });

    [Fact]
    public async Task Load_NoPathAndANameThatTheStoreLacks_IsNotFound() =>
        Assert.Equal(ErrorReason.ModelNotFound, (await Refusal.OfAsync(async () => await _box.Models.LoadModelAsync(new LoadModelRequest { Name = "bad" }))).Reason);

    [Fact]
    public async Task Load_APathOfAMebibyte_IsAnInvalidArgument() =>
        await AssertInvalidAsync("path", new LoadModelRequest { Path = "/" + new string('x', 1 << 20), Name = "bad" });

    [Theory]
    [InlineData("Upper")]
    [InlineData("../escape")]
    [InlineData("-begins-with-punctuation")]
    [InlineData("has space")]
    [InlineData("line\nbreak")]
    [InlineData("ང")]
    public async Task Load_ANameThatIsNone_IsAnInvalidArgument(string name) =>
        await AssertInvalidAsync("name", new LoadModelRequest { Path = models.Random, Name = name });

    [Theory]
    [InlineData("options.slots", 0, 65, 0)]
    [InlineData("options.slots", 0, uint.MaxValue, 0)]
    [InlineData("options.threads", 0, 0, 257)]
    [InlineData("options.threads", 0, 0, uint.MaxValue)]
    [InlineData("options.context_tokens", uint.MaxValue, 0, 0)]
    public async Task Load_AbsurdOptions_AreInvalidArguments(string field, uint context, uint slots, uint threads) =>
        await AssertInvalidAsync(field, new LoadModelRequest
        {
            Path = models.Random, Name = "bad", Options = new LoadOptions { ContextTokens = context, Slots = slots, Threads = threads },
        });

    [Fact]
    public async Task Load_MoreContextThanTheModelWasTrainedFor_NeverExceedsTheTraining()
    {
        var operation = await _box.TryLoadAsync(new LoadModelRequest
        {
            Path = models.Random, Name = "deep", Options = new LoadOptions { ContextTokens = 16 * 1024 * 1024, Slots = 64, Threads = 1 },
        });

        if (operation.State == OperationState.Succeeded)
        {
            Assert.InRange(operation.Response.Unpack<Model>().ContextTokens, 1u, 4096u);
            await _box.Operations.WaitOperationAsync(new WaitOperationRequest
            {
                Name = (await _box.Models.UnloadModelAsync(new UnloadModelRequest { Name = "models/deep" })).Name,
            });
        }
        else
        {
            Assert.Contains(Refusal.Of(operation).Reason, new[] { ErrorReason.ModelTooLarge, ErrorReason.InvalidArgument });
        }

        await fixture.AssertUnharmedAsync();
    }

    [Fact]
    public async Task Load_ANameThatIsTaken_IsRefused()
    {
        var refusal = await Refusal.OfAsync(() => _box.TryLoadAsync(models.Random, BadInputBox.Model));

        Assert.Equal((ErrorReason.ModelExists, "models/" + BadInputBox.Model), (refusal.Reason, refusal.Facts["model"]));
        await fixture.AssertUnharmedAsync();
    }

    [Fact]
    public async Task Unload_AModelThatIsNot_IsRefused()
    {
        var refusal = await Refusal.OfAsync(async () => await _box.Models.UnloadModelAsync(new UnloadModelRequest { Name = "models/nope" }));

        Assert.Equal((ErrorReason.ModelNotFound, "models/nope"), (refusal.Reason, refusal.Facts["model"]));
    }

    private string PathOf(string name) => Path.Combine(_files.FullName, name);

    private async Task AssertRefusedAsync(string path, params ErrorReason[] reasons)
    {
        var refusal = Refusal.Of(await _box.TryLoadAsync(path, "bad"));

        Assert.Contains(refusal.Reason, reasons);
        Assert.Equal(path, refusal.Facts["path"]);
        Assert.NotEmpty(refusal.Facts["problem"]);
        Assert.Contains(path, refusal.Message, StringComparison.Ordinal);
        await fixture.AssertUnharmedAsync();
    }

    private async Task AssertInvalidAsync(string field, LoadModelRequest request)
    {
        var refusal = await Refusal.OfAsync(() => _box.TryLoadAsync(request));

        Assert.Equal((ErrorReason.InvalidArgument, field), (refusal.Reason, refusal.Facts["field"]));
        Assert.NotEmpty(refusal.Facts["limit"]);
        Assert.True(refusal.Message.Length < 1000, string.Create(CultureInfo.InvariantCulture, $"{refusal.Message.Length} characters of message"));
        await fixture.AssertUnharmedAsync();
    }
}
