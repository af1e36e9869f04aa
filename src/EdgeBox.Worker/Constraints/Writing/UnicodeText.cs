using System.Text;

namespace EdgeBox.Worker.Constraints.Writing;

/// <summary>Tells texts of whole characters from those with halves of them.</summary>
internal static class UnicodeText
{
    public static bool IsWhole(string text)
    {
        for (var at = 0; at < text.Length;)
        {
            if (Rune.DecodeFromUtf16(text.AsSpan(at), out _, out var length) != System.Buffers.OperationStatus.Done)
            {
                return false;
            }

            at += length;
        }

        return true;
    }
}
