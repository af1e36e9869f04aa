using System.Text.RegularExpressions;
using EdgeBox.Daemon.Failures;
using EdgeBox.V1;

namespace EdgeBox.Daemon.Models;

/// <summary>The name of a model: NAME, or NAME@VERSION for one in the store; of a-z, 0-9, '.', '_' and '-', the first no punctuation.</summary>
internal readonly partial record struct ModelName
{
    private const string Prefix = "models/";
    private const int MaxLength = 63;

    private ModelName(string id) => Id = id;

    /// <summary>The name without "models/".</summary>
    public string Id { get; }

    /// <summary>The name without its version.</summary>
    public string Family => Id.IndexOf('@', StringComparison.Ordinal) is >= 0 and var at ? Id[..at] : Id;

    /// <summary>The version; empty if the name has none.</summary>
    public string Version => Id.IndexOf('@', StringComparison.Ordinal) is >= 0 and var at ? Id[(at + 1)..] : "";

    /// <summary>"models/NAME".</summary>
    public override string ToString() => Prefix + Id;

    /// <summary>Judges a name from outside.</summary>
    /// <exception cref="FailureException">INVALID_ARGUMENT: it is no name.</exception>
    public static ModelName Parse(string text, string field)
    {
        var id = text.StartsWith(Prefix, StringComparison.Ordinal) ? text[Prefix.Length..] : text;
        return Allowed().IsMatch(id)
            ? new ModelName(id)
            : throw new FailureException(ErrorReason.InvalidArgument,
                $"{field} is no name of a model; allowed: 1 to {MaxLength} characters of a-z, 0-9, '.', '_' and '-', the first a letter or digit; then perhaps '@' and a version of at most 31.",
                ("field", field), ("limit", $"1 to {MaxLength} of a-z 0-9 . _ -, then @VERSION"));
    }

    /// <summary>Whether a text could be a name, with "models/" before it or without.</summary>
    public static bool IsName(ReadOnlySpan<char> text) => Allowed().IsMatch(text.StartsWith(Prefix) ? text[Prefix.Length..] : text);

    /// <summary>Makes a name from that of a file: "/x/GPT-OSS 20B-00001-of-00002.gguf" becomes "gpt-oss-20b".</summary>
    public static ModelName FromFile(string path)
    {
        var stem = Path.GetFileNameWithoutExtension(path);
        stem = SplitSuffix().Replace(stem, "").ToLowerInvariant();
        stem = NotAllowed().Replace(stem, "-").Trim('-', '.', '_');
        stem = stem.Length > MaxLength ? stem[..MaxLength] : stem;
        return new ModelName(stem.Length == 0 ? "model" : stem);
    }

    [GeneratedRegex(@"^[a-z0-9][a-z0-9._-]{0,62}(@[a-z0-9][a-z0-9._-]{0,30})?\z")]
    private static partial Regex Allowed();

    [GeneratedRegex(@"[^a-z0-9._-]+")]
    private static partial Regex NotAllowed();

    [GeneratedRegex(@"-\d{5}-of-\d{5}\z")]
    private static partial Regex SplitSuffix();
}
