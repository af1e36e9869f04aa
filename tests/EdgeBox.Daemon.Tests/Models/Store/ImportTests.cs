using EdgeBox.Testing.Gguf;
using EdgeBox.V1;

namespace EdgeBox.Daemon.Tests.Models.Store;

/// <summary>What comes into the store, and what does not.</summary>
public sealed class ImportTests
{
    private const UnixFileMode ReadOnly = UnixFileMode.UserRead | UnixFileMode.GroupRead | UnixFileMode.OtherRead;

    [Fact]
    public async Task Import_AFile_IsListedWithWhatTheFileSaysAndItsBytesAreReadOnly()
    {
        await using var rig = await StoreRig.StartAsync();
        var path = rig.Write("Tiny Model.gguf", RandomModels.GptOss());

        var model = await rig.ImportAsync(path);

        Assert.Equal(("models/tiny-model@1", ModelState.Available, "gpt-oss"), (model.Name, model.State, model.Architecture));
        Assert.Equal(
            (1u, "tiny-model", "1", ModelKind.Chat, "harmony", "gpt-oss", "Q8_0", 4096u, "random gpt-oss"),
            (model.Manifest.Schema, model.Manifest.Name, model.Manifest.Version, model.Manifest.Kind, model.Manifest.Family, model.Manifest.Architecture,
                model.Manifest.Quantisation, model.Manifest.ContextTokens, model.Manifest.Title));
        var part = Assert.Single(model.Manifest.Parts);
        Assert.Equal(("Tiny Model.gguf", StoreRig.HashOf(path), (ulong)new FileInfo(path).Length), (part.File, part.Sha256, part.Bytes));
        var blob = Path.Combine(rig.Store, "blobs", "sha256-" + part.Sha256);
        Assert.Equal(File.ReadAllBytes(path), File.ReadAllBytes(blob));
        Assert.Equal(ReadOnly, File.GetUnixFileMode(blob));
        Assert.Equal(rig.State.Clock.Now, rig.Get("tiny-model").Verified);
        Assert.Empty(rig.Incoming);
        using var opened = rig.Library.Open(rig.Get("tiny-model@1"));
        Assert.Equal("gpt-oss", opened.Summary.Architecture);
    }

    [Theory]
    [InlineData("bert", ModelKind.Embedding)]
    [InlineData("bert-rank", ModelKind.Rerank)]
    [InlineData("qwen3-rank", ModelKind.Rerank)]
    [InlineData("qwen3", ModelKind.Chat)]
    public async Task Import_AFile_TellsWhatItIsFor(string kind, ModelKind expected)
    {
        await using var rig = await StoreRig.StartAsync();

        Assert.Equal(expected, (await rig.ImportAsync(rig.Write("m.gguf", kind: kind))).Manifest.Kind);
    }

    [Fact]
    public async Task Import_ASplitModelByItsFirstPartOrItsFolder_IsOneModel()
    {
        await using var rig = await StoreRig.StartAsync();
        var first = WriteSplit(rig);

        var byFile = await rig.ImportAsync(first);
        var byFolder = await rig.ImportAsync(rig.Directory.Combine("split"), "again");

        Assert.Equal("models/m@1", byFile.Name);
        Assert.Equal(["m-00001-of-00002.gguf", "m-00002-of-00002.gguf"], byFolder.Manifest.Parts.Select(part => part.File));
        Assert.Equal(byFile.Manifest.Parts, byFolder.Manifest.Parts);
        Assert.Equal(2, rig.Blobs.Count);
        using var opened = rig.Library.Open(rig.Get("again"));
        Assert.Equal(2, opened.Summary.Parts);
    }

    [Fact]
    public async Task Import_AFolderWithAManifest_KeepsWhatItSays()
    {
        await using var rig = await StoreRig.StartAsync();
        var hash = StoreRig.HashOf(rig.Write("in/m.gguf"));
        var suite = Path.Combine(rig.Directory.Combine("in"), "suite.jsonl");
        using (var writer = new StreamWriter(suite))
        {
            writer.Write("{}\n");
        }

        rig.WriteManifest("in", $$$"""
            {"schema":1,"name":"scribe","version":"2025.1","kind":"MODEL_KIND_CHAT","parts":[{"file":"m.gguf","sha256":"{{{hash}}}"}],
             "sampling":{"temperature":0.5},"effort":"REASONING_EFFORT_HIGH","languages":["my","ug-Arab"],"licence":"Do no harm.","contextTokens":32,
             "tasks":[{"name":"letters","instructions":"Write a letter."}],"suite":{"file":"suite.jsonl"},"load":{"slots":2}}
            """);

        var model = await rig.ImportAsync(rig.Directory.Combine("in"));

        Assert.Equal(("models/scribe@2025.1", 0.5f, ReasoningEffort.High, "Do no harm.", 32u, 2u),
            (model.Name, model.Manifest.Sampling.Temperature, model.Manifest.Effort, model.Manifest.Licence, model.Manifest.ContextTokens, model.Manifest.Load.Slots));
        Assert.Equal((["my", "ug-Arab"], "letters"), (model.Manifest.Languages, model.Manifest.Tasks.Single().Name));
        Assert.Equal((StoreRig.HashOf(suite), 3ul), (model.Manifest.Suite.Sha256, model.Manifest.Suite.Bytes));
        Assert.Equal(2, rig.Blobs.Count);
    }

