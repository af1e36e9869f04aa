using System.Globalization;
using System.Text.Json;
using EdgeBox.Daemon.Failures;
using EdgeBox.Daemon.Inference;

namespace EdgeBox.Daemon.Gateway.Bodies;

/// <summary>A value in the JSON of a request and where it stands, so that whatever is wrong with it is named.</summary>
/// <param name="value">Undefined: it is not there.</param>
/// <param name="path">E.g. "messages[2].content"; empty: the body itself.</param>
internal readonly struct JsonField(JsonElement value, string path)
{
    // Beyond it a number with a point is not surely whole.
    private const double MaxExact = 9_007_199_254_740_992;

    /// <summary>Where it stands.</summary>
    public string Path => path;

    /// <summary>Whether it is there; null is as if it were not.</summary>
    public bool IsSet => value.ValueKind is not (JsonValueKind.Undefined or JsonValueKind.Null);

    /// <summary>Whether it is a text.</summary>
    public bool IsText => value.ValueKind == JsonValueKind.String;

    /// <summary>Whether it is an object.</summary>
    public bool IsObject => value.ValueKind == JsonValueKind.Object;

    /// <summary>Whether it is a list.</summary>
    public bool IsList => value.ValueKind == JsonValueKind.Array;

    /// <summary>Whether it is a number.</summary>
    public bool IsNumber => value.ValueKind == JsonValueKind.Number;

    /// <summary>The value itself.</summary>
    public JsonElement Element => value;

    /// <summary>A member of an object; not set if this is no object or has none of that name.</summary>
    public JsonField this[string name] => new(
        value.ValueKind == JsonValueKind.Object && value.TryGetProperty(name, out var member) ? member : default, Join(name));

    /// <summary>The text.</summary>
    public string Text() => value.ValueKind == JsonValueKind.String ? value.GetString()! : throw Wrong("a text");

    /// <summary>The text, or another if it is not set.</summary>
    public string TextOr(string other) => IsSet ? Text() : other;

    /// <summary>Whether it is true; something else if it is not set.</summary>
    public bool FlagOr(bool other) => value.ValueKind switch
    {
        JsonValueKind.True => true,
        JsonValueKind.False => false,
        _ => IsSet ? throw Wrong("true or false") : other,
    };

    /// <summary>The number; null if it is not set.</summary>
    public float? Number() => !IsSet ? null : value.ValueKind == JsonValueKind.Number && value.TryGetSingle(out var number) ? number : throw Wrong("a number");

    /// <summary>The whole number; null if it is not set.</summary>
    public long? Whole()
    {
        if (!IsSet)
        {
            return null;
        }

        if (value.ValueKind == JsonValueKind.Number)
        {
            if (value.TryGetInt64(out var whole))
            {
                return whole;
            }

            if (value.TryGetDouble(out var number) && Math.Abs(number) < MaxExact && Math.Truncate(number) == number)
            {
                return (long)number;
            }
        }

        throw Wrong("a whole number");
    }

    /// <summary>The whole number within a range; null if it is not set.</summary>
    public uint? Count(uint least, uint most)
    {
        if (Whole() is not { } whole)
        {
            return null;
        }

        Limit.Count(path, whole, least, most);
        return (uint)whole;
    }

    /// <summary>This, if it is an object.</summary>
    public JsonField Object() => IsObject ? this : throw Wrong("an object");

    /// <summary>The members of a list; none if it is not set.</summary>
    public IEnumerable<JsonField> Items(int most)
    {
        if (!IsSet)
        {
            yield break;
        }

        if (!IsList)
        {
            throw Wrong("a list");
        }

        Limit.Count(path, value.GetArrayLength(), 0, most);
        var index = 0;
        foreach (var item in value.EnumerateArray())
        {
            yield return new JsonField(item, string.Create(CultureInfo.InvariantCulture, $"{path}[{index++}]"));
        }
    }

    /// <summary>The members of an object; none if it is not set.</summary>
    public IEnumerable<(string Name, JsonField Value)> Members()
    {
        if (!IsSet)
        {
            yield break;
        }

        foreach (var member in Object().Element.EnumerateObject())
        {
            yield return (member.Name, new JsonField(member.Value, path));
        }
    }

    /// <summary>The object as it was written.</summary>
    public string RawObject() => Object().Element.GetRawText();

    /// <summary>What one of a few words means; something else if it is not set.</summary>
    public T WordOr<T>(T other, params ReadOnlySpan<(string Word, T Meaning)> words)
    {
        if (!IsSet)
        {
            return other;
        }

        if (IsText)
        {
            foreach (var (word, meaning) in words)
            {
                if (value.ValueEquals(word))
                {
                    return meaning;
                }
            }
        }

        var known = new List<string>(words.Length);
        foreach (var (word, _) in words)
        {
            known.Add(word);
        }

        throw Refuse("is not known", string.Join(", ", known));
    }

    /// <summary>Refuses it, if it is set, as something that the box cannot do.</summary>
    /// <param name="instead">What to do.</param>
    public void Forbid(string instead)
    {
        if (IsSet)
        {
            throw Refuse("is not something that this box can do", instead);
        }
    }

    /// <summary>The refusal of it.</summary>
    public FailureException Refuse(string problem, string allowed) => Limit.Refuse(path.Length > 0 ? path : "the body", problem, allowed);

    /// <summary>The refusal of a value of the wrong kind.</summary>
    public FailureException Wrong(string allowed) => Refuse(value.ValueKind switch
    {
        JsonValueKind.Undefined or JsonValueKind.Null => "is missing",
        JsonValueKind.Object => "is an object",
        JsonValueKind.Array => "is a list",
        JsonValueKind.String => "is a text",
        JsonValueKind.Number => "is a number that does not fit",
        _ => "is true or false",
    }, allowed);

    private string Join(string name) => path.Length == 0 ? name : $"{path}.{name}";
}
