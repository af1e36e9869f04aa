using System.Text.Json;

namespace EdgeBox.Worker.Constraints.Schemas;

/// <summary>One schema of a document. Its keywords are read when they are needed: what nothing refers to may hold anything.</summary>
internal sealed class SchemaNode(SchemaDocument document, int id, JsonElement element, string pointer)
{
    private SchemaKeywords? _keywords;

    public int Id => id;

    public string Pointer => pointer;

    public JsonElement Element => element;

    public SchemaDocument Document => document;

    /// <summary>What the schema says of every value, if it is just true or false.</summary>
    public bool? Always => element.ValueKind switch
    {
        JsonValueKind.True => true,
        JsonValueKind.False => false,
        _ => null,
    };

    /// <summary>What an object says.</summary>
    /// <exception cref="GrammarException">A keyword is not supported or malformed.</exception>
    public SchemaKeywords Keywords => _keywords ??= new KeywordReader(this).Read();

    public GrammarException Refuse(string keyword, string problem) => SchemaDocument.Refuse($"{pointer}/{SchemaDocument.Escape(keyword)}", problem);
}
