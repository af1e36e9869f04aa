using System.Globalization;

namespace EdgeBox.Appliance.Tests.Machine;

/// <summary>What a machine has while it is off: its disk, the firmware's variables and its TPM. It goes when it is disposed.</summary>
internal sealed class Chassis : IDisposable
{
    private const long Mebi = 1024 * 1024;

    private Chassis(string folder) => Folder = folder;

    public string Folder { get; }

    public string Disk => Path.Combine(Folder, "disk.img");

    /// <summary>One with a new disk of the image.</summary>
    public static async Task<Chassis> MakeAsync()
    {
        var chassis = new Chassis(Directory.CreateTempSubdirectory("edgebox-vm-").FullName);
        try
        {
            await chassis.RenewAsync();
            return chassis;
        }
        catch
        {
            chassis.Dispose();
            throw;
        }
    }

    /// <summary>Another new disk and another TPM.</summary>
    public async Task RenewAsync()
    {
        Directory.CreateDirectory(Path.Combine(Folder, "tpm"));
        foreach (var state in Directory.EnumerateFiles(Path.Combine(Folder, "tpm")))
        {
            File.Delete(state);
        }

        await Host.RunAsync("cp", "--sparse=always", Host.Image, Disk);
        await Host.RunAsync("truncate", "-s", "3G", Disk);
        File.Copy("/usr/share/OVMF/OVMF_VARS.fd", Path.Combine(Folder, "vars.fd"), overwrite: true);
    }

    /// <summary>Gives the kernel further options, as one would who has the disk in hand.</summary>
    public async Task AddKernelOptionsAsync(string options)
    {
        const string Entry = "::/loader/entries/edgebox-a.conf";
        var copy = Path.Combine(Folder, "entry.conf");
        var partition = string.Create(CultureInfo.InvariantCulture, $"{Disk}@@{Mebi}");
        await Host.RunAsync("mcopy", "-o", "-i", partition, Entry, copy);
        await File.WriteAllTextAsync(copy, (await File.ReadAllTextAsync(copy)).Replace("options ", $"options {options} ", StringComparison.Ordinal));
        await Host.RunAsync("mcopy", "-o", "-i", partition, copy, Entry);
    }

    /// <summary>Spoils the first MiB of the data partition: both headers of its encryption begin there.</summary>
    public async Task SpoilDataAsync()
    {
        var table = await Host.RunAsync("/usr/sbin/sfdisk", "--dump", Disk);
        var line = table.Split('\n').First(entry => entry.Contains("edgebox-data", StringComparison.Ordinal));
        await using var disk = new FileStream(Disk, FileMode.Open, FileAccess.Write);
        disk.Position = long.Parse(line.Split("start=")[1].Split(',')[0], CultureInfo.InvariantCulture) * 512;
        await disk.WriteAsync(new byte[Mebi]);
    }

    /// <summary>A disk with programs that try to get something out, for the machine's second one.</summary>
    public async Task<string> MakeProbeDiskAsync()
    {
        var files = Directory.CreateDirectory(Path.Combine(Folder, "probe")).FullName;
        var source = Path.Combine(Host.Root, "tests/EdgeBox.Appliance.Tests/probe/probe.c");
        await Host.RunAsync("gcc", "-static", "-O1", "-o", Path.Combine(files, "probe"), source);
        await Host.RunAsync("gcc", "-static", "-O1", "-DTOLD=2", "-o", Path.Combine(files, "worker"), source);
        return await MakeDiskAsync(files, "probe.img");
    }

    /// <summary>A disk with the files of a folder.</summary>
    public async Task<string> MakeDiskAsync(string files, string name)
    {
        var disk = Path.Combine(Folder, name);
        File.Delete(disk);
        await Host.RunAsync("/usr/sbin/mke2fs", "-q", "-t", "ext4", "-d", files, disk, "64M");
        return disk;
    }

    public void Dispose() => Directory.Delete(Folder, recursive: true);
}
