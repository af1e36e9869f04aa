using System.Text;
using System.Text.Json;

namespace EdgeBox.Worker.Chat.Families;

/// <summary>Calls as the name of a tool, perhaps a number for the call, a sign, and the arguments: Mistral's since V11.</summary>
internal sealed class NamedCallForm : CallForm
{
    public const string IdSign = "[CALL_ID]";
    public const string ArgumentsSign = "[ARGS]";

    /// <summary>What the number of a call is made of.</summary>
    public static readonly System.Buffers.SearchValues<byte> IdBytes =
        System.Buffers.SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"u8);

    public static ReadOnlySpan<byte> IdSignBytes => "[CALL_ID]"u8;

    public override IReadOnlyList<ReadCall>? Parse(byte[] body, IReadOnlyList<Tool> tools)
    {
        var text = TextOf(body);
        var at = text?.IndexOf(ArgumentsSign, StringComparison.Ordinal) ?? -1;
        if (at < 0)
        {
            return null;
        }

        var (name, arguments) = (text![..at].Trim(), text[(at + ArgumentsSign.Length)..].Trim());
        var id = name.IndexOf(IdSign, StringComparison.Ordinal);
        if (id >= 0 && !IsName(name[(id + IdSign.Length)..].Trim()))
        {
            return null;
        }

        name = id < 0 ? name : name[..id].TrimEnd();
        using var document = SpacedJson.Parse(arguments);
        return IsName(name) && document?.RootElement.ValueKind == JsonValueKind.Object
            ? [new ReadCall(name, Encoding.UTF8.GetBytes(arguments))]
            : null;
    }

    // The reader knows the tool when the arguments begin.
    public override string? Grammar(IReadOnlyList<ToolRule> tools, string close) => null;
}
