using System.Globalization;
using EdgeBox.Daemon.Time;
using Microsoft.Extensions.Options;

namespace EdgeBox.Daemon.Inference;

/// <summary>The date that models are told: none if it is not wanted, or if the clock may be wrong.</summary>
internal sealed class ToldDate(TrustedClock clock, IOptions<InferenceOptions> options)
{
    /// <summary>Today in UTC, as "2026-01-02"; empty: none.</summary>
    public string Today
    {
        get
        {
            if (!options.Value.TellDate)
            {
                return "";
            }

            var now = clock.Now;
            return clock.MachineClockIsBelieved ? now.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture) : "";
        }
    }
}
