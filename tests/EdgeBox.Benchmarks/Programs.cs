namespace EdgeBox.Benchmarks;

/// <summary>The published programs: what <c>make build</c> writes to out/.</summary>
internal static class Programs
{
    /// <summary>The checkout that this program was built from.</summary>
    public static string Root { get; } = FindRoot();

    public static string Daemon => Published("edgeboxd/edgeboxd");

    public static string Worker => Published("edgebox-worker/edgebox-worker");

    public static string Cli => Published("edgeboxctl/edgeboxctl");

    public static string Packs => Path.Combine(Root, "out/pack");

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

        return directory?.FullName ?? throw new InvalidOperationException("The benchmarks run inside the repository.");
    }
}