    [Fact]
    public async Task Import_NoVersion_IsOneMoreThanTheHighest()
    {
        await using var rig = await StoreRig.StartAsync();
        await rig.ImportAsync(rig.Write("a.gguf", seed: 1), "m", "9");
        await rig.ImportAsync(rig.Write("b.gguf", seed: 2), "m", "old");

        var third = await rig.ImportAsync(rig.Write("c.gguf", seed: 3), "m");

        Assert.Equal("models/m@10", third.Name);
        Assert.Equal("models/m@10", rig.Get("m").Name.ToString());
    }

    [Fact]
    public async Task Import_BytesThatAreThere_AreNotKeptTwice()
    {
        await using var rig = await StoreRig.StartAsync();
        var path = rig.Write("a.gguf");

        await Task.WhenAll(rig.ImportAsync(path, "one"), rig.ImportAsync(path, "two"), rig.ImportAsync(path, "three"));

        Assert.Equal((1, 3), (rig.Blobs.Count, rig.Manifests.Count));
        Assert.Empty(rig.Incoming);
    }

    [Fact]
    public async Task Import_WhatIsThereAlready_IsRefused()
    {
        await using var rig = await StoreRig.StartAsync();
        var path = rig.Write("a.gguf");
        await rig.ImportAsync(path, "m", "1");

        var refused = await rig.RefuseAsync(path, "m@1");

        Assert.Equal((ErrorReason.ModelExists, "models/m@1"), (refused.Reason, FactOf(refused, "model")));
    }

    [Fact]
    public async Task Import_TwiceAtOnce_TheSecondIsToldSo()
    {
        using var gate = new ManualResetEventSlim();
        await using var rig = await StoreRig.StartAsync(witness: new Acts { OnCreated = path => gate.Wait(TimeSpan.FromMinutes(1)) });
        var path = rig.Write("a.gguf");
        var begun = await rig.Library.ImportAsync(new ImportModelRequest { Path = path, Name = "m" }, "uid:0");

        var refused = await rig.RefuseAsync(path, "m", "7");
        gate.Set();

        Assert.Equal((ErrorReason.ImportUnderWay, "models/m"), (refused.Reason, FactOf(refused, "model")));
        Assert.Equal(OperationState.Succeeded, (await rig.EndOfAsync(begun)).State);
        await rig.ImportAsync(path, "m", "7");
    }

    [Fact]
    public async Task Import_TooLittleRoom_IsRefusedWithTheNumbersAndNothingIsCopied()
    {
        await using var rig = await StoreRig.StartAsync(reserve: "4096TiB");
        var path = rig.Write("a.gguf");

        var refused = await rig.RefuseAsync(path);

        Assert.Equal((ErrorReason.StoreFull, $"{new FileInfo(path).Length}", $"{4096L << 40}"),
            (refused.Reason, FactOf(refused, "needed_bytes"), FactOf(refused, "reserve_bytes")));
        Assert.Equal((0, 0), (rig.Blobs.Count, rig.Incoming.Count));
    }

    [Fact]
    public async Task Import_WrongHashInTheManifest_IsNamedWithBothAndNothingIsKept()
    {
        await using var rig = await StoreRig.StartAsync();
        var path = rig.Write("in/m.gguf");
        var wrong = new string('a', 64);
        rig.WriteManifest("in", $$"""{"schema":1,"name":"m","parts":[{"file":"m.gguf","sha256":"{{wrong}}"}]}""");

        var refused = await rig.RefuseAsync(rig.Directory.Combine("in"));

        Assert.Equal((ErrorReason.ModelCorrupt, path, wrong, StoreRig.HashOf(path)),
            (refused.Reason, FactOf(refused, "path"), FactOf(refused, "expected"), FactOf(refused, "found")));
        Assert.Equal((0, 0, 0), (rig.Blobs.Count, rig.Incoming.Count, rig.Manifests.Count));
    }

    [Theory]
    [InlineData("../m.gguf", "parts[0].file")]
    [InlineData("/etc/passwd", "parts[0].file")]
    [InlineData("sub/m.gguf", "parts[0].file")]
    [InlineData("..", "parts[0].file")]
    [InlineData("", "parts[0].file")]
    public async Task Import_ManifestNamesAPath_IsRefused(string file, string field)
    {
        await using var rig = await StoreRig.StartAsync();
        rig.Write("m.gguf");
        rig.WriteManifest("in", $$"""{"schema":1,"name":"m","parts":[{"file":"{{file}}"}]}""");

        var refused = await rig.RefuseAsync(rig.Directory.Combine("in"));

        Assert.Equal((ErrorReason.ManifestInvalid, field), (refused.Reason, FactOf(refused, "field")));
    }

