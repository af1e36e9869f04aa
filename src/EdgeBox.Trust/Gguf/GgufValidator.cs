namespace EdgeBox.Trust.Gguf;

/// <summary>Judges model files before the engine sees them: what passes neither aborts the engine nor makes it read beyond the file.</summary>
/// <remarks>
/// Only metadata is read, never tensor data, so the time does not depend on the size of the model. The rules are those of llama.cpp v0.5.0.
/// </remarks>
public static class GgufValidator
{
    private const string ArchitectureKey = "general.architecture";
    private const string TypeKey = "general.type";

    /// <summary>Judges a model in one file.</summary>
    /// <param name="file">A seekable stream; it is read from its beginning.</param>
    /// <param name="limits">How much metadata is acceptable.</param>
    /// <exception cref="IOException">The stream could not be read; what it holds never makes this method throw.</exception>
    public static GgufVerdict Validate(Stream file, GgufLimits limits) => ValidateParts([file], limits);

    /// <summary>Judges a model in several files, given in their order.</summary>
    /// <param name="files">Seekable streams, at least one; each is read from its beginning.</param>
    /// <param name="limits">How much metadata is acceptable in each.</param>
    /// <exception cref="IOException">A stream could not be read; what it holds never makes this method throw.</exception>
    public static GgufVerdict ValidateParts(IReadOnlyList<Stream> files, GgufLimits limits)
    {
        ArgumentNullException.ThrowIfNull(files);
        ArgumentNullException.ThrowIfNull(limits);
        ArgumentOutOfRangeException.ThrowIfZero(files.Count);
        if (files.Count > limits.Parts)
        {
            return GgufRejected.File(GgufProblem.PartMismatch, $"The model has {files.Count} parts; the limit is {limits.Parts}.");
        }

        var parts = new List<GgufContainer>();
        foreach (var file in files)
        {
            if (GgufContainer.Read(file, limits, out var part) is { } fault)
            {
                return files.Count == 1 ? fault : fault with { Message = $"Part {parts.Count + 1} of {files.Count}: {fault.Message}" };
            }

            parts.Add(part);
        }

        return GgufParts.Check(parts) ?? Judge(parts);
    }

    private static GgufVerdict Judge(List<GgufContainer> parts)
    {
        var first = parts[0];
        if (FindArchitecture(first, out var architecture) is { } unknown)
        {
            return unknown;
        }

        var keys = new GgufKeys(first, architecture!.Name);
        CheckGeneral(keys);
        var vocabulary = GgufVocabulary.Check(keys, first.Tokens);
        var shape = keys.Fault is null ? GgufShapeReader.Read(keys, architecture, vocabulary) : null;
        if (shape is null)
        {
            return keys.Fault!;
        }

        var rules = new GgufTensorRules(parts.SelectMany(p => p.Tensors).ToDictionary(t => t.Name));
        architecture.Tensors(rules, shape);
        rules.Finish();
        CheckPooling(keys, rules);
        return rules.Fault ?? keys.Fault ?? (GgufVerdict)new GgufAccepted(GgufSummaries.Of(keys, shape, parts));
    }

    private static GgufRejected? FindArchitecture(GgufContainer file, out GgufArchitecture? architecture)
    {
        var keys = new GgufKeys(file, "general");
        var name = keys.Text(ArchitectureKey, required: true) ?? "";
        architecture = GgufArchitecture.Find(name);
        return keys.Fault ?? (architecture is null
            ? GgufRejected.OfKey(
                GgufProblem.UnsupportedArchitecture,
                ArchitectureKey,
                $"The architecture {(name.Length is > 0 and <= 64 ? name : "has no usable name and")} is not served; these are: {GgufArchitecture.Names}.")
            : null);
    }

    private static void CheckGeneral(GgufKeys keys)
    {
        keys.Text(GgufSummaries.NameKey);
        keys.Number(GgufSummaries.FileTypeKey, 0, int.MaxValue);
        keys.Text(GgufKeys.ChatTemplate);
        keys.Text(GgufKeys.RankTemplate);
        if (keys.Text(TypeKey) is { } type && type != "model")
        {
            keys.Refuse(GgufProblem.NotAModel, TypeKey, $"{TypeKey} is {type}: the file is not a model.");
        }
    }

    private static void CheckPooling(GgufKeys keys, GgufTensorRules rules)
    {
        const int rank = 4;
        var key = keys.Full("pooling_type");
        if (keys.Number(key, 0, rank) != rank)
        {
            return;
        }

        if (!rules.Has("cls.output.weight"))
        {
            keys.Refuse(GgufProblem.UnsupportedFeature, key, $"{key} is {rank}, but the classification head cls.output.weight is missing.");
        }

        // What it scores without one of them would not depend on it.
        var template = keys.Text(GgufKeys.RankTemplate);
        if (keys.Has(GgufKeys.RankTemplate)
            && (template is null || !template.Contains("{query}", StringComparison.Ordinal) || !template.Contains("{document}", StringComparison.Ordinal)))
        {
            keys.Refuse(
                GgufProblem.UnsupportedFeature, GgufKeys.RankTemplate, $"{GgufKeys.RankTemplate} must have a place for {{query}} and one for {{document}}.");
        }
    }
}
