using EdgeBox.V1;
using Xunit;

namespace EdgeBox.Cli.Tests.Commands;

public class ModelStoreTests
{
    private static Model Stored => new()
    {
        Name = "models/scribe@2",
        State = ModelState.Available,
        FileBytes = 3 << 20,
        Architecture = "gpt-oss",
        VerifiedTime = Samples.Time,
        Manifest = new ModelManifest
        {
            Schema = 1, Name = "scribe", Version = "2", Kind = ModelKind.Chat, Family = "harmony", Quantisation = "MXFP4", ContextTokens = 8192,
            Parts = { new ModelPart { File = "a.gguf", Bytes = 1 << 20 }, new ModelPart { File = "b.gguf", Bytes = 2 << 20 } },
            Languages = { "my", "bo" }, Licence = "Do no harm.\nNone at all.",
        },
    };

    [Fact]
    public async Task Import_ARelativePath_IsMadeAbsoluteAndFollowed()
    {
        await using var box = await ScriptedBox.StartAsync();
        ImportModelRequest? asked = null;
        box.Script.Import = request =>
        {
            asked = request;
            return Samples.Running;
        };
        box.Script.Wait = (_, _) => Task.FromResult(Ended(Stored));

        var ran = await Cli.RunAsync(
            ["--endpoint", box.Endpoint, "model", "import", "stick", "--name", "scribe", "--version", "2"], new Surroundings { Directory = "/media" });

        Assert.Equal((0, "Model scribe@2 is available.\n"), (ran.Code, ran.Output));
        Assert.Equal(new ImportModelRequest { Path = "/media/stick", Name = "scribe", Version = "2" }, asked);
    }

    [Fact]
    public async Task Verify_AModel_IsAskedForByItsFullName()
    {
        await using var box = await ScriptedBox.StartAsync();
        var asked = "";
        box.Script.VerifyModel = request =>
        {
            asked = request.Name;
            return Ended(Stored);
        };

        Assert.Equal(0, (await Cli.RunAsync(box, "model", "verify", "scribe@2")).Code);
        Assert.Equal("models/scribe@2", asked);
    }

    [Fact]
    public async Task Remove_AModel_TellsWhatThatGaveBack()
    {
        await using var box = await ScriptedBox.StartAsync();
        box.Script.Remove = request => new RemoveModelResponse { FreedBytes = 3 << 20 };

        Assert.Equal("Model scribe@1 was removed; 3.0 MiB are free again.\n", (await Cli.RunAsync(box, "model", "remove", "scribe@1")).Output);
        Assert.Equal("3145728", (await Cli.RunAsync(box, "--json", "model", "remove", "scribe@1")).Document.GetProperty("freedBytes").GetString());
    }

    [Fact]
    public async Task Store_AndAModelInIt_AreShown()
    {
        await using var box = await ScriptedBox.StartAsync();
        box.Script.Store = () => new ModelStore { UsedBytes = 5ul << 30, FreeBytes = 9ul << 30, ReserveBytes = 1ul << 30, ScrubbedTime = Samples.Time, ScrubFraction = 0.257 };
        box.Script.Models = () => new ListModelsResponse { Models = { Stored } };
        box.Script.Model = _ => Stored;

        var store = await Cli.RunAsync(box, "model", "store");
        var list = await Cli.RunAsync(box, "model", "list");
        var show = await Cli.RunAsync(box, "model", "show", "scribe@2");

        Golden.Check("model-store", store.Output + "\n" + list.Output + "\n" + show.Output);
    }

    private static Operation Ended(Model model)
    {
        var operation = Samples.Succeeded.Clone();
        operation.Response = Google.Protobuf.WellKnownTypes.Any.Pack(model);
        return operation;
    }
}
