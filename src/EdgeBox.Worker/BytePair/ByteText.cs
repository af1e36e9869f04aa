namespace EdgeBox.Worker.BytePair;

/// <summary>How a file writes the bytes of its tokens as text: each byte is a character that can be seen.</summary>
internal static class ByteText
{
    /// <summary>The character of each byte: its own where that can be seen, and the next one from U+0100 on where it cannot (GPT-2's bytes_to_unicode).</summary>
    public static string Characters { get; } = string.Create(256, 0, (text, _) =>
    {
        var next = '\u0100';
        for (var value = 0; value < text.Length; value++)
        {
            text[value] = value is (>= '!' and <= '~') or (>= 0xA1 and <= 0xAC) or (>= 0xAE and <= 0xFF) ? (char)value : next++;
        }
    });
}
