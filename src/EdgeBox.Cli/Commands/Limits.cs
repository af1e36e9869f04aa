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

    private static void Complain(ArgumentResult result, string wanted)
        => result.AddError($"{(result.Parent as OptionResult)?.Option.Name} takes {wanted}; '{result.Tokens[0].Value}' is none.");
}
