using System.Text;
using EdgeBox.Cli.Rendering;
using EdgeBox.Cli.Terminal;

namespace EdgeBox.Cli.Commands;

/// <summary>Text for a model, from the command line or from standard input.</summary>
internal static class InputText
{
    private static readonly UTF8Encoding s_strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>
    /// Joins the words of the command line by spaces. A word "-" stands for standard input, and so does no word at all.
    /// </summary>
    /// <exception cref="CliFailure">Standard input is not UTF-8.</exception>
    public static async Task<string> ReadAsync(IReadOnlyList<string> words, Shell shell, CancellationToken cancellation)
    {
        if (words.Count == 0)
        {
            return await StandardInputAsync(shell, cancellation);
        }
        if (!words.Contains("-"))
        {
            return string.Join(' ', words);
        }
        var input = await StandardInputAsync(shell, cancellation);
        return string.Join("\n\n", new[] { string.Join(' ', words.Where(w => w != "-")), input }.Where(t => t.Length > 0));
    }

    /// <summary>All of standard input, without the line feed that ends it.</summary>
    /// <exception cref="CliFailure">It is not UTF-8.</exception>
    public static async Task<string> StandardInputAsync(Shell shell, CancellationToken cancellation)
    {
        using var bytes = new MemoryStream();
        // A read from a terminal cannot be cancelled; it is left behind.
        await shell.Input.CopyToAsync(bytes, cancellation).WaitAsync(cancellation);
        return Text(bytes.GetBuffer().AsSpan(0, (int)bytes.Length), "Standard input");
    }

    /// <summary>All of a file, without the line feed that ends it.</summary>
    /// <exception cref="CliFailure">It cannot be read, or is not UTF-8.</exception>
    public static async Task<string> FileAsync(string path, CancellationToken cancellation)
    {
        try
        {
            return Text(await File.ReadAllBytesAsync(path, cancellation), path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new CliFailure(ClientReasons.FileUnusable, e.Message, ("path", path));
        }
    }

    private static string Text(ReadOnlySpan<byte> bytes, string from)
    {
        try
        {
            var text = s_strict.GetString(bytes);
            return text.EndsWith("\r\n", StringComparison.Ordinal) ? text[..^2] : text.EndsWith('\n') ? text[..^1] : text;
        }
        catch (DecoderFallbackException e)
        {
            throw new CliFailure(ClientReasons.InvalidText, $"{from} is not valid UTF-8 (byte {e.Index}).", ("byte", e.Index.ToString(System.Globalization.CultureInfo.InvariantCulture)));
        }
    }
}
