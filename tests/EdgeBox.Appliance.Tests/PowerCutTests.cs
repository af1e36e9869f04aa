using System.Globalization;
using EdgeBox.Appliance.Tests.Machine;

namespace EdgeBox.Appliance.Tests;

/// <summary>
/// The power goes at points spread over a start and over the import of a model, half of the cuts each, one after the other on the same disk as on a
/// real box. What the disk had not flushed is lost, kept or torn. After each cut the box serves again unaided.
/// </summary>
public sealed class PowerCutTests
{
    private const string Ask = $"edgeboxctl chat '{VirtualMachine.Question}' | grep -q '{VirtualMachine.Answer}'";
    private const string Import = "edgeboxctl model import /run/second/other.gguf --name other --version 1";

    [Fact]
    public async Task Power_CutAtPointsOfStartAndImport_ServesAgain()
    {
        Assert.SkipWhen(Host.Missing is not null, Host.Missing ?? "");
        var rounds = (int.Parse(Environment.GetEnvironmentVariable("EDGEBOX_POWER_CUTS") ?? "50", CultureInfo.InvariantCulture) + 1) / 2;
        var seed = int.Parse(Environment.GetEnvironmentVariable("EDGEBOX_POWER_SEED") ?? "1", CultureInfo.InvariantCulture);
        var random = new Random(seed);
        using var chassis = await Chassis.MakeAsync();
        var options = new MachineOptions { LosesCache = true, SecondDisk = await MakeModelDiskAsync(chassis) };
        var (start, import) = await MeasureAsync(chassis, options, random);
        Tell($"seed {seed}; a start takes {start.TotalSeconds:F1} s, an import {import.TotalSeconds:F1} s");

        for (var round = 0; round < rounds; round++)
        {
            var share = (round + 0.5) / rounds;
            if (round % 3 == 0)
            {
                await chassis.RenewAsync(); // This start makes the data partition.
            }

            await using (var box = await VirtualMachine.StartAsync(chassis, options))
            {
                await box.Line.PassAsync(start * share);
                await CutAsync(box, random, $"{2 * round + 1}: {(round % 3 == 0 ? "first start" : "start")} at {start.TotalSeconds * share:F1} s");
            }

            await using (var box = await VirtualMachine.StartAsync(chassis, options))
            {
                await ServesAsync(box);
                await box.WriteAsync(Import + "\n");
                await box.Line.PassAsync(import * share);
                await CutAsync(box, random, $"{2 * round + 2}: import at {import.TotalSeconds * share:F1} s");
            }
        }

        await using var last = await VirtualMachine.StartAsync(chassis, options);
        await ServesAsync(last);
        await last.RunAsync(Import, 600);
        await last.RunAsync("edgeboxctl model verify other@1", 300);
    }

    private static void Tell(string text) => TestContext.Current.TestOutputHelper?.WriteLine(text);

    private static async Task<(TimeSpan Start, TimeSpan Import)> MeasureAsync(Chassis chassis, MachineOptions options, Random random)
    {
        await using var box = await VirtualMachine.StartAsync(chassis, options);
        await box.ExpectHealthAsync("good");
        var start = box.Since;
        await ServesAsync(box);
        var before = box.Since;
        await box.RunAsync(Import, 600);
        var import = box.Since - before;
        await CutAsync(box, random, "0: after an import");
        return (start, import);
    }

    private static async Task ServesAsync(VirtualMachine box)
    {
        if (!box.Line.Transcript.Contains("| good", StringComparison.Ordinal))
        {
            await box.ExpectHealthAsync("good");
        }

        await box.LogInAsync();
        await box.RunAsync($"for i in $(seq 60); do {Ask} && break; sleep 1; done; {Ask}", 300);
        await box.RunAsync("edgeboxctl audit verify");
        // The model of the import is there whole, or not at all.
        await box.RunAsync("if edgeboxctl model show other@1 >/dev/null 2>&1; then edgeboxctl model verify other@1 && edgeboxctl model remove other@1; fi", 300);
        await box.MountSecondDiskAsync();
    }

    private static async Task CutAsync(VirtualMachine box, Random random, string what)
    {
        var (unflushed, lost) = await box.CutAsync(random);
        Tell($"cut {what}; {unflushed} writes were not flushed, {lost} of them lost or torn");
    }

    /// <summary>A disk with another model than the box's own: one byte of a weight differs.</summary>
    private static async Task<string> MakeModelDiskAsync(Chassis chassis)
    {
        var folder = Directory.CreateDirectory(Path.Combine(chassis.Folder, "model")).FullName;
        var model = await File.ReadAllBytesAsync(Path.Combine(Host.Root, "models/edgebox-mini/edgebox-mini.gguf"));
        model[^1] ^= 1;
        await File.WriteAllBytesAsync(Path.Combine(folder, "other.gguf"), model);
        return await chassis.MakeDiskAsync(folder, "model.img");
    }
}
