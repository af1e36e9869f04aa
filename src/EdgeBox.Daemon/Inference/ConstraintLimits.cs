using EdgeBox.V1;
using static EdgeBox.Daemon.Inference.Limit;

namespace EdgeBox.Daemon.Inference;

/// <summary>Judges the form of what an answer may look like; whether it can be followed, the worker says.</summary>
internal static class ConstraintLimits
{
    public const int MaxGrammarCharacters = 65_536;
    public const int MaxRegexCharacters = 4096;
    public const int MaxChoices = 1024;
    public const int MaxChoiceCharacters = 1024;

    /// <summary>Refuses a constraint that is none.</summary>
    public static void Check(OutputConstraint? constraint)
    {
        switch (constraint?.KindCase)
        {
            case null:
                break;
            case OutputConstraint.KindOneofCase.Grammar:
                Length("constraint.grammar", constraint.Grammar, 1, MaxGrammarCharacters);
                break;
            case OutputConstraint.KindOneofCase.JsonSchema:
                Check(constraint.JsonSchema);
                break;
            case OutputConstraint.KindOneofCase.Regex:
                Length("constraint.regex", constraint.Regex, 1, MaxRegexCharacters);
                break;
            case OutputConstraint.KindOneofCase.Choices:
                Texts("constraint.choices.texts", constraint.Choices.Texts, (1, MaxChoices), MaxChoiceCharacters);
                break;
            default:
                throw Refuse("constraint", "holds nothing that this release understands", "a grammar, a JSON schema, a regular expression or choices");
        }
    }

    private static void Check(JsonSchema schema)
    {
        Length("constraint.json_schema.schema", schema.Schema, 1, ConversationLimits.MaxSchemaCharacters);
        if (!TryParse(schema.Schema, out var document))
        {
            throw Refuse("constraint.json_schema.schema", "is no JSON", $"a JSON Schema of at most {MaxJsonDepth} levels");
        }

        document.Dispose();
        if (schema.Name.Length > 0)
        {
            Name("constraint.json_schema.name", schema.Name);
        }

        Length("constraint.json_schema.description", schema.Description, 0, ConversationLimits.MaxDescriptionCharacters);
    }
}
