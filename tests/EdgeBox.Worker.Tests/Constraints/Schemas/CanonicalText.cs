using System.Globalization;
using System.Text;
using System.Text.Json;

namespace EdgeBox.Worker.Tests.Constraints.Schemas;

/// <summary>
/// Values as compact JSON: names in the order in which the schema mentions them, then others; numbers written out, without zeros at the end;
/// characters as themselves where JSON allows it.
/// </summary>
internal sealed class CanonicalText
{
    private readonly Dictionary<string, int> _mentioned = [];

    public CanonicalText(JsonElement schema) => Mention(schema);

    public string Of(JsonElement value) => Write(value, names => names.OrderBy(name => _mentioned.GetValueOrDefault(name, int.MaxValue)));

    /// <summary>The same, and with the names of the outermost object in every other order, if they are few.</summary>
    public IEnumerable<string> AllOf(JsonElement value)
    {
        yield return Of(value);
        if (value.ValueKind != JsonValueKind.Object || value.EnumerateObject().Count() is < 2 or > 4)
        {
            yield break;
        }

        foreach (var order in Orders([.. value.EnumerateObject().Select(property => property.Name)]))
        {
            yield return $"{{{string.Join(',', order.Select(name => $"{Text(name)}:{Of(value.GetProperty(name))}"))}}}";
        }
    }

    public static string Text(string text)
    {
        var written = new StringBuilder("\"");
        foreach (var c in text)
        {
            var escape = "\"\\\b\f\n\r\t".IndexOf(c, StringComparison.Ordinal);
            written.Append(escape >= 0 ? $"\\{"\"\\bfnrt"[escape]}" : c < ' ' ? $"\\u{(int)c:x4}" : c.ToString());
        }

        return written.Append('"').ToString();
    }

    public static string Number(string text) =>
        decimal.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number)
            ? number == 0 ? "0" : (number / 1.0000000000000000000000000000m).ToString(CultureInfo.InvariantCulture)
            : text;

    private static string Write(JsonElement value, Func<IEnumerable<string>, IEnumerable<string>> order) => value.ValueKind switch
    {
        JsonValueKind.Object =>
            $"{{{string.Join(',', order(value.EnumerateObject().Select(property => property.Name)).Select(name => $"{Text(name)}:{Write(value.GetProperty(name), order)}"))}}}",
        JsonValueKind.Array => $"[{string.Join(',', value.EnumerateArray().Select(item => Write(item, order)))}]",
        JsonValueKind.String => Text(value.GetString()!),
        JsonValueKind.Number => Number(value.GetRawText()),
        _ => value.GetRawText(),
    };

    private static IEnumerable<List<string>> Orders(List<string> names) => names.Count == 0
        ? [[]]
        : names.SelectMany(first => Orders([.. names.Where(name => name != first)]).Select(rest => (List<string>)[first, .. rest]));

    private void Mention(JsonElement schema, bool named = true)
    {
        switch (schema.ValueKind)
        {
            case JsonValueKind.Object:
                foreach (var property in schema.EnumerateObject())
                {
                    if (named)
                    {
                        _mentioned.TryAdd(property.Name, _mentioned.Count);
                    }

                    // What a name there implies comes before the name itself, which is then only required.
                    Mention(property.Value, property.Name != "dependentSchemas");
                }

                break;
            case JsonValueKind.Array:
                foreach (var item in schema.EnumerateArray())
                {
                    Mention(item);
                }

                break;
            case JsonValueKind.String:
                _mentioned.TryAdd(schema.GetString()!, _mentioned.Count);
                break;
        }
    }
}
