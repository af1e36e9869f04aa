using System.CommandLine.Parsing;
using System.Globalization;

namespace EdgeBox.Cli.Commands;

/// <summary>Readers of numbers on the command line, with errors that a person understands.</summary>
internal static class Limits
{
    /// <summary>Any number; what is allowed, the box knows.</summary>
    public static float? Number(ArgumentResult result)
    {
        if (float.TryParse(result.Tokens[0].Value, NumberStyles.Float, CultureInfo.InvariantCulture, out var value))
        {
            return value;
        }
        Complain(result, "a number, e.g. 0.7");
        return null;
    }

    /// <summary>A whole number from 0 to 4,294,967,295.</summary>
    public static uint? Whole(ArgumentResult result)
    {
        if (uint.TryParse(result.Tokens[0].Value, NumberStyles.None, CultureInfo.InvariantCulture, out var value))
        {
            return value;
        }
        Complain(result, "a whole number of 0 or more");
        return null;
    }

    /// <summary>A whole number from <paramref name="least"/> to <paramref name="most"/>.</summary>
    public static Func<ArgumentResult, int> Between(int least, int most) => result =>
    {
        if (int.TryParse(result.Tokens[0].Value, NumberStyles.None, CultureInfo.InvariantCulture, out var value) && value >= least && value <= most)
        {
            return value;
        }
        Complain(result, string.Create(CultureInfo.InvariantCulture, $"a whole number from {least} to {most}"));
        return least;
    };

    /// <summary>Numbers of tokens, each with a bias.</summary>
    public static KeyValuePair<uint, float>[] Biases(ArgumentResult result)
    {
        var biases = new List<KeyValuePair<uint, float>>();
        foreach (var given in result.Tokens)
        {
            var parts = given.Value.Split('=');
            if (parts.Length == 2 && uint.TryParse(parts[0], NumberStyles.None, CultureInfo.InvariantCulture, out var token)
                && float.TryParse(parts[1], NumberStyles.Float, CultureInfo.InvariantCulture, out var bias))
            {
                biases.Add(new(token, bias));
            }
            else
            {
                Complain(result, "the number of a token and a bias, e.g. 1734=-100", given.Value);
            }
        }
        return [.. biases];
    }

    private static void Complain(ArgumentResult result, string wanted) => Complain(result, wanted, result.Tokens[0].Value);

    private static void Complain(ArgumentResult result, string wanted, string given)
        => result.AddError($"{(result.Parent as OptionResult)?.Option.Name} takes {wanted}; '{given}' is none.");
}
