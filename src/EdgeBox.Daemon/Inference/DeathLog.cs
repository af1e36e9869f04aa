using System.Globalization;
using EdgeBox.Daemon.Failures;
using EdgeBox.V1;

namespace EdgeBox.Daemon.Inference;

/// <summary>Remembers how the workers of one model died, so that a model whose workers keep dying is not started for ever.</summary>
/// <param name="most">With how many deaths within the term it is enough.</param>
/// <param name="time">Whose timestamps.</param>
internal sealed class DeathLog(int most, TimeProvider time)
{
    /// <summary>How long a death counts.</summary>
    public static readonly TimeSpan Term = TimeSpan.FromMinutes(10);

    /// <summary>What of the last words is told as evidence: it has to fit into the trailers of a call.</summary>
    private const int MaxWords = 1024;

    private readonly Lock _gate = new();
    private List<Death> _deaths = [];

    /// <summary>Whether it is enough.</summary>
    public bool TooMany
    {
        get
        {
            lock (_gate)
            {
                _deaths.RemoveAll(death => time.GetElapsedTime(death.At) > Term);
                return _deaths.Count >= most;
            }
        }
    }

    /// <summary>Notes a death.</summary>
    /// <param name="exit">How it ended, in words.</param>
    /// <param name="lastWords">The end of what it wrote to standard error.</param>
    /// <param name="inFlight">What it worked on.</param>
    public void Note(string exit, string lastWords, IEnumerable<Fingerprint> inFlight)
    {
        lock (_gate)
        {
            _deaths.Add(new Death(time.GetTimestamp(), exit, lastWords, [.. inFlight]));
            if (_deaths.Count > most)
            {
                _deaths.RemoveAt(0);
            }
        }
    }

    /// <summary>A request is to blame for the deaths that it was in flight at, and the model is not.</summary>
    public void Blame(Fingerprint killer)
    {
        lock (_gate)
        {
            _deaths.RemoveAll(death => death.InFlight.Contains(killer));
        }
    }

    /// <summary>Whoever looks after the box says that it may be tried again.</summary>
    public void Forget()
    {
        lock (_gate)
        {
            _deaths = [];
        }
    }

    /// <summary>Why the model is quarantined, with the evidence.</summary>
    public FailureException Evidence(string model)
    {
        lock (_gate)
        {
            var exits = string.Join("; ", _deaths.Select(death => death.Exit));
            var words = _deaths.Count > 0 ? _deaths[^1].LastWords : "";
            return new FailureException(ErrorReason.ModelQuarantined,
                string.Create(CultureInfo.InvariantCulture,
                    $"The workers of {model} died {_deaths.Count} times within {Term.TotalMinutes:0} minutes ({exits}); the box does not load it again by itself. `edgeboxctl model load` or `model verify` tries it again."),
                ("model", model),
                ("problem", "its workers keep dying"),
                ("exits", exits),
                ("stderr", words.Length > MaxWords ? words[^MaxWords..] : words));
        }
    }

    private sealed record Death(long At, string Exit, string LastWords, HashSet<Fingerprint> InFlight);
}
