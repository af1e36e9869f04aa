using EdgeBox.Testing.Gguf;
using EdgeBox.V1;

namespace EdgeBox.Component.Tests.Store;

/// <summary>Models that live on the box, in the published program: brought in, looked at, killed in the middle, found bad, taken out.</summary>
[Trait("Tier", "component")]
public sealed class StoreTests(SharedModels models)
{
    private const int KillSignal = 9;
    private const int Kills = 10;

    private readonly string _directory = TestDirectory.Make();

    [Fact]
    public async Task Import_ASplitModelOnTheCommandLine_IsListedVerifiedShownAndRemoved()
    {
        var folder = WriteSplit();
        await using var box = await StartAsync();

        var imported = await Ctl.RunAsync(box, "model", "import", folder, "--name", "split");
        var listed = Ctl.Document(await Ctl.RunAsync(box, "--json", "model", "list")).GetProperty("models");
        var shown = Ctl.Document(await Ctl.RunAsync(box, "--json", "model", "show", "split@1"));
        var verified = Ctl.Document(await Ctl.RunAsync(box, "--json", "model", "verify", "split@1"));
        var store = Ctl.Document(await Ctl.RunAsync(box, "--json", "model", "store"));
        var removed = await Ctl.RunAsync(box, "model", "remove", "split@1");

        Assert.Equal((0, "Model split@1 is available.\n"), (imported.ExitCode, imported.Output));
        Assert.Equal("models/split@1", listed[0].GetProperty("name").GetString());
        Assert.Equal(2, shown.GetProperty("manifest").GetProperty("parts").GetArrayLength());
        Assert.Equal("OPERATION_STATE_SUCCEEDED", verified.GetProperty("state").GetString());
        Assert.Equal(Directory.GetFiles(folder).Sum(file => new FileInfo(file).Length).ToString(CultureInfo.InvariantCulture), store.GetProperty("usedBytes").GetString());
        Assert.True(removed.ExitCode == 0, removed.ToString());
        Assert.Empty(Directory.GetFiles(Path.Combine(box.StateDirectory, "models/blobs")));
        Assert.Equal(3, (await Ctl.RunAsync(box, "model", "show", "split@1")).ExitCode);
        await box.AssertAuditIntactAsync();
    }

