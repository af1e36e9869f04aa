using System.Globalization;
using System.Numerics;

namespace EdgeBox.Worker.Constraints.Schemas;

/// <summary>A decimal number as it is written, without rounding.</summary>
/// <param name="Digits">All digits, without zeros at the end that stand behind the point.</param>
/// <param name="Scale">How many of them stand behind the point.</param>
internal readonly record struct ExactNumber(BigInteger Digits, int Scale) : IComparable<ExactNumber>
{
    public bool IsInteger => Scale == 0;

    /// <summary>Reads a number of JSON; null if it has too many digits, written out.</summary>
    public static ExactNumber? Read(string text)
    {
        var at = text.IndexOfAny(['e', 'E']);
        var (mantissa, exponent) = at < 0 ? (text, 0) : (text[..at], ReadExponent(text[(at + 1)..]));
        var point = mantissa.IndexOf('.', StringComparison.Ordinal);
        var scale = (point < 0 ? 0 : mantissa.Length - point - 1) - exponent;
        if (mantissa.Length > SchemaLimits.Digits)
        {
            return null;
        }

        var digits = BigInteger.Parse(mantissa.Replace(".", "", StringComparison.Ordinal), CultureInfo.InvariantCulture);
        if (digits.IsZero)
        {
            return default(ExactNumber);
        }

        while (scale > 0 && digits % 10 == 0)
        {
            (digits, scale) = (digits / 10, scale - 1);
        }

        return Math.Abs(scale) > SchemaLimits.Digits ? null
            : scale < 0 ? new(digits * BigInteger.Pow(10, -scale), 0)
            : new(digits, scale);
    }

    public int CompareTo(ExactNumber other)
    {
        var scale = Math.Max(Scale, other.Scale);
        return Scaled(scale).CompareTo(other.Scaled(scale));
    }

    /// <summary>All digits, when so many of them stand behind the point.</summary>
    public BigInteger Scaled(int scale) => Digits * BigInteger.Pow(10, scale - Scale);

    public static bool operator <(ExactNumber left, ExactNumber right) => left.CompareTo(right) < 0;

    public static bool operator >(ExactNumber left, ExactNumber right) => left.CompareTo(right) > 0;

    public static bool operator <=(ExactNumber left, ExactNumber right) => left.CompareTo(right) <= 0;

    public static bool operator >=(ExactNumber left, ExactNumber right) => left.CompareTo(right) >= 0;

    /// <summary>Whether it is a multiple of another.</summary>
    public bool IsMultipleOf(ExactNumber other)
    {
        var scale = Math.Max(Scale, other.Scale);
        return Scaled(scale) % other.Scaled(scale) == 0;
    }

    /// <summary>The digits before and behind the point, without the sign.</summary>
    public (string Whole, string Fraction) Parts()
    {
        var digits = BigInteger.Abs(Digits).ToString(CultureInfo.InvariantCulture).PadLeft(Scale + 1, '0');
        return (digits[..^Scale], digits[^Scale..]);
    }

    /// <summary>The number written out, without an exponent.</summary>
    public override string ToString()
    {
        var (whole, fraction) = Parts();
        return $"{(Digits.Sign < 0 ? "-" : "")}{whole}{(Scale > 0 ? "." : "")}{fraction}";
    }

    private static int ReadExponent(string text) =>
        int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var exponent) && Math.Abs(exponent) < 100_000
            ? exponent
            : text[0] == '-' ? -100_000 : 100_000;
}
