using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Json;

namespace EdgeBox.Worker.Chat.Families;

/// <summary>Writes JSON as the models have seen it in training: Python's json.dumps without escapes for letters.</summary>
internal static class SpacedJson
{
    private static readonly SearchValues<char> s_escaped =
        SearchValues.Create([.. Enumerable.Range(0, 32).Select(i => (char)i), '"', '\\']);

    /// <summary>A JSON text with a space behind every comma and colon; null if it is not JSON.</summary>
    /// <param name="json">The text.</param>
    /// <param name="indent">Spaces of a level; 0: one line.</param>
    public static string? Of(string json, int indent = 0)
    {
        using var document = Parse(json);
        if (document is null)
        {
            return null;
        }

        var text = new StringBuilder(json.Length + 16);
        return Write(document.RootElement, text, indent, 0) ? text.ToString() : null;
    }

    /// <summary>A text as a JSON string.</summary>
    public static string Quoted(string text) => Quote(text, new StringBuilder(text.Length + 2)).ToString();

    /// <summary>Reads JSON; null if it is none.</summary>
    public static JsonDocument? Parse(string json)
    {
        try
        {
            return JsonDocument.Parse(json);
        }
        catch (Exception e) when (e is JsonException or ArgumentException)
        {
            // Not JSON, deeper than 64 levels, or not Unicode.
            return null;
        }
    }

    /// <summary>The text of a JSON string or the name of a property; null if it is not Unicode.</summary>
    public static string? Text(Func<string?> read)
    {
        try
        {
            return read();
        }
        catch (InvalidOperationException)
        {
            // Half of a surrogate pair.
            return null;
        }
    }

    private static bool Write(JsonElement value, StringBuilder text, int indent, int level)
    {
        switch (value.ValueKind)
        {
            case JsonValueKind.Object:
                return Members(value.EnumerateObject().Select(p => (SpacedJson.Text(() => p.Name), p.Value)), "{}", text, indent, level);
            case JsonValueKind.Array:
                return Members(value.EnumerateArray().Select(e => ((string?)"", e)), "[]", text, indent, level);
            case JsonValueKind.String:
                if (Text(value.GetString) is not { } content)
                {
                    return false;
                }

                Quote(content, text);
                return true;
            default:
                text.Append(value.GetRawText());
                return true;
        }
    }

    private static bool Members(IEnumerable<(string? Name, JsonElement Value)> members, string brackets, StringBuilder text, int indent, int level)
    {
        text.Append(brackets[0]);
        var first = true;
        foreach (var (name, value) in members)
        {
            if (name is null)
            {
                return false;
            }

            text.Append(first ? "" : indent > 0 ? "," : ", ");
            first = false;
            Break(text, indent, level + 1);
            if (brackets == "{}")
            {
                Quote(name, text).Append(": ");
            }

            if (!Write(value, text, indent, level + 1))
            {
                return false;
            }
        }

        if (!first)
        {
            Break(text, indent, level);
        }

        text.Append(brackets[1]);
        return true;
    }

    private static void Break(StringBuilder text, int indent, int level)
    {
        if (indent > 0)
        {
            text.Append('\n').Append(' ', indent * level);
        }
    }

    private static StringBuilder Quote(string content, StringBuilder text)
    {
        text.Append('"');
        for (var rest = content.AsSpan(); ;)
        {
            var at = rest.IndexOfAny(s_escaped);
            text.Append(at < 0 ? rest : rest[..at]);
            if (at < 0)
            {
                return text.Append('"');
            }

            text.Append(rest[at] switch
            {
                '"' => "\\\"",
                '\\' => "\\\\",
                '\n' => "\\n",
                '\r' => "\\r",
                '\t' => "\\t",
                '\b' => "\\b",
                '\f' => "\\f",
                var c => string.Create(CultureInfo.InvariantCulture, $"\\u{(int)c:x4}"),
            });
            rest = rest[(at + 1)..];
        }
    }
}
