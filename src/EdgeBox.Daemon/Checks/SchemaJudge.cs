using System.Text.RegularExpressions;
using EdgeBox.Daemon.Inference;

namespace EdgeBox.Daemon.Checks;

/// <summary>Whether an answer is JSON that a schema describes.</summary>
internal sealed class SchemaJudge(Schema schema) : IJudge
{
    public string Name => "matches the JSON Schema";

    /// <summary>Understands a schema.</summary>
    public static SchemaJudge Of(string schema, string field) => new(SchemaReader.Read(schema, field));

    public string? Judge(string answer, string input)
    {
        if (!Limit.TryParse(answer, out var document))
        {
            return "The answer must be one JSON document and nothing else: no words around it, no code fence.";
        }

        using (document)
        {
            try
            {
                var problem = new SchemaWalk().Problem(schema, document.RootElement, "the answer");
                return problem is null ? null : $"The JSON does not match its schema: {problem}.";
            }
            catch (SchemaWalk.TooMuchException)
            {
                return "Too much work would be needed to judge the JSON by its schema.";
            }
            catch (RegexMatchTimeoutException)
            {
                return "A pattern of the schema took too long to match this JSON.";
            }
            catch (InvalidOperationException)
            {
                return "The JSON holds a text with half of a surrogate pair."; // "\ud800" is JSON and no text.
            }
        }
    }
}
