using System.Globalization;
using System.Numerics;

namespace EdgeBox.Daemon.Checks;

/// <summary>A number of JSON, exactly: a sign, decimal digits without idle zeros, and a power of ten.</summary>
/// <param name="Sign">-1, 0 or 1.</param>
/// <param name="Digits">Empty for zero.</param>
/// <param name="Exponent">Of the last digit.</param>
internal readonly record struct JsonNumber(int Sign, string Digits, long Exponent) : IComparable<JsonNumber>
{
    /// <summary>Longer numbers are not divided: that would take time out of proportion.</summary>
    private const int MostDigits = 2000;

    /// <summary>Whether it is whole.</summary>
    public bool IsInteger => Exponent >= 0;

    /// <summary>Reads a number as JSON writes it.</summary>
    public static JsonNumber Parse(string text)
    {
        var negative = text.StartsWith('-');
        var body = negative ? text[1..] : text;
        var e = body.IndexOfAny(['e', 'E']);
        var exponent = e < 0 ? 0 : Exponents(body[(e + 1)..]);
        var mantissa = e < 0 ? body : body[..e];
        var point = mantissa.IndexOf('.', StringComparison.Ordinal);
        if (point >= 0)
        {
            exponent -= mantissa.Length - point - 1;
            mantissa = mantissa.Remove(point, 1);
        }

        mantissa = mantissa.TrimStart('0');
        var digits = mantissa.TrimEnd('0');
        return digits.Length == 0 ? new JsonNumber(0, "", 0) : new JsonNumber(negative ? -1 : 1, digits, exponent + mantissa.Length - digits.Length);
    }

    public int CompareTo(JsonNumber other)
    {
        if (Sign != other.Sign || Sign == 0)
        {
            return Sign.CompareTo(other.Sign);
        }

        var size = (Digits.Length + Exponent).CompareTo(other.Digits.Length + other.Exponent);
        return Sign * (size != 0 ? size : string.CompareOrdinal(Digits, other.Digits));
    }

    /// <summary>Whether it is a whole multiple of another.</summary>
    /// <returns>Null if they are too long to tell.</returns>
    public bool? IsMultipleOf(JsonNumber other)
    {
        if (Sign == 0)
        {
            return true;
        }

        if (Digits.Length > MostDigits || other.Digits.Length > MostDigits || other.Sign == 0)
        {
            return null;
        }

        var (mine, others) = (BigInteger.Parse(Digits, CultureInfo.InvariantCulture), BigInteger.Parse(other.Digits, CultureInfo.InvariantCulture));
        var shift = Exponent - other.Exponent;
        return shift >= 0
            ? (mine * BigInteger.ModPow(10, shift, others) % others).IsZero
            : -shift <= Digits.Length && (mine % (others * BigInteger.Pow(10, (int)-shift))).IsZero;
    }

    /// <summary>The same text for the same number.</summary>
    public override string ToString() => Sign == 0 ? "0" : string.Create(CultureInfo.InvariantCulture, $"{(Sign < 0 ? "-" : "")}{Digits}e{Exponent}");

    private static long Exponents(string text) =>
        long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var value) && Math.Abs(value) < int.MaxValue
            ? value
            : text.StartsWith('-') ? int.MinValue : int.MaxValue;
}
