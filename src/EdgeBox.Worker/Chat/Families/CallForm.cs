using System.Text;

namespace EdgeBox.Worker.Chat.Families;

/// <summary>A call as it was read: the tool, and the text of a JSON object.</summary>
internal readonly record struct ReadCall(string Tool, byte[] Arguments);

/// <summary>How a family writes what stands between the signs of a call.</summary>
internal abstract class CallForm
{
    private const int LongestName = 128;

    /// <summary>What every call begins with, where that is what tells a call from an answer; empty where a sign does.</summary>
    public virtual string Opening => "";

    /// <summary>The calls in a body; null if it is no whole and well-formed one.</summary>
    public abstract IReadOnlyList<ReadCall>? Parse(byte[] body, IReadOnlyList<Tool> tools);

    /// <summary>GBNF of a body behind <see cref="Opening"/>; null where only arguments follow.</summary>
    /// <param name="tools">What may be called, and the rules of the arguments.</param>
    /// <param name="close">The text that ends a call where it is not a token.</param>
    public abstract string? Grammar(IReadOnlyList<ToolRule> tools, string close);

    /// <summary>Whether a text may be the name of a tool.</summary>
    protected static bool IsName(string name) =>
        name.Length is > 0 and <= LongestName && name.All(c => char.IsAsciiLetterOrDigit(c) || c is '_' or '-' or '.');

    /// <summary>A text as a literal of GBNF.</summary>
    protected static string Literal(string text) =>
        "\"" + text.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal).Replace("\n", "\\n", StringComparison.Ordinal) + "\"";

    /// <summary>The alternatives of a grammar: one for each tool.</summary>
    protected static string Each(IReadOnlyList<ToolRule> tools, Func<ToolRule, string> alternative) => string.Join(" | ", tools.Select(alternative));

    /// <summary>The text of a body; null if it is not UTF-8.</summary>
    protected static string? TextOf(byte[] body) => System.Text.Unicode.Utf8.IsValid(body) ? Encoding.UTF8.GetString(body) : null;
}
