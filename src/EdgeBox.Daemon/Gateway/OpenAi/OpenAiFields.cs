using EdgeBox.Daemon.Gateway.Bodies;
using EdgeBox.V1;

namespace EdgeBox.Daemon.Gateway.OpenAi;

/// <summary>Fields that several of OpenAI's endpoints have in common.</summary>
internal static class OpenAiFields
{
    /// <summary>When it is a request's turn: nobody waits for what asks for the tier "flex".</summary>
    public static ScheduleOptions? Schedule(JsonField body) => body["service_tier"].WordOr<ScheduleOptions?>(
        null, ("auto", null), ("default", null), ("priority", null), ("flex", new ScheduleOptions { Priority = Priority.Batch }));

    /// <summary>Refuses to keep an answer.</summary>
    public static void RefuseStoring(JsonField body)
    {
        if (body["store"].FlagOr(false))
        {
            throw body["store"].Refuse("is true, and the box keeps no conversation", "false");
        }
    }

    /// <summary>Refuses a length of answers that cannot be set.</summary>
    public static void ReadVerbosity(JsonField field) => field.WordOr(0, ("medium", 0));

    /// <summary>A text that is given whole or in parts, each of one of some types.</summary>
    /// <param name="field">The text, or the parts.</param>
    /// <param name="types">The types of parts that are text, each with the member that has it.</param>
    public static string Text(JsonField field, params ReadOnlySpan<(string Type, string Member)> types)
    {
        if (!field.IsList)
        {
            return field.IsText ? field.Text() : throw field.Wrong("a text or a list of parts that are text");
        }

        var texts = new List<string>();
        foreach (var part in field.Items(Inference.ConversationLimits.MaxParts))
        {
            texts.Add(part[part.Object()["type"].WordOr<string>("text", types)].Text());
        }

        return texts.Count == 1 ? texts[0] : string.Concat(texts);
    }
}
