using EdgeBox.V1;
using Grpc.Core;

namespace EdgeBox.Component.Tests.DiskFull;

/// <summary>The disk under the box's state is full, or fails.</summary>
[Trait("Tier", "component")]
public sealed class DiskFullTests(SharedModels models)
{
    [Fact]
    public async Task Fill_DiskUnderTheState_ActsAreRefusedWholeInferenceGoesOnAndRoomHealsAll()
    {
        await using var disk = await SmallDisk.MountAsync("-t", "tmpfs", "-o", "size=16m", "none");
        await using var box = await RunningBox.StartAsync(directory: disk.Directory);
        var model = await box.LoadAsync(models.Endless, "m");
        disk.Fill();
        var (issued, refused) = await IssueUntilRefusedAsync(box);

        Assert.Equal(ErrorReason.StorageFull, refused.Reason);
        Assert.StartsWith(box.StateDirectory, refused.Facts["path"], StringComparison.Ordinal);
        var listed = (await box.Access.ListCertificatesAsync(new ListCertificatesRequest())).Certificates.Select(certificate => certificate.Name);
        Assert.Equal(issued.Order(), listed.Order());
        Assert.Equal(ErrorReason.StorageFull, (await Refusal.OfAsync(() => box.TryLoadAsync(models.Random, "late"))).Reason);
        Assert.Equal(ErrorReason.ModelNotFound, (await Refusal.OfAsync(() => box.GetModelAsync("late"))).Reason);
        Assert.Equal(ErrorReason.StorageFull, (await Refusal.OfAsync(
            async () => await box.Models.UnloadModelAsync(new UnloadModelRequest { Name = "models/m" }))).Reason);

        Assert.Equal(3u, (await box.Inference.AnswerAsync("m", "Still there?", maxTokens: 3)).Usage.CompletionTokens);
        Product.Signal(model.Worker.Pid, 9);
        await box.WhenReplacedAsync("m", model.Worker.Pid);
        Assert.Equal(3u, (await box.Inference.AnswerAsync("m", "And now?", maxTokens: 3)).Usage.CompletionTokens);
        var status = await box.Appliance.GetStatusAsync(new GetStatusRequest());
        Assert.Equal(Health.Degraded, status.Health);
        Assert.Contains(status.Problems, problem => problem.Contains("full", StringComparison.Ordinal));

        disk.Clear();
        issued.Add((await box.IssueAsync("after", Role.Client)).Certificate.Name);
        Assert.Equal(OperationState.Succeeded, (await box.TryLoadAsync(models.Random, "late")).State);
        await Eventually.TrueAsync("health is good again", async () =>
            (await box.Appliance.GetStatusAsync(new GetStatusRequest())).Health == Health.Good);
        var records = (await box.RecordsAsync("access.issued")).Select(record => record.Subject["certificates/".Length..]);
        Assert.Equal(issued.Order(), records.Order());
        await box.AssertAuditIntactAsync();
        Assert.Equal(0, await box.StopAsync());
    }

    [Fact]
    public async Task Fail_DiskUnderTheState_ActsAreRefusedAndInferenceGoesOn()
    {
        var image = Path.Combine(TestDirectory.Make(), "disk");
        Assert.SkipUnless(Command.Exists("/usr/sbin/mkfs.ext4"), "skipped: no mkfs.ext4 here to make a disk that can fail");
        using (var file = File.Create(image))
        {
            file.SetLength(32 << 20);
        }

        Assert.Equal(0, (await Command.RunAsync(["/usr/sbin/mkfs.ext4", "-q", image])).ExitCode);
        await using var disk = await SmallDisk.MountAsync("-t", "ext4", "-o", "loop", image);
        await using var box = await RunningBox.StartAsync(directory: disk.Directory);
        await box.LoadAsync(models.Endless, "m");

        // What the kernel does when the medium fails: from here on every write is refused.
        var failed = await disk.RemountAsync("abort");
        Assert.SkipUnless(failed.ExitCode == 0, $"skipped: this kernel does not let root play a failing disk: {failed.Error}");

        Assert.Equal(ErrorReason.StorageFailed, (await Refusal.OfAsync(() => box.IssueAsync("late", Role.Client))).Reason);
        Assert.Empty((await box.Access.ListCertificatesAsync(new ListCertificatesRequest())).Certificates);
        Assert.Equal(3u, (await box.Inference.AnswerAsync("m", "Still there?", maxTokens: 3)).Usage.CompletionTokens);
        var status = await box.Appliance.GetStatusAsync(new GetStatusRequest());
        Assert.Equal(Health.Degraded, status.Health);
        Assert.False(box.HasExited);
    }

    /// <summary>A write may still fit into room that the database holds already: acts until one is refused.</summary>
    private static async Task<(List<string> Issued, Refusal Refused)> IssueUntilRefusedAsync(RunningBox box)
    {
        const int Most = 3000;
        var issued = new List<string>();
        while (issued.Count < Most)
        {
            try
            {
                issued.Add((await box.IssueAsync($"client-{issued.Count}", Role.Client)).Certificate.Name);
            }
            catch (RpcException refused)
            {
                return (issued, Refusal.Of(refused));
            }
        }

        throw new InvalidOperationException($"{Most} certificates fitted on a full disk.");
    }
}
