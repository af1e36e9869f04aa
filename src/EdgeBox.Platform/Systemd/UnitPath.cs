using System.Globalization;
using System.Text;

namespace EdgeBox.Platform.Systemd;

/// <summary>Where a unit is on the bus.</summary>
internal static class UnitPath
{
    private const string Root = "/org/freedesktop/systemd1/unit/";

    /// <summary>The object of a unit: every byte that is neither a letter nor a digit, and a digit at the beginning, becomes <c>_xx</c>.</summary>
    public static string Of(string unit)
    {
        var path = new StringBuilder(Root);
        foreach (var piece in Encoding.UTF8.GetBytes(unit))
        {
            var character = (char)piece;
            if (char.IsAsciiLetter(character) || (char.IsAsciiDigit(character) && path.Length > Root.Length))
            {
                path.Append(character);
            }
            else
            {
                path.Append(CultureInfo.InvariantCulture, $"_{piece:x2}");
            }
        }

        return path.ToString();
    }
}
