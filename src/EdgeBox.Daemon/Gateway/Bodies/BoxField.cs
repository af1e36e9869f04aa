using EdgeBox.Daemon.Inference;
using EdgeBox.Daemon.Models.Acceptance;
using EdgeBox.V1;
using Google.Protobuf;

namespace EdgeBox.Daemon.Gateway.Bodies;

/// <summary>Reads the member "edgebox" of a request: what the box can do and the other formats have no word for, in protobuf's JSON mapping of ChatRequest.</summary>
internal static class BoxField
{
    private const string Name = "edgebox";

    private static readonly JsonParser s_parser = new(JsonParser.Settings.Default);
    private static readonly string[] s_ofChat = ["checks", "attempts", "task", "schedule", "drafting", "constraint", "sampling", "effort"];
    private static readonly string[] s_ofText = ["schedule", "drafting", "constraint", "sampling"];

    /// <summary>Adds to a conversation what the member says.</summary>
    public static void Read(JsonField body, ChatRequest request, WireNames names)
    {
        if (Parse(body[Name], s_ofChat, names) is not { } said)
        {
            return;
        }

        request.Checks.AddRange(said.Checks);
        request.Attempts = said.Attempts;
        request.Task = said.Task;
        request.Schedule = said.Schedule ?? request.Schedule;
        request.Drafting = said.Drafting;
        request.Constraint = Alone(body[Name]["constraint"], said.Constraint, request.Constraint, names);
        request.Sampling = Defaults.Over(request.Sampling, said.Sampling);
        request.Effort = said.Effort == ReasoningEffort.Unspecified ? request.Effort : said.Effort;
    }

    /// <summary>Adds to a text what the member says.</summary>
    public static void Read(JsonField body, CompleteRequest request, WireNames names)
    {
        if (Parse(body[Name], s_ofText, names) is not { } said)
        {
            return;
        }

        request.Schedule = said.Schedule ?? request.Schedule;
        request.Drafting = said.Drafting;
        request.Constraint = said.Constraint;
        request.Sampling = Defaults.Over(request.Sampling, said.Sampling);
    }

    private static ChatRequest? Parse(JsonField field, string[] allowed, WireNames names)
    {
        if (!field.IsSet)
        {
            return null;
        }

        var known = ChatRequest.Descriptor.Fields.InDeclarationOrder().Where(member => allowed.Contains(member.Name)).ToList();
        foreach (var (name, _) in field.Members())
        {
            // A name that is not known would be a wish that silently does not hold; it may be anything, and is not repeated.
            var member = known.Find(one => one.Name == name || one.JsonName == name)
                ?? throw field.Refuse("has a member that is not known", string.Join(", ", allowed));
            names.Note(member.Name, $"{Name}.{member.Name}");
        }

        foreach (var option in SamplingOptions.Descriptor.Fields.InDeclarationOrder())
        {
            if (field["sampling"][option.Name].IsSet || field["sampling"][option.JsonName].IsSet)
            {
                names.Note($"sampling.{option.Name}", $"{Name}.sampling.{option.Name}");
            }
        }

        try
        {
            return s_parser.Parse<ChatRequest>(field.RawObject());
        }
        catch (Exception exception) when (exception is InvalidProtocolBufferException or InvalidJsonException or InvalidOperationException or FormatException)
        {
            var fault = MappingFault.Find(field.Element, ChatRequest.Descriptor, s_parser);
            throw Limit.Refuse(fault.Field.Length > 0 ? $"{Name}.{fault.Field}" : Name, fault.Problem, fault.Allowed);
        }
    }

    private static OutputConstraint? Alone(JsonField field, OutputConstraint? own, OutputConstraint? others, WireNames names) =>
        own is null || others is null ? own ?? others
        : throw field.Refuse("is set, and so is " + names.Of("constraint.json_schema"), "one of them");
}
