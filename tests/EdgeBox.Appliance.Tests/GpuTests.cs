using EdgeBox.Appliance.Tests.Machine;

namespace EdgeBox.Appliance.Tests;

/// <summary>GPUs, as far as a machine without one shows it: what a driver tells, and the image with NVIDIA's driver, which serves and says in words what it lacks.</summary>
public sealed class GpuTests
{
    [Fact]
    public async Task Gpu_ThatADriverTellsOf_IsNamedInReportsAndItsEnergyCounted()
    {
        Assert.SkipWhen(Host.Missing is not null, Host.Missing ?? "");
        using var chassis = await Chassis.MakeAsync();
        var files = Directory.CreateDirectory(Path.Combine(chassis.Folder, "nvml")).FullName;
        // A library that stands for NVIDIA's, of a machine with two GPUs.
        await Host.RunAsync("gcc", "-shared", "-fPIC", "-O1", "-Wl,-soname,libnvidia-ml.so.1", "-o", Path.Combine(files, "libnvidia-ml.so.1"),
            Path.Combine(Host.Root, "tests/EdgeBox.Platform.Tests/Nvml/nvml.c"));
        // One case of the suite that the model brings.
        var suite = await File.ReadAllLinesAsync(Path.Combine(Host.Root, "models/edgebox-mini/suite.jsonl"));
        await File.WriteAllTextAsync(Path.Combine(files, "suite.jsonl"), suite.First(test => test.Contains(VirtualMachine.Question, StringComparison.Ordinal)) + "\n");
        await using var box = await VirtualMachine.StartAsync(chassis, new() { SecondDisk = await chassis.MakeDiskAsync(files, "nvml.img") });
        await box.ExpectHealthAsync("good");
        await box.LogInAsync();
        await box.MountSecondDiskAsync();
        await box.RunAsync("""
            mkdir -p /run/systemd/system/edgeboxd.service.d && printf '[Service]\nEnvironment=LD_LIBRARY_PATH=/run/second\nExecPaths=/run/second\n' >/run/systemd/system/edgeboxd.service.d/nvml.conf && systemctl daemon-reload && systemctl restart edgeboxd
            """.Trim());

        var report = await box.RunAsync("edgeboxctl --json model test edgebox-mini --suite /run/second/suite.jsonl", 300);

        Assert.Contains("NVIDIA A100-SXM4-80GB, Tesla K80", report, StringComparison.Ordinal);
        Assert.Contains("joulesPerToken", report, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Boot_WithoutAGpu_ServesFromTheProcessorAndSaysWhy()
    {
        Assert.SkipWhen(Host.Missing is not null, Host.Missing ?? "");
        Assert.SkipUnless(File.Exists(Host.NvidiaImage), "there is no image with NVIDIA's driver: make image GPU=nvidia");
        using var chassis = await Chassis.MakeAsync(Host.NvidiaImage);
        await using var box = await VirtualMachine.StartAsync(chassis);

        Assert.Contains("No NVIDIA GPU was found", await box.ExpectHealthAsync("degraded"), StringComparison.Ordinal);
        await box.LogInAsync();
        var credentials = await box.IssueAsync("alice");
        Assert.Contains(VirtualMachine.Answer, await box.AskAsync(credentials, VirtualMachine.Question), StringComparison.Ordinal);

        // The driver is one for this kernel: it was loaded, looked for its GPU, and found none.
        var told = await box.RunAsync("dmesg | grep -i nvrm");
        TestContext.Current.TestOutputHelper?.WriteLine(told);
        Assert.Contains("No NVIDIA", told, StringComparison.Ordinal);
        Assert.Equal("1", await box.RunAsync("cat /proc/sys/kernel/modules_disabled"));
        Assert.NotEqual(0, (await box.TryAsync("modprobe nvidia 2>/dev/null")).Code);
        await box.RunAsync("test -e /usr/lib/edgebox/pack/vulkan/libggml-vulkan.so && test -e /usr/lib/x86_64-linux-gnu/libGLX_nvidia.so.0 && test -e /usr/lib/x86_64-linux-gnu/libnvidia-ml.so.1");
        await box.RunAsync("ls /usr/lib/firmware/nvidia/*/gsp_*.bin");
    }
}
