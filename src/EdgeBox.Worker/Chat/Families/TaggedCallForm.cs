using System.Text;

namespace EdgeBox.Worker.Chat.Families;

/// <summary>Calls whose arguments stand between tags, each by its name, strings without quotes.</summary>
/// <param name="style">Whose tags.</param>
internal sealed class TaggedCallForm(TaggedCallStyle style) : CallForm
{
    public override IReadOnlyList<ReadCall>? Parse(byte[] body, IReadOnlyList<Tool> tools)
    {
        var rest = TextOf(body).AsSpan().Trim();
        var calls = new List<ReadCall>();
        while (!rest.IsWhiteSpace())
        {
            if (!Skip(ref rest, style.BeforeName) || !Until(ref rest, style.AfterName, out var name) || !IsName(name = name.Trim()))
            {
                return null;
            }

            using var types = ArgumentTypes.Of(tools, name);
            var arguments = new StringBuilder("{");
            while (Skip(ref rest, style.BeforeKey))
            {
                if (!Until(ref rest, style.AfterKey, out var key) || !Skip(ref rest, style.BeforeValue) || !Until(ref rest, style.AfterValue, out var value))
                {
                    return null;
                }

                key = key.Trim();
                arguments.Append(arguments.Length > 1 ? "," : "").Append(SpacedJson.Quoted(key)).Append(':').Append(types.Json(key, style.Breaks ? Unbroken(value) : value));
            }

            // Without a sign at its end there is one call.
            if (!Skip(ref rest, style.End) || (style.End.Length == 0 && !rest.IsWhiteSpace()))
            {
                return null;
            }

            calls.Add(new ReadCall(name, Encoding.UTF8.GetBytes(arguments.Append('}').ToString())));
        }

        return calls.Count > 0 ? calls : null;
    }

    public override string? Grammar(IReadOnlyList<ToolRule> tools, string close)
    {
        if (tools.Count == 0)
        {
            return null;
        }

        // What stands between tags is not JSON, so the rules of the arguments cannot hold here: names and tags alone are.
        var line = style.Breaks ? "\"\\n\" " : "\"\\n\"? ";
        var lead = style.BeforeName.Length > 0 ? $"\"\\n\"? {Literal(style.BeforeName)} " : "";
        var after = style.AfterName == ">" ? "\">\" " : "";
        var end = style.End.Length > 0 ? $"{Literal(style.End)} \"\\n\"?" : "";
        var closing = close.Length > 0 ? " " + Literal(close) : "";
        return $"""
            root ::= {lead}( {Each(tools, t => Literal(t.Tool))} ) {after}{line}argument* {end}{closing}
            argument ::= {Literal(style.BeforeKey)} [^<>\n]+ {Literal(style.AfterKey)} {line}{Between()}value {Literal(style.AfterValue)} {line}
            value ::= ( [^<] | "<" [^/<] | "</" [^{style.AfterValue[2]}<] )*

            """;
    }

    private static string Unbroken(string value) => value[(value.StartsWith('\n') ? 1 : 0)..] is var rest && rest.EndsWith('\n') ? rest[..^1] : rest;

    private static bool Skip(ref ReadOnlySpan<char> rest, string sign)
    {
        var trimmed = rest.TrimStart();
        if (sign.Length == 0 || !trimmed.StartsWith(sign, StringComparison.Ordinal))
        {
            return sign.Length == 0;
        }

        rest = trimmed[sign.Length..];
        return true;
    }

    private bool Until(ref ReadOnlySpan<char> rest, string sign, out string text)
    {
        var at = rest.IndexOf(sign, StringComparison.Ordinal);
        if (at < 0 && sign == style.AfterName && style.End.Length == 0)
        {
            // A name alone: a call without arguments.
            at = rest.Length;
        }

        text = at < 0 ? "" : rest[..at].ToString();
        if (at >= 0)
        {
            // The sign that ends a name may be the one that begins an argument.
            rest = sign == style.BeforeKey ? rest[at..] : rest[(at + sign.Length)..];
        }

        return at >= 0;
    }

    private string Between() => style.BeforeValue.Length > 0 ? $"{Literal(style.BeforeValue)} " : "";
}
