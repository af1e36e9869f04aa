using EdgeBox.Worker.Llama;

namespace EdgeBox.Worker.Chat;

/// <summary>Puts a query and a document together in the way that a ranking model was trained on.</summary>
/// <remarks>
/// A file may bring a template with the places {query} and {document}. Without one the model's own tokens stand around the two texts, as
/// format_prompt_rerank of llama.cpp's server has it; WordPiece models end with a separator, as BERT's sentence pairs do.
/// </remarks>
internal sealed class PairFormat
{
    private const string QueryPlace = "{query}";
    private const string DocumentPlace = "{document}";

    private readonly PromptTokenizer _tokenizer;
    private readonly Vocabulary _vocabulary;
    private readonly IReadOnlyList<string>? _template;

    private PairFormat(PromptTokenizer tokenizer, Vocabulary vocabulary, IReadOnlyList<string>? template) =>
        (_tokenizer, _vocabulary, _template) = (tokenizer, vocabulary, template);

    /// <summary>The format of a model; null if there is nothing that would tell its two texts apart.</summary>
    public static PairFormat? Of(LlamaModel model, PromptTokenizer tokenizer)
    {
        var vocabulary = model.Vocabulary;
        if (model.RankTemplate is { } template)
        {
            var parts = Split(template);
            return parts.Contains(QueryPlace) && parts.Contains(DocumentPlace) ? new PairFormat(tokenizer, vocabulary, parts) : null;
        }

        return vocabulary.Type == VocabularyType.WordPiece || vocabulary.AddsEnd || vocabulary.AddsSeparator
            ? new PairFormat(tokenizer, vocabulary, template: null)
            : null;
    }

    /// <summary>The tokens of a query with each of the documents. What is in the texts never makes a token of the structure.</summary>
    public IEnumerable<int[]> Render(string query, IEnumerable<string> documents)
    {
        if (_template is not null)
        {
            return documents.Select(document => (int[])[.. _tokenizer.Template([.. _template.Select(part => Part(part, query, document))])]);
        }

        var isWordPiece = _vocabulary.Type == VocabularyType.WordPiece;
        int[] end = !isWordPiece && _vocabulary.AddsEnd ? [_vocabulary.End] : [];
        int[] separator = isWordPiece || _vocabulary.AddsSeparator ? [_vocabulary.Separator] : [];
        int[] begin = isWordPiece || _vocabulary.AddsBos ? [_vocabulary.Bos] : [];
        int[] front = [.. begin, .. _tokenizer.Plain(query, addBos: false), .. end, .. separator];
        var back = isWordPiece ? separator : end;
        return documents.Select(document => (int[])[.. front, .. _tokenizer.Plain(document, addBos: false), .. back]);
    }

    private static PromptPart Part(string part, string query, string document) => part switch
    {
        QueryPlace => new PromptPart(query, IsContent: true),
        DocumentPlace => new PromptPart(document, IsContent: true),
        _ => new PromptPart(part, IsContent: false),
    };

    /// <summary>A template cut around its places, so that a place that somebody writes in a text stays text.</summary>
    private static List<string> Split(string template)
    {
        var parts = new List<string>();
        for (var rest = template; rest.Length > 0;)
        {
            var (query, document) = (rest.IndexOf(QueryPlace, StringComparison.Ordinal), rest.IndexOf(DocumentPlace, StringComparison.Ordinal));
            var (at, place) = query >= 0 && (document < 0 || query < document) ? (query, QueryPlace) : (document, DocumentPlace);
            if (at < 0)
            {
                parts.Add(rest);
                break;
            }

            if (at > 0)
            {
                parts.Add(rest[..at]);
            }

            parts.Add(place);
            rest = rest[(at + place.Length)..];
        }

        return parts;
    }
}
