using System.Globalization;

namespace EdgeBox.Daemon.Models;

/// <summary>Reads how much more or less than others an identity gets when many ask.</summary>
internal static class IdentityWeights
{
    /// <summary>The smallest weight.</summary>
    public const double Least = 0.01;

    /// <summary>The largest weight.</summary>
    public const double Most = 100;

    /// <summary>Reads "IDENTITY=N"; null if it is none.</summary>
    public static (string Identity, double Weight)? Read(string text)
    {
        var sign = text.LastIndexOf('=');
        return sign > 0
            && double.TryParse(text.AsSpan(sign + 1), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var weight)
            && weight is >= Least and <= Most
            ? (text[..sign], weight)
            : null;
    }

    /// <summary>All of them; of several for one identity the last counts.</summary>
    public static IReadOnlyDictionary<string, double> ReadAll(IEnumerable<string> texts)
    {
        var weights = new Dictionary<string, double>();
        foreach (var text in texts)
        {
            if (Read(text) is var (identity, weight))
            {
                weights[identity] = weight;
            }
        }

        return weights;
    }
}
