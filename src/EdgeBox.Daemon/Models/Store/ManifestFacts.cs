using EdgeBox.Daemon.Failures;
using EdgeBox.Trust.Gguf;
using EdgeBox.V1;

namespace EdgeBox.Daemon.Models.Store;

/// <summary>Fills in what a manifest does not say from what the model file does, and refuses what the two do not agree on.</summary>
internal static class ManifestFacts
{
    private const uint RankPooling = 4;
    private const uint NoPooling = 0;
    private const int MostTitle = 128;

    /// <summary>The whole manifest, but for its files.</summary>
    /// <param name="given">What it says.</param>
    /// <param name="name">The name that it gets.</param>
    /// <param name="summary">What the file says.</param>
    /// <param name="path">Where the manifest stands.</param>
    /// <exception cref="FailureException">MANIFEST_INVALID.</exception>
    public static ModelManifest Complete(ModelManifest given, ModelName name, GgufSummary summary, string path)
    {
        Agree(given, summary, path);
        var manifest = given.Clone();
        manifest.Schema = ManifestLimits.Schema;
        manifest.Name = name.Family;
        manifest.Version = name.Version;
        manifest.Kind = given.Kind == ModelKind.Unspecified ? KindOf(summary) : given.Kind;
        manifest.Architecture = summary.Architecture;
        manifest.Family = given.Family.Length > 0 ? given.Family : FamilyOf(summary);
        manifest.Quantisation = given.Quantisation.Length > 0 ? given.Quantisation : summary.Quantisation;
        manifest.ContextTokens = given.ContextTokens > 0 ? given.ContextTokens : (uint)summary.ContextLength;
        manifest.Title = given.Title.Length > 0 ? given.Title : Line(summary.Name ?? "");
        return manifest;
    }

    private static void Agree(ModelManifest given, GgufSummary summary, string path)
    {
        if (given.Architecture.Length > 0 && given.Architecture != summary.Architecture)
        {
            throw ManifestLimits.Invalid(path, $"says that the architecture is {given.Architecture}; the file is of {summary.Architecture}", "architecture");
        }

        if (given.ContextTokens > summary.ContextLength)
        {
            throw ManifestLimits.Invalid(
                path, $"says that the context is {given.ContextTokens} tokens; the model was trained for {summary.ContextLength}", "context_tokens");
        }

        var ranks = summary.Pooling == RankPooling;
        if ((given.Kind == ModelKind.Rerank && !ranks) || (given.Kind == ModelKind.Chat && (summary.IsEncoder || ranks)))
        {
            throw ManifestLimits.Invalid(path, $"says that the model is for {Word(given.Kind)}; the file is one for {Word(KindOf(summary))}", "kind");
        }
    }

    private static string Word(ModelKind kind) => kind switch
    {
        ModelKind.Rerank => "scoring documents",
        ModelKind.Embedding => "making vectors",
        _ => "answering in words",
    };

    private static ModelKind KindOf(GgufSummary summary) => summary switch
    {
        { Pooling: RankPooling } => ModelKind.Rerank,
        { IsEncoder: true } or { Pooling: not null and not NoPooling } => ModelKind.Embedding,
        _ => ModelKind.Chat,
    };

    // The conversation format is the worker's to tell, when the model is loaded; of this architecture there is one only.
    private static string FamilyOf(GgufSummary summary) => summary.Architecture == "gpt-oss" ? "harmony" : "";

    private static string Line(string text)
    {
        var line = string.Concat(text.Where(c => !char.IsControl(c)));
        return line.Length <= MostTitle ? line : line[..(char.IsHighSurrogate(line[MostTitle - 1]) ? MostTitle - 1 : MostTitle)];
    }
}
