namespace EdgeBox.Daemon.Inference;

/// <summary>What a request was charged when it was handed to the worker.</summary>
/// <param name="Tokens">How much.</param>
/// <param name="Spell">Which spell of waiting of its identity that was; see <see cref="Flow"/>.</param>
internal readonly record struct Charge(double Tokens, int Spell);

/// <summary>One identity in a <see cref="FairLine"/>: its requests that wait, and its virtual time.</summary>
/// <remarks>
/// Virtual time advances by tokens over weight. Whenever the identity begins to wait anew, a spell begins, at the line's virtual time
/// at least: neither credit from before it is kept, nor can it come from a correction of what ran before.
/// </remarks>
internal sealed class Flow(string identity, double weight, double now)
{
    private double _before = now;
    private double _from = now;
    private double _since;
    private int _spell;

    public string Identity => identity;

    public double Weight => weight;

    /// <summary>Its requests in the order in which they came.</summary>
    public LinkedList<Job> Waiting { get; } = [];

    public int Running { get; set; }

    /// <summary>Timestamp of when it last had nothing left.</summary>
    public long IdleSince { get; set; }

    public bool IsIdle => Waiting.Count == 0 && Running == 0;

    /// <summary>The virtual time at which its next request begins: the least one is next in line.</summary>
    public double Tag => Math.Max(_before, _from) + _since;

    /// <summary>Begins a spell of waiting.</summary>
    public void BeginSpell(double now) => (_before, _from, _since, _spell) = (Tag, now, 0, _spell + 1);

    /// <summary>How far its virtual time advances by so many tokens.</summary>
    public double Advance(double tokens) => tokens / weight;

    /// <summary>Charges tokens in advance.</summary>
    public Charge Charge(double tokens)
    {
        _since += Advance(tokens);
        return new Charge(tokens, _spell);
    }

    /// <summary>Replaces what was charged by what was used.</summary>
    public void Correct(Charge charge, double used)
    {
        var difference = Advance(used - charge.Tokens);
        if (charge.Spell == _spell)
        {
            _since += difference;
        }
        else
        {
            _before += difference;
        }
    }
}
