using System.Runtime.InteropServices;

namespace EdgeBox.Component.Tests;

/// <summary>Where the published programs are that these tests run: what <c>make build</c> writes to out/.</summary>
internal static partial class Product
{
    public static string Root { get; } = FindRoot();

    public static string Daemon => Published("edgeboxd/edgeboxd");

    public static string Worker => Published("edgebox-worker/edgebox-worker");

    public static string Cli => Published("edgeboxctl/edgeboxctl");

    public static string Packs => Path.Combine(Root, "out/pack");

    /// <summary>Sends a signal to a process.</summary>
    public static void Signal(int pid, int signal) => _ = Kill(pid, signal);

    private static string Published(string path)
    {
        var full = Path.Combine(Root, "out", path);
        return File.Exists(full) ? full : throw new InvalidOperationException($"{full} is missing: run `make build` first.");
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

    [LibraryImport("libc", EntryPoint = "kill")]
    private static partial int Kill(int pid, int signal);
}
