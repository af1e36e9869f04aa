using System.Text;
using System.Text.Json;

namespace EdgeBox.Worker.Chat.Families;

/// <summary>Calls as JSON objects with the name of the tool and its arguments.</summary>
/// <param name="arguments">What the member with the arguments is called: "arguments" or "parameters"; both are read.</param>
/// <param name="listed">Whether the calls of a turn stand in one array.</param>
/// <param name="isBare">Whether nothing but its looks tells a call from an answer.</param>
internal sealed class JsonCallForm(string arguments, bool listed = false, bool isBare = false) : CallForm
{
    private const string NameMember = "{\"name\": \"";

    public override string Opening => isBare ? NameMember : "";

    public override IReadOnlyList<ReadCall>? Parse(byte[] body, IReadOnlyList<Tool> tools)
    {
        if (!System.Text.Unicode.Utf8.IsValid(body))
        {
            return null;
        }

        var calls = new List<ReadCall>();
        try
        {
            for (var rest = body.AsMemory(); !(rest = rest.TrimStart(" \n\r\t;"u8)).IsEmpty;)
            {
                var reader = new Utf8JsonReader(rest.Span, new JsonReaderOptions { AllowMultipleValues = true });
                using var document = JsonDocument.ParseValue(ref reader);
                rest = rest[(int)reader.BytesConsumed..];
                if (!Take(document.RootElement, calls))
                {
                    return null;
                }
            }
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            // Cut short, against the syntax, too deep, or half of a surrogate pair.
            return null;
        }

        return calls.Count > 0 ? calls : null;
    }

    public override string? Grammar(IReadOnlyList<ToolRule> tools, string close)
    {
        if (tools.Count == 0)
        {
            return null;
        }

        var id = listed ? "( \", \\\"id\\\": \\\"\" [A-Za-z0-9]{9} \"\\\"\" )? " : "";
        var call = $"( {Each(tools, t => $"{Literal($"{t.Tool}\", \"{arguments}\": ")} {t.Rule}")} ) {id}\"}}\"";
        var end = close.Length > 0 ? " " + Literal(close) : "";
        var name = Literal(NameMember);
        return isBare ? $"root ::= {call}{end}\n"
            : listed ? $"root ::= \" \"? \"[\" call ( \", \" call )* \"]\"{end}\ncall ::= {name} {call}\n"
            : $"root ::= \"\\n\"? {name} {call} \"\\n\"?{end}\n";
    }

    private static bool Take(JsonElement value, List<ReadCall> calls)
    {
        if (value.ValueKind == JsonValueKind.Array)
        {
            return value.EnumerateArray().All(item => item.ValueKind == JsonValueKind.Object && Take(item, calls));
        }

        string? name = null;
        byte[]? given = null;
        foreach (var member in value.EnumerateObject())
        {
            var known = member.Name switch
            {
                "name" when name is null && member.Value.ValueKind == JsonValueKind.String => (name = member.Value.GetString()) is not null,
                "arguments" or "parameters" when given is null => (given = Arguments(member.Value)) is not null,
                "type" => member.Value.ValueKind == JsonValueKind.String && member.Value.ValueEquals("function"),
                "id" => member.Value.ValueKind == JsonValueKind.String && IsName(member.Value.GetString()!),
                _ => false,
            };
            if (!known)
            {
                return false;
            }
        }

        if (name is null || !IsName(name))
        {
            return false;
        }

        calls.Add(new ReadCall(name, given ?? "{}"u8.ToArray()));
        return true;
    }

    /// <summary>The text of an object, which models at times write as a string or leave null.</summary>
    private static byte[]? Arguments(JsonElement value)
    {
        if (value.ValueKind != JsonValueKind.String)
        {
            return value.ValueKind == JsonValueKind.Object ? Encoding.UTF8.GetBytes(value.GetRawText())
                : value.ValueKind == JsonValueKind.Null ? "{}"u8.ToArray()
                : null;
        }

        var inner = value.GetString()!;
        using var document = SpacedJson.Parse(inner);
        return document?.RootElement.ValueKind == JsonValueKind.Object ? Encoding.UTF8.GetBytes(inner) : null;
    }
}
