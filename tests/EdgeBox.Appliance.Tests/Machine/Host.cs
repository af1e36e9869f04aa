using System.Diagnostics;

namespace EdgeBox.Appliance.Tests.Machine;

/// <summary>The machine that the tests run on: where things are, and programs that are run to their end.</summary>
internal static class Host
{
    public static string Root { get; } = FindRoot();

    public static string Image => Path.Combine(Root, "out/image/edgebox-development.img");

    /// <summary>The image with NVIDIA's driver; it is there where somebody has built it.</summary>
    public static string NvidiaImage => Path.Combine(Root, "out/image-nvidia/edgebox-development.img");

    /// <summary>Why no machine can be booted here, or null.</summary>
    public static string? Missing =>
        !File.Exists(Image) ? "there is no image: make image"
        : !File.Exists("/dev/net/tun") ? "there is no /dev/net/tun: modprobe tun"
        : new[] { "/usr/bin/qemu-system-x86_64", "/usr/bin/swtpm", "/usr/share/OVMF/OVMF_CODE.fd" }.FirstOrDefault(path => !File.Exists(path)) is { } path
            ? $"{path} is missing: apt-get install qemu-system-x86 ovmf swtpm"
            : null;

    /// <summary>Runs a program; its output, and a failure of the test if it does not end with 0.</summary>
    public static async Task<string> RunAsync(string program, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        using var limit = new CancellationTokenSource(TimeSpan.FromMinutes(3));
        var (output, error) = (process.StandardOutput.ReadToEndAsync(limit.Token), process.StandardError.ReadToEndAsync(limit.Token));
        try
        {
            await process.WaitForExitAsync(limit.Token);
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            throw;
        }

        Assert.True(process.ExitCode == 0, $"{program} ended with {process.ExitCode}: {await error}");
        return await output;
    }

    private static string FindRoot()
    {
        var directory = new DirectoryInfo(AppContext.BaseDirectory);
        while (directory is not null && !File.Exists(Path.Combine(directory.FullName, "EdgeBox.sln")))
        {
            directory = directory.Parent;
        }

        return directory?.FullName ?? throw new InvalidOperationException("The tests run outside the repository.");
    }
}
