using System.Buffers;
using System.Numerics;
using System.Security.Cryptography;
using System.Text;

namespace EdgeBox.Daemon.Access.Keys;

/// <summary>
/// The text of an API key: <c>ebx_</c>, a secret of 43 letters and digits drawn at random (256 bits), and 6 more that check it, so that a
/// typing error is told from a key that the box does not know.
/// </summary>
internal static class KeyText
{
    /// <summary>What every key begins with.</summary>
    public const string Prefix = "ebx_";

    private const string Alphabet = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    private const int SecretLength = 43;
    private const int CheckLength = 6;
    private const int HintLength = 4;

    /// <summary>Length of a whole key.</summary>
    public const int Length = 4 + SecretLength + CheckLength;

    private static readonly SearchValues<char> s_allowed = SearchValues.Create(Alphabet);

    /// <summary>A new key.</summary>
    public static string Make()
    {
        var secret = RandomNumberGenerator.GetString(Alphabet, SecretLength);
        return Prefix + secret + CheckOf(secret);
    }

    /// <summary>Whether a text is a key as the box makes them, known or not.</summary>
    public static bool IsWhole(string text) =>
        text.Length == Length && text.StartsWith(Prefix, StringComparison.Ordinal)
        && text.AsSpan(Prefix.Length).IndexOfAnyExcept(s_allowed) < 0
        && CheckOf(text.AsSpan(Prefix.Length, SecretLength)).AsSpan().SequenceEqual(text.AsSpan(Prefix.Length + SecretLength));

    /// <summary>What the box keeps of it: nobody gets back from that to 256 random bits, so a plain hash is enough.</summary>
    public static byte[] HashOf(string text) => SHA256.HashData(Encoding.UTF8.GetBytes(text));

    /// <summary>How it begins, e.g. <c>ebx_3kZq</c>.</summary>
    public static string HintOf(string text) => text[..(Prefix.Length + HintLength)];

    private static string CheckOf(ReadOnlySpan<char> secret)
    {
        var sum = uint.MaxValue;
        foreach (var character in secret)
        {
            sum = BitOperations.Crc32C(sum, (byte)character);
        }

        Span<char> check = stackalloc char[CheckLength];
        for (var i = CheckLength - 1; i >= 0; i--)
        {
            check[i] = Alphabet[(int)(sum % (uint)Alphabet.Length)];
            sum /= (uint)Alphabet.Length;
        }

        return new string(check);
    }
}
