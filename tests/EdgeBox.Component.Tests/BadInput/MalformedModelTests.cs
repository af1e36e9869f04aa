using EdgeBox.Testing.Gguf;
using EdgeBox.V1;

namespace EdgeBox.Component.Tests.BadInput;

/// <summary>Every malformed model file, loaded over the wire: refused with what is at fault by name, and nothing else notices.</summary>
[Trait("Tier", "component")]
public sealed class MalformedModelTests(BadInputBox fixture) : IClassFixture<BadInputBox>, IDisposable
{
    private readonly RunningBox _box = fixture.Box;
    private readonly DirectoryInfo _files = Directory.CreateTempSubdirectory("edgebox-files-");

    public static TheoryData<string> Names => [.. MalformedModels.All.Select(model => model.Name)];

    public void Dispose() => _files.Delete(recursive: true);

    [Theory]
    [MemberData(nameof(Names))]
    public async Task Load_AMalformedFile_IsRefusedWithTheKeyOrTensorNamed(string name)
    {
        var malformed = MalformedModels.All.Single(model => model.Name == name);
        var path = Path.Combine(_files.FullName, "malformed.gguf");
        await File.WriteAllBytesAsync(path, malformed.Make());

        var refusal = Refusal.Of(await _box.TryLoadAsync(path, "malformed"));

        Assert.True(refusal.Reason == ErrorReason.ModelFileInvalid, refusal.ToString());
        Assert.Equal(path, refusal.Facts["path"]);
        Assert.NotEmpty(refusal.Facts["problem"]);
        AssertNamed(malformed.Key, "key", refusal);
        AssertNamed(malformed.Tensor, "tensor", refusal);
        var model = await _box.GetModelAsync("malformed");
        Assert.Equal((ModelState.Failed, ErrorReason.ModelFileInvalid), (model.State, Refusal.Of(model.Problem).Reason));
        Assert.Null(model.Worker);
        await fixture.AssertUnharmedAsync();
    }

    [Fact]
    public void Corpus_Counted_HasAtLeastFortyFiles() => Assert.True(MalformedModels.All.Count >= 40);

    private static void AssertNamed(string? expected, string fact, Refusal refusal)
    {
        if (expected is not null)
        {
            Assert.Equal(expected, refusal.Facts[fact]);
            Assert.Contains(expected, refusal.Message, StringComparison.Ordinal);
        }
    }
}
