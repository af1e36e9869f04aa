using EdgeBox.Worker.Channel;
using EdgeBox.Worker.Chat;
using EdgeBox.Worker.V1;

namespace EdgeBox.Worker.Hosting;

/// <summary>Makes tokens of what is to become vectors or scores, and refuses what the model cannot read whole.</summary>
internal sealed class VectorInputs(LoadedModel model)
{
    private readonly Lazy<PairFormat?> _pairs = new(() => PairFormat.Of(model.Model, model.Tokenizer));

    // A model of one position has a context of two: the engine aborts at a position that the model lacks.
    private int Limit => Math.Min(model.Shape.ContextTokens, model.Model.TrainedContext);

    /// <summary>The texts of a request for vectors.</summary>
    /// <exception cref="RefusedException">The model makes no vectors, or a text has no tokens or too many.</exception>
    public List<int[]> Of(Embed embed)
    {
        if (!model.Embeds)
        {
            throw new RefusedException(RefusalKind.EmbeddingsNotSupported, "the model ranks texts and makes no vectors of them");
        }

        var inputs = new List<int[]>();
        foreach (var text in embed.Inputs)
        {
            Add(inputs, model.Tokenizer.Whole(text), "input");
        }

        return inputs;
    }

    /// <summary>The query with each document.</summary>
    /// <exception cref="RefusedException">The model does not rank, or a pair has too many tokens.</exception>
    public List<int[]> Of(Rerank rerank)
    {
        if (model.Embeds)
        {
            throw new RefusedException(RefusalKind.RerankNotSupported, "the model has no head that scores documents");
        }

        var pairs = _pairs.Value ?? throw new RefusedException(
            RefusalKind.RerankNotSupported, "the model's vocabulary has no token between a query and a document, and its file brings no template for them");
        var inputs = new List<int[]>();
        foreach (var pair in pairs.Render(rerank.Query, rerank.Documents))
        {
            Add(inputs, pair, "the query with document");
        }

        return inputs;
    }

    private void Add(List<int[]> inputs, int[] tokens, string what)
    {
        var number = inputs.Count + 1;
        if (tokens.Length > Limit)
        {
            throw new RefusedException(RefusalKind.PromptTooLong, $"{what} {number} has {tokens.Length} tokens; {Limit} fit", tokens.Length, Limit);
        }

        inputs.Add(tokens.Length > 0 ? tokens : throw new RefusedException(RefusalKind.EmptyPrompt, $"{what} {number} has no tokens"));
    }
}
