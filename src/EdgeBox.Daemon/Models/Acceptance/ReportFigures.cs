using EdgeBox.V1;
using Google.Protobuf.WellKnownTypes;

namespace EdgeBox.Daemon.Models.Acceptance;

/// <summary>Adds up the runs of a suite.</summary>
internal sealed class ReportFigures
{
    private const double SecondsOfHour = 3600;
    private const double HoursOfYear = 8766;
    private const double JoulesOfKilowattHour = 3.6e6;
    private const double Million = 1e6;

    private readonly List<double> _speeds = [];
    private readonly List<double> _firstTokens = [];
    private ulong _promptTokens;
    private ulong _completionTokens;

    /// <summary>Joules that the GPUs took while the suite ran; null: not known.</summary>
    public double? Energy { get; set; }

    /// <summary>Adds a run.</summary>
    public void Add(CaseOutcome outcome)
    {
        _promptTokens += outcome.PromptTokens;
        _completionTokens += outcome.CompletionTokens;
        if (outcome.TokensPerSecond > 0)
        {
            _speeds.Add(outcome.TokensPerSecond);
        }

        if (outcome.FirstToken is { } first)
        {
            _firstTokens.Add(first.TotalSeconds);
        }
    }

    /// <summary>Fills in the figures and the verdict.</summary>
    public void WriteTo(AcceptanceReport report)
    {
        report.Passed = (uint)report.Results.Count(result => result.Passed);
        report.Failed = (uint)report.Results.Count - report.Passed;
        report.Verdict = report.Failed == 0 ? AcceptanceVerdict.Passed : AcceptanceVerdict.Failed;
        (report.PromptTokens, report.CompletionTokens) = (_promptTokens, _completionTokens);
        report.TokensPerSecond = _speeds.Count > 0 ? Percentile(_speeds, 50) : 0;
        if (_firstTokens.Count > 0)
        {
            report.FirstToken = Seconds(Percentile(_firstTokens, 50));
            report.FirstTokenP95 = Seconds(Percentile(_firstTokens, 95));
        }

        if (Energy is { } joules && _completionTokens > 0)
        {
            report.JoulesPerToken = joules / _completionTokens;
        }

        if (report.Cost is { } cost && report.TokensPerSecond > 0)
        {
            report.CostPerMillionTokens = CostOf(cost, report.TokensPerSecond, report.HasJoulesPerToken ? report.JoulesPerToken : 0);
        }
    }

    /// <summary>The value of which so many of 100 are no greater; between two values, in proportion.</summary>
    public static double Percentile(IEnumerable<double> values, double percent)
    {
        var sorted = values.Order().ToList();
        var place = percent / 100 * (sorted.Count - 1);
        var below = (int)place;
        var above = Math.Min(below + 1, sorted.Count - 1);
        return sorted[below] + ((place - below) * (sorted[above] - sorted[below]));
    }

    /// <summary>What a million tokens cost, made one after the other: the box's share of its life, and the energy.</summary>
    /// <remarks>An idle hour is paid for by those in which it works, so the write-off of an hour of work is that of an hour, by the busy share.</remarks>
    public static double CostOf(CostBasis cost, double tokensPerSecond, double joulesPerToken)
    {
        var hours = Million / tokensPerSecond / SecondsOfHour;
        var busy = cost.BusyShare > 0 ? cost.BusyShare : 1;
        var writeOff = cost.BoxPrice > 0 ? cost.BoxPrice / (cost.Years * HoursOfYear) / busy : 0;
        var kilowattHours = (hours * cost.OtherWatts / 1000) + (joulesPerToken * Million / JoulesOfKilowattHour);
        return (hours * writeOff) + (kilowattHours * cost.KilowattHourPrice);
    }

    private static Duration Seconds(double seconds) => Duration.FromTimeSpan(TimeSpan.FromSeconds(seconds));
}
