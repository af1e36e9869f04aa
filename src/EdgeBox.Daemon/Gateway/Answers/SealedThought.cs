using System.Text;

namespace EdgeBox.Daemon.Gateway.Answers;

/// <summary>What a model thought, in a form that a client only keeps and sends back. Nothing in it is secret from the client.</summary>
internal static class SealedThought
{
    private const string Mark = "edgebox:";

    /// <summary>Puts a thought into the form.</summary>
    public static string Seal(string thought) => Mark + Convert.ToBase64String(Encoding.UTF8.GetBytes(thought));

    /// <summary>The thought; null if the text has another form: it came from another server.</summary>
    public static string? Open(string text)
    {
        if (!text.StartsWith(Mark, StringComparison.Ordinal))
        {
            return null;
        }

        var bytes = new byte[text.Length];
        return Convert.TryFromBase64String(text[Mark.Length..], bytes, out var length) ? Encoding.UTF8.GetString(bytes, 0, length) : null;
    }
}