    [Fact]
    public async Task Import_ASymbolicLinkAmongTheFiles_IsRefused()
    {
        await using var rig = await StoreRig.StartAsync();
        var path = rig.Write("m.gguf");
        Directory.CreateDirectory(rig.Directory.Combine("in"));
        File.CreateSymbolicLink(Path.Combine(rig.Directory.Combine("in"), "m.gguf"), path);
        rig.WriteManifest("in", """{"schema":1,"name":"m","parts":[{"file":"m.gguf"}]}""");

        var refused = await rig.RefuseAsync(rig.Directory.Combine("in"));

        Assert.Equal(ErrorReason.ModelFileUnreadable, refused.Reason);
        Assert.Contains("symbolic link", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Import_ManifestIsASymbolicLink_IsRefused()
    {
        await using var rig = await StoreRig.StartAsync();
        rig.Write("in/m.gguf");
        File.CreateSymbolicLink(Path.Combine(rig.Directory.Combine("in"), "edgebox-model.json"), "/etc/passwd");

        Assert.Equal(ErrorReason.ModelFileUnreadable, (await rig.RefuseAsync(rig.Directory.Combine("in"))).Reason);
    }

    [Fact]
    public async Task Import_APartIsMissing_IsRefusedBeforeAnythingIsCopied()
    {
        await using var rig = await StoreRig.StartAsync();
        File.Delete(Path.ChangeExtension(WriteSplit(rig).Replace("00001-of", "00002-of", StringComparison.Ordinal), "gguf"));

        var refused = await rig.RefuseAsync(rig.Directory.Combine("split"));

        Assert.Equal(ErrorReason.ModelFileUnreadable, refused.Reason);
        Assert.Contains("m-00002-of-00002.gguf", refused.Message, StringComparison.Ordinal);
        Assert.Empty(rig.Blobs);
    }

    [Fact]
    public async Task Import_AFileThatIsNoModel_IsRefusedBeforeAnythingIsCopied()
    {
        await using var rig = await StoreRig.StartAsync();
        var path = rig.Write("m.gguf");
        using (var file = new FileStream(path, FileMode.Open))
        {
            file.SetLength(file.Length - 100);
        }

        var refused = await rig.RefuseAsync(path);

        Assert.Equal((ErrorReason.ModelFileInvalid, path), (refused.Reason, FactOf(refused, "path")));
        Assert.Empty(rig.Blobs);
    }

    [Fact]
    public async Task Import_AFolderOfTwoModels_IsRefused()
    {
        await using var rig = await StoreRig.StartAsync();
        rig.Write("in/a.gguf");
        rig.Write("in/b.gguf");

        Assert.Equal(ErrorReason.ModelFileInvalid, (await rig.RefuseAsync(rig.Directory.Combine("in"))).Reason);
    }

    [Theory]
    [InlineData("relative.gguf")]
    [InlineData("")]
    public async Task Import_NoAbsolutePath_IsRefused(string path)
    {
        await using var rig = await StoreRig.StartAsync();

        var refused = await rig.RefuseAsync(path);

        Assert.Equal((ErrorReason.InvalidArgument, "path"), (refused.Reason, FactOf(refused, "field")));
    }

    [Fact]
    public async Task Import_Cancelled_GivesTheRoomBack()
    {
        using var gate = new ManualResetEventSlim();
        await using var rig = await StoreRig.StartAsync(witness: new Acts { OnCreated = path => gate.Wait(TimeSpan.FromMinutes(1)) });
        var begun = await rig.Library.ImportAsync(new ImportModelRequest { Path = rig.Write("a.gguf"), Name = "m" }, "uid:0");
        await rig.State.Operations.CancelAsync(begun.Name, "uid:0");
        gate.Set();

        Assert.Equal(OperationState.Cancelled, (await rig.EndOfAsync(begun)).State);
        Assert.Equal((0, 0, 0), (rig.Blobs.Count, rig.Incoming.Count, rig.Manifests.Count));
        await rig.ImportAsync(rig.Directory.Combine("a.gguf"), "m");
    }

    internal static string? FactOf(EdgeBox.Daemon.Failures.FailureException refused, string key) => refused.Facts.FirstOrDefault(fact => fact.Key == key).Value;

    private static string WriteSplit(StoreRig rig)
    {
        var (first, second) = SplitModel.Of();
        rig.Write("split/m-00002-of-00002.gguf", second);
        return rig.Write("split/m-00001-of-00002.gguf", first);
    }
}
