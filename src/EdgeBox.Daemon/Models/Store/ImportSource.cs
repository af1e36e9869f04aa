using System.Globalization;
using EdgeBox.Daemon.Failures;
using EdgeBox.Daemon.Inference;
using EdgeBox.V1;

namespace EdgeBox.Daemon.Models.Store;

/// <summary>What an import was pointed at: the files of one model, and what a manifest beside them says.</summary>
/// <param name="Path">As it was asked for.</param>
/// <param name="Given">The manifest; an empty one if there is none.</param>
/// <param name="Folder">Where the files are.</param>
/// <param name="Parts">The GGUF files in order. Size and hash are what the manifest says of them.</param>
internal sealed record ImportSource(string Path, ModelManifest Given, string Folder, IReadOnlyList<ModelPart> Parts)
{
    private const string Suffix = ".gguf";
    private const int MostNames = 100_000;

    /// <summary>Where its manifest stands, or would.</summary>
    public string ManifestPath => System.IO.Path.Combine(Folder, ManifestFile.Name);

    /// <summary>All that is copied.</summary>
    public IEnumerable<ModelPart> Files => Given.Suite is { } suite ? Parts.Append(suite) : Parts;

    /// <summary>A file of it.</summary>
    public string PathOf(ModelPart part) => System.IO.Path.Combine(Folder, part.File);

    /// <summary>Looks at a path from outside.</summary>
    /// <exception cref="FailureException">INVALID_ARGUMENT, MODEL_FILE_UNREADABLE, MODEL_FILE_INVALID or MANIFEST_INVALID.</exception>
    public static ImportSource Look(string path)
    {
        Limit.AbsolutePath("path", path);
        var full = System.IO.Path.TrimEndingDirectorySeparator(System.IO.Path.GetFullPath(path));
        return Directory.Exists(full) ? LookInto(full) : OfFile(full);
    }

    private static ImportSource OfFile(string path)
    {
        List<string> files = [.. ModelFile.PartsOf(path)];
        return new ImportSource(path, new ModelManifest(), System.IO.Path.GetDirectoryName(path) ?? "/", PartsOf(files));
    }

    private static ImportSource LookInto(string folder)
    {
        var manifest = new ModelManifest();
        var path = System.IO.Path.Combine(folder, ManifestFile.Name);
        if (File.Exists(path) || new FileInfo(path).LinkTarget is not null)
        {
            manifest = ManifestFile.Read(path);
            ManifestLimits.Check(manifest, path);
        }

        if (manifest.Parts.Count > 0)
        {
            return new ImportSource(folder, manifest, folder, manifest.Parts);
        }

        var firsts = GgufFiles(folder).Where(IsFirst).ToList();
        return firsts.Count == 1
            ? new ImportSource(folder, manifest, folder, PartsOf(ModelFile.PartsOf(firsts[0])))
            : throw new FailureException(ErrorReason.ModelFileInvalid,
                string.Create(CultureInfo.InvariantCulture, $"{folder} holds {firsts.Count} GGUF models; import a folder with one, or name the file."),
                ("path", folder), ("problem", "not one model"));
    }

    private static List<string> GgufFiles(string folder)
    {
        try
        {
            var options = new EnumerationOptions { IgnoreInaccessible = false, AttributesToSkip = 0 };
            return [.. Directory.EnumerateFiles(folder, "*", options).Take(MostNames)
                .Where(file => file.EndsWith(Suffix, StringComparison.OrdinalIgnoreCase) && System.IO.Path.GetFileName(file)[0] != '.')
                .Order(StringComparer.Ordinal)];
        }
        catch (Exception refused) when (refused is IOException or UnauthorizedAccessException)
        {
            throw new FailureException(ErrorReason.ModelFileUnreadable, $"{folder} cannot be read: {refused.Message}", ("path", folder), ("problem", refused.Message));
        }
    }

    private static bool IsFirst(string file)
    {
        try
        {
            _ = ModelFile.PartsOf(file);
            return true;
        }
        catch (FailureException)
        {
            return false; // A later part; its first one stands for it.
        }
    }

    private static List<ModelPart> PartsOf(IEnumerable<string> files)
    {
        var manifest = new ModelManifest { Schema = ManifestLimits.Schema };
        manifest.Parts.AddRange(files.Select(file => new ModelPart { File = System.IO.Path.GetFileName(file) }));
        ManifestLimits.Check(manifest, files.First());
        return [.. manifest.Parts];
    }
}
