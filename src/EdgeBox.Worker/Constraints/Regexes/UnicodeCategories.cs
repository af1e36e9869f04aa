using System.Globalization;
using EdgeBox.Worker.Constraints.Writing;

namespace EdgeBox.Worker.Constraints.Regexes;

/// <summary>The characters of each general category of Unicode, as the runtime knows them.</summary>
internal static class UnicodeCategories
{
    private static readonly string[] s_names =
    [
        "Lu", "Ll", "Lt", "Lm", "Lo", "Mn", "Mc", "Me", "Nd", "Nl", "No", "Zs", "Zl", "Zp", "Cc", "Cf", "Cs", "Co", "Pc", "Pd", "Ps", "Pe",
        "Pi", "Pf", "Po", "Sm", "Sc", "Sk", "So", "Cn",
    ];

    /// <summary>Longer names of the same.</summary>
    private static readonly Dictionary<string, string> s_others = new()
    {
        ["Letter"] = "L", ["Uppercase_Letter"] = "Lu", ["Lowercase_Letter"] = "Ll", ["Titlecase_Letter"] = "Lt", ["Modifier_Letter"] = "Lm",
        ["Other_Letter"] = "Lo", ["Mark"] = "M", ["Nonspacing_Mark"] = "Mn", ["Spacing_Mark"] = "Mc", ["Enclosing_Mark"] = "Me", ["Number"] = "N",
        ["Decimal_Number"] = "Nd", ["Letter_Number"] = "Nl", ["Other_Number"] = "No", ["Separator"] = "Z", ["Space_Separator"] = "Zs",
        ["Line_Separator"] = "Zl", ["Paragraph_Separator"] = "Zp", ["Other"] = "C", ["Control"] = "Cc", ["Format"] = "Cf", ["Private_Use"] = "Co",
        ["Unassigned"] = "Cn", ["Punctuation"] = "P", ["Connector_Punctuation"] = "Pc", ["Dash_Punctuation"] = "Pd", ["Open_Punctuation"] = "Ps",
        ["Close_Punctuation"] = "Pe", ["Initial_Punctuation"] = "Pi", ["Final_Punctuation"] = "Pf", ["Other_Punctuation"] = "Po", ["Symbol"] = "S",
        ["Math_Symbol"] = "Sm", ["Currency_Symbol"] = "Sc", ["Modifier_Symbol"] = "Sk", ["Other_Symbol"] = "So",
    };

    private static readonly Lazy<Dictionary<string, CharacterRange[]>> s_sets = new(Sort);

    /// <summary>The characters of a category by its short or long name; null if there is none of that name.</summary>
    public static CharacterRange[]? Find(string name)
    {
        var category = name.StartsWith("gc=", StringComparison.Ordinal) ? name[3..]
            : name.StartsWith("General_Category=", StringComparison.Ordinal) ? name[17..] : name;
        return s_sets.Value.GetValueOrDefault(s_others.GetValueOrDefault(category, category));
    }

    private static Dictionary<string, CharacterRange[]> Sort()
    {
        var found = s_names.ToDictionary(name => name, _ => new List<CharacterRange>());
        var begin = 0;
        for (var at = 1; at <= CharacterSet.Largest + 1; at++)
        {
            var category = CharUnicodeInfo.GetUnicodeCategory(begin);
            if (at > CharacterSet.Largest || CharUnicodeInfo.GetUnicodeCategory(at) != category)
            {
                found[s_names[(int)category]].Add(new(begin, at - 1));
                begin = at;
            }
        }

        var sets = found.ToDictionary(set => set.Key, set => CodePoints.Union(set.Value));
        foreach (var group in s_names.GroupBy(name => name[..1]))
        {
            sets.Add(group.Key, CodePoints.Union(group.SelectMany(name => found[name])));
        }

        return sets;
    }
}
