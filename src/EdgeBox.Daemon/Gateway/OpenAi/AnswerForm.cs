using EdgeBox.Daemon.Gateway.Bodies;

namespace EdgeBox.Daemon.Gateway.OpenAi;

/// <summary>Reads what an answer may look like.</summary>
internal static class AnswerForm
{
    /// <summary>The schema of "any JSON object".</summary>
    public const string AnyObject = """{"type":"object"}""";

    /// <summary>Constrains a conversation.</summary>
    /// <param name="format">The format that is asked for.</param>
    /// <param name="conversation">What is constrained.</param>
    /// <param name="inner">The member that the schema and what belongs to it lie in; null: none.</param>
    public static void Read(JsonField format, Conversation conversation, string? inner)
    {
        if (!format.IsSet)
        {
            return;
        }

        switch (format.Object()["type"].WordOr('t', ("text", 't'), ("json_object", 'o'), ("json_schema", 's')))
        {
            case 'o':
                conversation.Constrain(AnyObject, format, format["name"], format["description"]);
                break;
            case 's':
                var described = inner is null ? format : format[inner].Object();
                var schema = described["schema"];
                conversation.Constrain(schema.RawObject(), schema, described["name"], described["description"]);
                break;
            default:
                break;
        }
    }
}
