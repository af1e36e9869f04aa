using System.Text;
using System.Text.Json;

namespace EdgeBox.Daemon.Checks;

/// <summary>JSON written so that equal values are equal texts: members in order, numbers by value.</summary>
internal static class CanonicalJson
{
    /// <summary>The text of a value.</summary>
    public static string Of(JsonElement value)
    {
        var text = new StringBuilder();
        Write(value, text);
        return text.ToString();
    }

    private static void Write(JsonElement value, StringBuilder text)
    {
        switch (value.ValueKind)
        {
            case JsonValueKind.Object:
                text.Append('{');
                foreach (var member in value.EnumerateObject().GroupBy(member => member.Name, StringComparer.Ordinal)
                    .Select(group => group.Last()).OrderBy(member => member.Name, StringComparer.Ordinal))
                {
                    WriteText(member.Name, text);
                    Write(member.Value, text);
                }

                text.Append('}');
                break;
            case JsonValueKind.Array:
                text.Append('[');
                foreach (var item in value.EnumerateArray())
                {
                    Write(item, text);
                    text.Append(',');
                }

                text.Append(']');
                break;
            case JsonValueKind.String:
                WriteText(value.GetString()!, text);
                break;
            case JsonValueKind.Number:
                text.Append(JsonNumber.Parse(value.GetRawText()));
                break;
            default:
                text.Append(value.GetRawText());
                break;
        }
    }

    /// <summary>With its length before it, so that no text can look like what follows.</summary>
    private static void WriteText(string value, StringBuilder text) => text.Append('"').Append(value.Length).Append(':').Append(value);
}
