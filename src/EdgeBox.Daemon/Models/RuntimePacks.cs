using System.Security.Cryptography;
using EdgeBox.Daemon.Failures;
using EdgeBox.V1;

namespace EdgeBox.Daemon.Models;

/// <summary>The native libraries that workers load: a folder for each of cpu, vulkan and cuda, pinned file by file.</summary>
internal static class RuntimePacks
{
    private static readonly Dictionary<string, string> s_pinned = ReadPins();

    /// <summary>Refuses packs that are not, byte for byte, the ones that this release was built for.</summary>
    /// <param name="directory">Holds the packs.</param>
    /// <exception cref="FailureException">RUNTIME_PACK_INVALID: which file, and what is wrong with it.</exception>
    public static void Verify(string directory)
    {
        var packs = Directory.Exists(directory) ? Directory.GetDirectories(directory) : [];
        if (packs.Length == 0)
        {
            throw Invalid(directory, "holds no runtime pack; `make build` writes one");
        }

        foreach (var pack in packs)
        {
            var name = Path.GetFileName(pack);
            var files = Directory.GetFiles(pack, "*.so*").Select(file => $"{name}/{Path.GetFileName(file)}").ToHashSet(StringComparer.Ordinal);
            var pinned = s_pinned.Keys.Where(file => file.StartsWith(name + "/", StringComparison.Ordinal)).ToList();
            if (pinned.Count == 0)
            {
                throw Invalid(pack, "is of a kind that this release does not know");
            }

            if (files.Except(pinned).FirstOrDefault() is { } extra)
            {
                throw Invalid(Path.Combine(directory, extra), "does not belong to the pack");
            }

            foreach (var file in pinned)
            {
                VerifyFile(Path.Combine(directory, file), s_pinned[file]);
            }
        }
    }

    private static void VerifyFile(string path, string expected)
    {
        if (!File.Exists(path))
        {
            throw Invalid(path, "is missing");
        }

        using var stream = File.OpenRead(path);
        if (Convert.ToHexStringLower(SHA256.HashData(stream)) != expected)
        {
            throw Invalid(path, "is not the file that this release was built for");
        }
    }

    private static FailureException Invalid(string path, string problem) =>
        new(ErrorReason.RuntimePackInvalid, $"{path} {problem}.", ("path", path), ("problem", problem));

    private static Dictionary<string, string> ReadPins()
    {
        using var reader = new StreamReader(typeof(RuntimePacks).Assembly.GetManifestResourceStream("packs.sha256")!);
        return reader.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Select(line => line.Split("  "))
            .ToDictionary(parts => parts[1], parts => parts[0], StringComparer.Ordinal);
    }
}
