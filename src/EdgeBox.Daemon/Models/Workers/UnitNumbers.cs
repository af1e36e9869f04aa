using System.Globalization;

namespace EdgeBox.Daemon.Models.Workers;

/// <summary>The instances of workers' units: small numbers, the lowest first, each in one hand at a time.</summary>
internal sealed class UnitNumbers
{
    /// <summary>The most workers at once.</summary>
    public const int Most = 64;

    private readonly Lock _lock = new();
    private readonly HashSet<int> _taken = [];

    /// <summary>Takes the lowest free one; null if there is none.</summary>
    public string? Take()
    {
        lock (_lock)
        {
            for (var number = 0; number < Most; number++)
            {
                if (_taken.Add(number))
                {
                    return number.ToString(CultureInfo.InvariantCulture);
                }
            }

            return null;
        }
    }

    /// <summary>Gives one back.</summary>
    public void Return(string number)
    {
        lock (_lock)
        {
            _taken.Remove(int.Parse(number, CultureInfo.InvariantCulture));
        }
    }
}
