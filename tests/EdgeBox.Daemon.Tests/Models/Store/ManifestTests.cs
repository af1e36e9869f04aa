using EdgeBox.Daemon.Failures;
using EdgeBox.Daemon.Models.Store;
using EdgeBox.Daemon.Tests.Support;
using EdgeBox.V1;

namespace EdgeBox.Daemon.Tests.Models.Store;

/// <summary>What a manifest may say; each refusal names its file and the field.</summary>
public sealed class ManifestTests : IDisposable
{
    private readonly TestDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Theory]
    [InlineData("""{"schema":2}""", "schema")]
    [InlineData("""{}""", "schema")]
    [InlineData("""{"schema":1,"name":"Upper"}""", "name")]
    [InlineData("""{"schema":1,"name":"a@1"}""", "name")]
    [InlineData("""{"schema":1,"name":"models/a"}""", "name")]
    [InlineData("""{"schema":1,"version":"1@2"}""", "version")]
    [InlineData("""{"schema":1,"version":"../1"}""", "version")]
    [InlineData("""{"schema":1,"kind":99}""", "kind")]
    [InlineData("""{"schema":1,"contextTokens":16777217}""", "context_tokens")]
    [InlineData("""{"schema":1,"parts":[{"file":"a","sha256":"ABC"}]}""", "parts[0].sha256")]
    [InlineData("""{"schema":1,"parts":[{"file":"a"},{"file":"a"}]}""", "parts[1].file")]
    [InlineData("""{"schema":1,"parts":[{"file":"a\nb"}]}""", "parts[0].file")]
    [InlineData("""{"schema":1,"suite":{"file":"../s"}}""", "suite.file")]
    [InlineData("""{"schema":1,"suite":{"file":"s","bytes":"67108865"}}""", "suite.bytes")]
    [InlineData("""{"schema":1,"sampling":{"temperature":9}}""", "sampling.temperature")]
    [InlineData("""{"schema":1,"effort":99}""", "effort")]
    [InlineData("""{"schema":1,"tasks":[{"name":"ok","instructions":"x"},{"name":"Bad","instructions":"x"}]}""", "tasks[1].name")]
    [InlineData("""{"schema":1,"tasks":[{"name":"a","instructions":"x"},{"name":"a","instructions":"x"}]}""", "tasks[1].name")]
    [InlineData("""{"schema":1,"languages":["not a tag"]}""", "languages[0]")]
    [InlineData("""{"schema":1,"load":{"slots":65}}""", "load.slots")]
    [InlineData("""{"schema":1,"load":{"keepAlive":"0s"}}""", "load.keep_alive")]
    [InlineData("""{"schema":1,"colour":"red"}""", "colour")]
    [InlineData("""{"schema":1,"parts":[{"file":"a","path":"b"}]}""", "path")]
    public void Read_AFieldThatIsNotAllowed_IsNamed(string json, string field)
    {
        var (path, refused) = Refused(json);

        Assert.Equal((ErrorReason.ManifestInvalid, path, field), (refused.Reason, ImportTests.FactOf(refused, "path"), ImportTests.FactOf(refused, "field")));
        Assert.StartsWith(path, refused.Message, StringComparison.Ordinal);
        Assert.NotEmpty(ImportTests.FactOf(refused, "problem")!);
    }

    [Theory]
    [InlineData("")]
    [InlineData("{")]
    [InlineData("[]")]
    [InlineData("null")]
    [InlineData("{\"schema\":\"one\"}")]
    [InlineData("{\"schema\":1e99}")]
    [InlineData("{\"kind\":\"MODEL_KIND_OF_A_SORT\"}")]
    public void Read_WhatIsNoManifest_IsRefused(string json) => Assert.Equal(ErrorReason.ManifestInvalid, Refused(json).Refused.Reason);

    [Fact]
    public void Read_JsonThatLiesDeep_IsRefused() =>
        Assert.Equal(ErrorReason.ManifestInvalid, Refused("""{"schema":1,"x":""" + new string('[', 100_000) + new string(']', 100_000) + "}").Refused.Reason);

    [Fact]
    public void Read_LargerThanAMebibyte_IsRefused() =>
        Assert.Contains("larger than 1048576 bytes", Refused("{\"schema\":1," + new string(' ', 1 << 20) + "}").Refused.Message, StringComparison.Ordinal);

    [Theory]
    [InlineData("title", 128)]
    [InlineData("description", 4096)]
    [InlineData("licence", 262_144)]
    [InlineData("family", 64)]
    public void Read_ATextAtItsLimitAndBeyond_IsTakenAndRefused(string field, int limit)
    {
        Read($$"""{"schema":1,"{{field}}":"{{new string('x', limit)}}"}""", out _);

        Assert.Equal(field, ImportTests.FactOf(Refused($$"""{"schema":1,"{{field}}":"{{new string('x', limit + 1)}}"}""").Refused, "field"));
    }

    [Fact]
    public void Write_AManifest_IsReadBackAsItWas()
    {
        var manifest = Read("""{"schema":1,"name":"a","version":"1","licence":"ལེགས།","parts":[{"file":"a.gguf","bytes":"7"}]}""", out var path);
        using (var file = new FileStream(path, FileMode.Create))
        {
            file.Write(ManifestFile.Write(manifest));
        }

        Assert.Equal(manifest, ManifestFile.Read(path));
    }

    private (string Path, FailureException Refused) Refused(string json)
    {
        string? path = null;
        var refused = Assert.Throws<FailureException>(() => Read(json, out path));
        return (path!, refused);
    }

    private ModelManifest Read(string json, out string path)
    {
        path = _directory.Combine(ManifestFile.Name);
        using (var file = new StreamWriter(path))
        {
            file.Write(json);
        }

        var manifest = ManifestFile.Read(path);
        ManifestLimits.Check(manifest, path);
        return manifest;
    }
}
