using System.Globalization;
using System.Text.Json;
using Google.Protobuf;
using Google.Protobuf.Reflection;

namespace EdgeBox.Daemon.Models.Acceptance;

/// <summary>Where JSON is not the message that it should be, and why. Holds no value of it.</summary>
/// <param name="Field">E.g. "chat.messages[0].role"; empty: the whole.</param>
/// <param name="Problem">What is wrong.</param>
/// <param name="Allowed">What may stand there.</param>
internal sealed record MappingFault(string Field, string Problem, string Allowed)
{
    private const int MaxNameCharacters = 64;

    /// <summary>Finds the innermost place that does not fit.</summary>
    /// <param name="json">That the parser refused.</param>
    /// <param name="type">The message that it should be.</param>
    /// <param name="parser">The parser.</param>
    public static MappingFault Find(JsonElement json, MessageDescriptor type, JsonParser parser) => Find(json, type, parser, "");

    private static MappingFault Find(JsonElement json, MessageDescriptor type, JsonParser parser, string path)
    {
        if (json.ValueKind != JsonValueKind.Object)
        {
            return new MappingFault(path, "is no JSON object", "an object");
        }

        foreach (var property in json.EnumerateObject())
        {
            var field = type.Fields.InDeclarationOrder().FirstOrDefault(known => known.JsonName == property.Name || known.Name == property.Name);
            if (field is null)
            {
                return new MappingFault(Join(path, NameOf(property.Name)), "is not known", string.Join(", ", type.Fields.InDeclarationOrder().Select(known => known.JsonName)));
            }

            if (!Fits(property.Value, field, type, parser))
            {
                return Inside(property.Value, field, parser, Join(path, field.JsonName));
            }
        }

        return new MappingFault(path, "sets two fields of which only one may be set, or one twice", "each of them once, alone");
    }

    /// <summary>The fault of one field's value: in it, or the value itself.</summary>
    private static MappingFault Inside(JsonElement value, FieldDescriptor field, JsonParser parser, string path)
    {
        if (field.FieldType != FieldType.Message || field.IsMap || IsWellKnown(field.MessageType))
        {
            return new MappingFault(path, "holds something else", AllowedFor(field));
        }

        if (!field.IsRepeated)
        {
            return Find(value, field.MessageType, parser, path);
        }

        if (value.ValueKind != JsonValueKind.Array)
        {
            return new MappingFault(path, "is no list", "a list of objects");
        }

        var index = value.EnumerateArray().TakeWhile(item => Parses($"{{\"{field.JsonName}\":[{item.GetRawText()}]}}", field.ContainingType, parser)).Count();
        return index < value.GetArrayLength()
            ? Find(value[index], field.MessageType, parser, string.Create(CultureInfo.InvariantCulture, $"{path}[{index}]"))
            : new MappingFault(path, "holds something else", "a list of objects");
    }

    private static bool Fits(JsonElement value, FieldDescriptor field, MessageDescriptor type, JsonParser parser) =>
        Parses($"{{\"{field.JsonName}\":{value.GetRawText()}}}", type, parser);

    private static bool Parses(string json, MessageDescriptor type, JsonParser parser)
    {
        try
        {
            parser.Parse(json, type);
            return true;
        }
        catch (Exception exception) when (exception is InvalidProtocolBufferException or InvalidJsonException or InvalidOperationException or FormatException)
        {
            return false;
        }
    }

    private static bool IsWellKnown(MessageDescriptor type) => type.FullName.StartsWith("google.protobuf.", StringComparison.Ordinal);

    private static string Join(string path, string name) => path.Length == 0 ? name : $"{path}.{name}";

    /// <summary>A name as it was written, if it looks like one and not like a text.</summary>
    private static string NameOf(string name) =>
        name.Length is > 0 and <= MaxNameCharacters && name.All(c => char.IsAsciiLetterOrDigit(c) || c == '_') ? name : "a field with a name that none has";

    private static string AllowedFor(FieldDescriptor field)
    {
        var one = field.FieldType switch
        {
            FieldType.String => "a text",
            FieldType.Bool => "true or false",
            FieldType.Float or FieldType.Double => "a number",
            FieldType.Enum => string.Join(", ", field.EnumType.Values.Select(value => value.Name)),
            FieldType.Message when field.IsMap => "an object",
            FieldType.Message => "a duration such as \"1.5s\"",
            _ => "a whole number that is not below 0",
        };
        return field.IsRepeated && !field.IsMap ? $"a list, each of it: {one}" : one;
    }
}
