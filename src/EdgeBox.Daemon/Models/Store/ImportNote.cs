using System.Globalization;
using System.Text;
using EdgeBox.Platform.Files;

namespace EdgeBox.Daemon.Models.Store;

/// <summary>How far one file of an import is.</summary>
/// <param name="File">Its name.</param>
/// <param name="Bytes">Its size when it was copied.</param>
/// <param name="Modified">Its time of modification then, in nanoseconds since 1970.</param>
/// <param name="Done">How much of it is on the disk.</param>
/// <param name="Sha256">Hash of that much.</param>
internal sealed record ImportedPart(string File, long Bytes, long Modified, long Done, string Sha256)
{
    /// <summary>Whether it is among the blobs.</summary>
    public bool IsWhole => Done == Bytes;
}

/// <summary>
/// What an import that was cut off has done: <c>incoming/NAME@VERSION.note</c>, and beside it <c>NAME@VERSION.part</c>, the file that it was copying. What
/// is noted is on the disk; the rest is copied again.
/// </summary>
internal sealed class ImportNote
{
    private const string NoteSuffix = ".note";
    private const string PartSuffix = ".part";
    private const string Head = "edgebox-import 1";
    private const int MostBytes = 1 << 20;

    private readonly StoreFolder _folder;
    private readonly string _path;

    private ImportNote(StoreFolder folder, string id)
    {
        Model = id;
        (_folder, _path) = (folder, Path.Combine(folder.Incoming, id + NoteSuffix));
        PartPath = Path.Combine(folder.Incoming, id + PartSuffix);
    }

    /// <summary>The model, with its version.</summary>
    public string Model { get; }

    /// <summary>Hashes of the files that are among the blobs.</summary>
    public IEnumerable<string> Whole => Parts.Where(part => part.IsWhole).Select(part => part.Sha256);

    /// <summary>The file that is being copied.</summary>
    public string PartPath { get; }

    /// <summary>The files that it has begun with, in order.</summary>
    public IReadOnlyList<ImportedPart> Parts { get; private set; } = [];

    /// <summary>The note of an import; an empty one if none was cut off.</summary>
    public static ImportNote Of(StoreFolder folder, ModelName name)
    {
        var note = new ImportNote(folder, name.Id);
        note.Parts = Read(note._path) ?? [];
        return note;
    }

    /// <summary>Every import that was cut off or is under way, and has done something.</summary>
    public static IReadOnlyList<ImportNote> All(StoreFolder folder) => StoreFaults.Guard(folder.Incoming, () =>
        Directory.GetFiles(folder.Incoming, "*" + NoteSuffix)
            .Select(path => new ImportNote(folder, Path.GetFileName(path)[..^NoteSuffix.Length]) { Parts = Read(path) ?? [] })
            .Where(note => note.Parts.Count > 0).ToList());

    /// <summary>Removes what belongs to none of these.</summary>
    public static void Sweep(StoreFolder folder, IReadOnlyList<ImportNote> notes) => StoreFaults.Guard(folder.Incoming, () =>
    {
        var known = notes.SelectMany(note => new[] { note._path, note.PartPath }).ToHashSet(StringComparer.Ordinal);
        foreach (var file in Directory.GetFiles(folder.Incoming).Where(file => !known.Contains(file)))
        {
            folder.Files.Remove(file);
        }
    });

    /// <summary>How far a file is, if it is still the one that was being copied.</summary>
    public ImportedPart? Find(string file, FileIdentity identity) =>
        Parts.FirstOrDefault(part => part.File == file && part.Bytes == identity.Size && part.Modified == identity.ModifiedNanoseconds);

    /// <summary>Notes how far a file is; it is on the disk.</summary>
    public void Put(ImportedPart part)
    {
        Parts = [.. Parts.Where(other => other.File != part.File && other.IsWhole), part];
        var text = new StringBuilder(Head).Append('\n');
        foreach (var known in Parts)
        {
            text.Append(CultureInfo.InvariantCulture, $"{known.Sha256}\t{known.Done}\t{known.Bytes}\t{known.Modified}\t{known.File}\n");
        }

        _folder.Files.Replace(_path, Encoding.UTF8.GetBytes(text.ToString()), _path + ".tmp");
    }

    /// <summary>Removes it, and the copy that was under way.</summary>
    public void Remove()
    {
        _folder.Files.Remove(_path);
        _folder.Files.Remove(PartPath);
    }

    private static List<ImportedPart>? Read(string path)
    {
        var file = new FileInfo(path);
        if (!file.Exists || file.Length > MostBytes)
        {
            return null;
        }

        var lines = File.ReadAllLines(path);
        if (lines is not [Head, .. var rows])
        {
            return null;
        }

        var parts = new List<ImportedPart>();
        foreach (var row in rows)
        {
            if (row.Split('\t') is not [{ Length: 64 } sha256, var done, var bytes, var modified, { Length: > 0 } name]
                || !long.TryParse(done, NumberStyles.None, CultureInfo.InvariantCulture, out var noted)
                || !long.TryParse(bytes, NumberStyles.None, CultureInfo.InvariantCulture, out var size)
                || !long.TryParse(modified, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var time)
                || noted > size)
            {
                return null;
            }

            parts.Add(new ImportedPart(name, size, time, noted, sha256));
        }

        return parts;
    }
}
