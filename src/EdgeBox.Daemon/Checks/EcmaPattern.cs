using System.Text;
using System.Text.RegularExpressions;
using static EdgeBox.Daemon.Inference.Limit;

namespace EdgeBox.Daemon.Checks;

/// <summary>Patterns of JSON Schema, which are ECMAScript's, in the dialect of the engine that cannot hang.</summary>
internal static class EcmaPattern
{
    /// <summary>Compiles a pattern.</summary>
    /// <exception cref="Failures.FailureException">INVALID_ARGUMENT: it cannot be judged.</exception>
    public static Regex Compile(string pattern, string field)
    {
        Length(field, pattern, 0, RegexJudge.MaxCharacters);
        return RegexJudge.Compile(Translate(pattern, field), field);
    }

    /// <summary>The end of text and the classes of digits and words mean something else there.</summary>
    private static string Translate(string pattern, string field)
    {
        var text = new StringBuilder(pattern.Length + 16);
        var inClass = false;
        for (var i = 0; i < pattern.Length; i++)
        {
            var c = pattern[i];
            if (c == '\\' && i + 1 < pattern.Length)
            {
                text.Append(Escape(pattern[++i], inClass, field));
            }
            else if (inClass && c == '[')
            {
                text.Append(@"\["); // Not the beginning of a subtraction.
            }
            else
            {
                inClass = c switch { '[' => true, ']' => false, _ => inClass };
                text.Append(c == '$' && !inClass ? @"\z" : c.ToString());
            }
        }

        return text.ToString();
    }

    private static string Escape(char c, bool inClass, string field) => c switch
    {
        'd' => inClass ? "0-9" : "[0-9]",
        'w' => inClass ? "a-zA-Z0-9_" : "[a-zA-Z0-9_]",
        'D' when !inClass => "[^0-9]",
        'W' when !inClass => "[^a-zA-Z0-9_]",
        'D' or 'W' => throw Refuse(field, @"holds \D or \W in brackets", RegexJudge.Allowed),
        '/' => "/",
        'A' or 'Z' or 'z' or 'G' or 'a' or 'e' => throw Refuse(field, $@"holds \{c}, which ECMAScript does not have", RegexJudge.Allowed),
        _ => $@"\{c}",
    };
}
