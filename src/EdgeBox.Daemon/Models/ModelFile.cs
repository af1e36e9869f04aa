using System.Globalization;
using System.Text.RegularExpressions;
using EdgeBox.Daemon.Failures;
using EdgeBox.Platform.Files;
using EdgeBox.Trust.Gguf;
using EdgeBox.V1;
using Microsoft.Win32.SafeHandles;

namespace EdgeBox.Daemon.Models;

/// <summary>A model file that was judged: its open parts, what they were when they were judged, and what is in them.</summary>
/// <remarks>The parts stay open: what was judged is what a worker is given, whatever happens to the name.</remarks>
internal sealed partial class ModelFile : IDisposable
{
    private const int MaxParts = 256;

    private List<OpenedFile> _parts;

    private ModelFile(string path, List<OpenedFile> parts, GgufSummary summary)
    {
        Path = path;
        _parts = parts;
        Summary = summary;
    }

    /// <summary>The first part, as it was named.</summary>
    public string Path { get; }

    /// <summary>What is in it.</summary>
    public GgufSummary Summary { get; }

    /// <summary>Size of all parts.</summary>
    public long Bytes => _parts.Sum(part => part.Identity.Size);

    /// <summary>The open parts in order.</summary>
    public IReadOnlyList<SafeFileHandle> Handles => [.. _parts.Select(part => part.Handle)];

    /// <summary>What the parts were when they were judged, in order.</summary>
    public IReadOnlyList<FileIdentity> Identities => [.. _parts.Select(part => part.Identity)];

    /// <summary>Opens and judges a model file.</summary>
    /// <param name="path">Absolute; of a split model, its first part "…-00001-of-000NN.gguf".</param>
    /// <exception cref="FailureException">MODEL_FILE_UNREADABLE or MODEL_FILE_INVALID.</exception>
    public static ModelFile Open(string path) => Open(path, PartsOf(path));

    /// <summary>Opens and judges a model of these parts.</summary>
    /// <param name="path">What it is called where something is wrong with it.</param>
    /// <param name="partPaths">Its parts in order.</param>
    /// <param name="followLinks">Whether a part may be a symbolic link.</param>
    /// <exception cref="FailureException">MODEL_FILE_UNREADABLE or MODEL_FILE_INVALID.</exception>
    public static ModelFile Open(string path, IEnumerable<string> partPaths, bool followLinks = true)
    {
        var parts = new List<OpenedFile>();
        try
        {
            foreach (var part in partPaths)
            {
                parts.Add(OpenPart(part, followLinks));
            }

            var file = new ModelFile(path, parts, Judge(path, parts));
            // What was read while it was being changed was not judged.
            return file.FindChange() is { } change ? throw change : file;
        }
        catch
        {
            parts.ForEach(part => part.Handle.Dispose());
            throw;
        }
    }

    /// <summary>Says that a part is not what it was when it was judged, or null if all are.</summary>
    /// <remarks>A file that was only renamed over or given other permissions holds what it held; it is judged again all the same.</remarks>
    public FailureException? FindChange()
    {
        var now = _parts.ConvertAll(part => part with { Identity = RegularFile.Identity(part.Handle) });
        if (now.SequenceEqual(_parts))
        {
            return null;
        }

        for (var i = 0; i < now.Count; i++)
        {
            var (before, after) = (_parts[i].Identity, now[i].Identity);
            if (before.Size != after.Size || before.ModifiedNanoseconds != after.ModifiedNanoseconds)
            {
                return new FailureException(ErrorReason.ModelFileChanged,
                    $"{Path} changed after it was judged. Load it again when nothing writes to it any more.", ("path", Path));
            }
        }

        try
        {
            Judge(Path, now);
            _parts = now;
            return null;
        }
        catch (FailureException refused)
        {
            return refused;
        }
    }

    public void Dispose()
    {
        foreach (var part in _parts)
        {
            part.Handle.Dispose();
        }
    }

    /// <summary>The parts of a model that is named by its only or first one.</summary>
    /// <exception cref="FailureException">MODEL_FILE_INVALID: it is a later part.</exception>
    public static IEnumerable<string> PartsOf(string path)
    {
        var split = SplitName().Match(path);
        if (!split.Success)
        {
            return [path];
        }

        var count = int.Parse(split.Groups["count"].Value, CultureInfo.InvariantCulture);
        if (split.Groups["number"].Value != "00001" || count is < 1 or > MaxParts)
        {
            throw new FailureException(ErrorReason.ModelFileInvalid,
                $"{path} is no first part of a split model of at most {MaxParts} parts; name the part …-00001-of-….gguf.",
                ("path", path), ("problem", "not the first part"));
        }

        return Enumerable.Range(1, count).Select(number =>
            string.Create(CultureInfo.InvariantCulture, $"{split.Groups["stem"].Value}-{number:00000}-of-{count:00000}.gguf"));
    }

    private static OpenedFile OpenPart(string path, bool followLinks)
    {
        try
        {
            return RegularFile.OpenForReading(path, followLinks);
        }
        catch (RegularFileException refused)
        {
            throw new FailureException(ErrorReason.ModelFileUnreadable, refused.Message, ("path", path), ("problem", refused.Message));
        }
    }

    private static GgufSummary Judge(string path, List<OpenedFile> parts)
    {
        var streams = parts.Select(part => (Stream)new FileStream(new SafeFileHandle(part.Handle.DangerousGetHandle(), ownsHandle: false), FileAccess.Read)).ToList();
        try
        {
            var verdict = GgufValidator.ValidateParts(streams, GgufLimits.Default);
            return verdict switch
            {
                GgufAccepted accepted => accepted.Summary,
                GgufRejected rejected => throw Refuse(path, rejected),
                _ => throw new InvalidOperationException("A verdict is either accepted or rejected."),
            };
        }
        finally
        {
            streams.ForEach(stream => stream.Dispose());
        }
    }

    private static FailureException Refuse(string path, GgufRejected rejected)
    {
        List<(string, string)> facts = [("path", path), ("problem", rejected.Problem.ToString())];
        if (rejected.Key is { } key)
        {
            facts.Add(("key", key));
        }

        if (rejected.Tensor is { } tensor)
        {
            facts.Add(("tensor", tensor));
        }

        return new FailureException(ErrorReason.ModelFileInvalid, $"{path} is no usable model: {rejected.Message}", facts);
    }

    [GeneratedRegex(@"^(?<stem>.+)-(?<number>\d{5})-of-(?<count>\d{5})\.gguf\z", RegexOptions.Singleline)]
    private static partial Regex SplitName();
}
