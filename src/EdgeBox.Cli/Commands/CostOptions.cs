using System.CommandLine;
using EdgeBox.V1;

namespace EdgeBox.Cli.Commands;

/// <summary>What a box costs, as options: for the cost per million tokens.</summary>
internal sealed class CostOptions
{
    private readonly Option<float?> _price = new("--price") { Description = "What the box cost.", HelpName = "AMOUNT", CustomParser = Limits.Number };
    private readonly Option<float?> _years = new("--years") { Description = "Years over which that is written off. Default: 5.", HelpName = "N", CustomParser = Limits.Number };
    private readonly Option<float?> _energy = new("--kwh-price") { Description = "Price of a kilowatt-hour.", HelpName = "AMOUNT", CustomParser = Limits.Number };
    private readonly Option<float?> _busy = new("--busy") { Description = "Share of the time that the box works, above 0 to 1. Default: 1.", HelpName = "SHARE", CustomParser = Limits.Number };
    private readonly Option<float?> _watts = new("--other-watts") { Description = "Watts of the box without its GPU, when it works.", HelpName = "WATTS", CustomParser = Limits.Number };
    private readonly Option<string?> _currency = new("--currency") { Description = "The currency, e.g. CNY.", HelpName = "CODE" };

    private const double UsualYears = 5;

    /// <summary>Adds the options to a command.</summary>
    public void AddTo(Command command)
    {
        command.Add(_price);
        command.Add(_years);
        command.Add(_energy);
        command.Add(_busy);
        command.Add(_watts);
        command.Add(_currency);
    }

    /// <summary>What was told; null if nothing was.</summary>
    public CostBasis? Of(ParseResult parse)
    {
        var (price, energy) = (parse.GetValue(_price), parse.GetValue(_energy));
        return price is null && energy is null
            ? null
            : new CostBasis
            {
                BoxPrice = price ?? 0,
                Years = parse.GetValue(_years) ?? (price is null ? 0 : UsualYears),
                KilowattHourPrice = energy ?? 0,
                BusyShare = parse.GetValue(_busy) ?? 0,
                OtherWatts = parse.GetValue(_watts) ?? 0,
                Currency = parse.GetValue(_currency) ?? "",
            };
    }
}
