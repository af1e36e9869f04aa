using System.CommandLine;
using System.CommandLine.Parsing;

namespace EdgeBox.Cli.Commands;

/// <summary>Validators for numbers that only this program limits.</summary>
internal static class Limits
{
    /// <summary>Accepts whole numbers from <paramref name="least"/> to <paramref name="most"/>.</summary>
    public static Action<OptionResult> Between(Option<int> option, int least, int most) => result =>
    {
        if (result.Tokens.Count == 1 && int.TryParse(result.Tokens[0].Value, out var value) && (value < least || value > most))
        {
            result.AddError($"{option.Name} is {value}; it may be {least} to {most}.");
        }
    };
}
