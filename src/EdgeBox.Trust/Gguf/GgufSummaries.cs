namespace EdgeBox.Trust.Gguf;

/// <summary>Writes the summary of a model whose parts fit each other.</summary>
internal static class GgufSummaries
{
    public const string NameKey = "general.name";
    public const string FileTypeKey = "general.file_type";

    public static GgufSummary Of(GgufKeys keys, GgufShape shape, IReadOnlyList<GgufContainer> parts)
    {
        var tensors = parts.SelectMany(p => p.Tensors).ToList();
        return new GgufSummary
        {
            Architecture = shape.Architecture.Name,
            Name = keys.Text(NameKey),
            Parameters = tensors.Sum(t => t.Elements),
            ContextLength = shape.Context,
            BlockCount = shape.Layers,
            EmbeddingLength = shape.Embedding,
            VocabularySize = shape.Vocabulary,
            HeadCount = shape.Heads,
            KeyValueHeadCount = shape.KvHeads,
            KeyLength = shape.HeadSize,
            ValueLength = shape.HeadSize,
            SlidingWindow = shape.Window,
            WindowedBlockCount = shape.WindowedLayers,
            ExpertCount = shape.Experts,
            ExpertUsedCount = shape.ExpertsUsed,
            FileType = (uint?)keys.Number(FileTypeKey, 0, int.MaxValue),
            Quantisation = tensors.GroupBy(t => t.Type.Name).MaxBy(type => type.Sum(t => t.Bytes))?.Key ?? "",
            IsEncoder = shape.Architecture.IsEncoder,
            Pooling = (uint?)keys.Number(keys.Full("pooling_type"), 0, int.MaxValue),
            ChatTemplate = keys.Text(GgufKeys.ChatTemplate),
            TokenizerModel = keys.Text(GgufVocabulary.ModelKey) ?? "",
            TokenizerPre = keys.Text(GgufVocabulary.PreKey),
            TensorBytes = tensors.Sum(t => t.Bytes),
            DataOffset = parts[0].DataOffset,
            FileBytes = parts.Sum(p => p.FileBytes),
            Parts = parts.Count,
        };
    }
}
