using System.Globalization;

namespace EdgeBox.Appliance.Tests.Machine;

/// <summary>What a machine has while it is off: its disk, the firmware's variables and its TPM. It goes when it is disposed.</summary>
internal sealed class Chassis : IDisposable
{
    private const long Mebi = 1024 * 1024;
    private const string Prefix = "edgebox-vm-";

    private readonly string _image;

    private Chassis(string folder, string image) => (Folder, _image) = (folder, image);

    public string Folder { get; }

    public string Disk => Path.Combine(Folder, "disk.img");

    /// <summary>One with a new disk of the image, or of another one.</summary>
    public static async Task<Chassis> MakeAsync(string? image = null)
    {
        RemoveStale();
        var chassis = new Chassis(Directory.CreateTempSubdirectory(string.Create(CultureInfo.InvariantCulture, $"{Prefix}{Environment.ProcessId}-")).FullName, image ?? Host.Image);
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

        await Host.RunAsync("cp", "--sparse=always", _image, Disk);
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
        await CompileAsync("probe", "probe");
        await CompileAsync("probe", "worker", "-DTOLD=2");
        await CompileAsync("hostile", "hostile", "-Wno-unused-result");
        return await MakeDiskAsync(files, "probe.img");

        Task CompileAsync(string source, string program, params string[] options) => Host.RunAsync("gcc",
            ["-static", "-O1", .. options, "-o", Path.Combine(files, program), Path.Combine(Host.Root, $"tests/EdgeBox.Appliance.Tests/probe/{source}.c")]);
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

    /// <summary>Removes what tests that were killed left behind: gigabytes each. A folder's name says which process made it.</summary>
    private static void RemoveStale()
    {
        foreach (var folder in Directory.EnumerateDirectories(Path.GetTempPath(), Prefix + "*"))
        {
            if (!Directory.Exists("/proc/" + Path.GetFileName(folder)[Prefix.Length..].Split('-')[0]))
            {
                Directory.Delete(folder, recursive: true);
            }
        }
    }
}