    [Fact]
    public async Task Scrub_AFlippedBit_QuarantinesTheModelAndSaysSo()
    {
        await using var box = await StartAsync("--scrub-rate", "1GiB", "--scrub-interval", "00:00:01");
        await ImportAsync(box, models.Random, "m");
        var blob = Directory.GetFiles(Path.Combine(box.StateDirectory, "models/blobs")).Single();
        File.SetUnixFileMode(blob, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        using (var file = new FileStream(blob, FileMode.Open, FileAccess.ReadWrite))
        {
            file.Seek(-1, SeekOrigin.End);
            var last = file.ReadByte();
            file.Seek(-1, SeekOrigin.End);
            file.WriteByte((byte)(last ^ 4));
        }

        await Eventually.TrueAsync("the model is quarantined", async () => (await box.GetModelAsync("m@1")).State == ModelState.Quarantined);

        var refusal = Refusal.Of((await box.GetModelAsync("m@1")).Problem);
        Assert.Equal((ErrorReason.ModelCorrupt, "models/m@1"), (refusal.Reason, refusal.Facts["model"]));
        Assert.NotEqual(refusal.Facts["expected"], refusal.Facts["found"]);
        Assert.Equal("models/m@1", (await box.RecordAsync("model.quarantined", _ => true)).Subject);
        Assert.Single(await box.RecordsAsync("model.quarantined"));
    }

    [Fact]
    public async Task Kill_AtManyMomentsOfAnImport_NothingHalfIsListedAndItSucceedsInTheEnd()
    {
        await using (var box = await StartAsync())
        {
            await ImportAsync(box, models.Random, "old");
        }

        var done = new List<double>();
        for (var kill = 0; kill < Kills; kill++)
        {
            await using var box = await StartAsync();
            await AssertWholeAsync(box);
            if (await FindAsync(box, "large@1") is not null)
            {
                await box.Models.RemoveModelAsync(new RemoveModelRequest { Name = "models/large@1" });
            }

            done.Add(await KillAtAsync(box, (double)kill / (Kills - 1)));
        }

        await using var last = await StartAsync();
        await AssertWholeAsync(last);
        if (await FindAsync(last, "large@1") is null)
        {
            await ImportAsync(last, models.Large, "large");
        }

        await AssertWholeAsync(last);
        Assert.NotNull(await FindAsync(last, "old@1"));
        Assert.Equal(2, Directory.GetFiles(Path.Combine(last.StateDirectory, "models/blobs")).Length);
        Assert.Empty(Directory.GetFiles(Path.Combine(last.StateDirectory, "models/incoming")));
        await last.AssertAuditIntactAsync();
        TestContext.Current.SendDiagnosticMessage($"killed when this much was done: {string.Join(", ", done.Select(d => d.ToString("0.00", CultureInfo.InvariantCulture)))}");
    }

    [Fact]
    public async Task Import_TheDiskTakesNoMoreInTheMiddle_GivesTheRoomBackAndSaysSo()
    {
        // What a file may hold at most ends it as a full disk would, and at the same place each time.
        string[] limited = ["sh", "-c", "trap '' XFSZ; ulimit -f 51200; exec \"$@\"", "sh"];
        Operation ended;
        await using (var box = await RunningBox.StartAsync(["--store-reserve", "0", "--scrub-rate", "0"], _directory, limited))
        {
            var begun = await box.Models.ImportModelAsync(new ImportModelRequest { Path = models.Large, Name = "m" });
            ended = await box.Operations.WaitOperationAsync(new WaitOperationRequest { Name = begun.Name });
            Assert.Empty(Directory.GetFiles(Path.Combine(box.StateDirectory, "models/incoming")));
            Assert.Empty((await box.Models.ListModelsAsync(new ListModelsRequest())).Models);
            await ImportAsync(box, models.Random, "small");
        }

        Assert.Equal(ErrorReason.StorageFull, Refusal.Of(ended).Reason);
    }

    [Fact]
    public async Task Import_MoreThanTheDiskHas_IsRefusedWithTheNumbers()
    {
        await using var disk = await DiskFull.SmallDisk.MountAsync("-t", "tmpfs", "-o", "size=24m", "none");
        await using var box = await RunningBox.StartAsync(["--store-reserve", "1MiB"], disk.Directory);
        var begun = await box.Models.ImportModelAsync(new ImportModelRequest { Path = models.Large, Name = "m" });

        var refusal = Refusal.Of(await box.Operations.WaitOperationAsync(new WaitOperationRequest { Name = begun.Name }));

        Assert.Equal((ErrorReason.StoreFull, "1048576", new FileInfo(models.Large).Length.ToString(CultureInfo.InvariantCulture)),
            (refusal.Reason, refusal.Facts["reserve_bytes"], refusal.Facts["needed_bytes"]));
        Assert.Empty(Directory.GetFiles(Path.Combine(box.StateDirectory, "models/incoming")));
    }

    /// <summary>Imports the large model, and kills the daemon when so much of it is done.</summary>
    /// <returns>How much was done when it was last heard of.</returns>
    private async Task<double> KillAtAsync(RunningBox box, double fraction)
    {
        var operation = await box.Models.ImportModelAsync(new ImportModelRequest { Path = models.Large, Name = "large", Version = "1" });
        while (operation.State == OperationState.Running && operation.Progress.Fraction < fraction)
        {
            operation = await box.Operations.GetOperationAsync(new GetOperationRequest { Name = operation.Name });
        }

        box.Signal(KillSignal);
        await Eventually.TrueAsync("the daemon is dead", () => Task.FromResult(box.HasExited));
        return operation.Progress.Fraction;
    }

    private static async Task AssertWholeAsync(RunningBox box)
    {
        foreach (var model in (await box.Models.ListModelsAsync(new ListModelsRequest())).Models)
        {
            Assert.Equal(ModelState.Available, model.State);
            var begun = await box.Models.VerifyModelAsync(new VerifyModelRequest { Name = model.Name });
            var ended = await box.Operations.WaitOperationAsync(new WaitOperationRequest { Name = begun.Name });
            Assert.True(ended.State == OperationState.Succeeded, ended.Error?.Message);
        }
    }

    private static async Task<Model?> FindAsync(RunningBox box, string name) =>
        (await box.Models.ListModelsAsync(new ListModelsRequest())).Models.FirstOrDefault(model => model.Name == "models/" + name);

    private static async Task ImportAsync(RunningBox box, string path, string name)
    {
        var begun = await box.Models.ImportModelAsync(new ImportModelRequest { Path = path, Name = name, Version = "1" });
        var ended = await box.Operations.WaitOperationAsync(new WaitOperationRequest { Name = begun.Name });
        Assert.True(ended.State == OperationState.Succeeded, ended.Error?.Message);
    }

    private Task<RunningBox> StartAsync(params string[] arguments) =>
        RunningBox.StartAsync(["--store-reserve", "0", .. arguments.Length > 0 ? arguments : ["--scrub-rate", "0"]], _directory);

    private string WriteSplit()
    {
        var folder = Directory.CreateDirectory(Path.Combine(_directory, "stick")).FullName;
        var (first, second) = SplitModel.Of();
        first.WriteFile(Path.Combine(folder, "m-00001-of-00002.gguf"));
        second.WriteFile(Path.Combine(folder, "m-00002-of-00002.gguf"));
        return folder;
    }
}
