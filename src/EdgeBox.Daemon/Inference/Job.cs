using System.Threading.Channels;
using EdgeBox.Daemon.Failures;
using EdgeBox.V1;
using Channel = System.Threading.Channels.Channel;
using Wire = EdgeBox.Worker.V1;

namespace EdgeBox.Daemon.Inference;

/// <summary>Where a request stands in the line.</summary>
/// <param name="Position">1 is next.</param>
/// <param name="Estimate">How long the wait may be; null while nothing is known.</param>
internal sealed record Place(int Position, TimeSpan? Estimate);

/// <summary>One request to a model, from admission to its end. Its state belongs to the model's <see cref="ModelHost"/>.</summary>
internal sealed class Job
{
    /// <summary>A client is told of a new place at most this often.</summary>
    public static readonly TimeSpan TellEvery = TimeSpan.FromSeconds(1);

    private readonly EventQueue _events = new();

    // Only the latest place matters.
    private readonly Channel<Place> _places = Channel.CreateBounded<Place>(
        new BoundedChannelOptions(1) { SingleReader = true, SingleWriter = true, FullMode = BoundedChannelFullMode.DropOldest });

    private int _toldPosition;
    private long _toldAt;
    private bool _startedTold;

    /// <summary>A request that no worker has seen yet.</summary>
    /// <param name="command">What to send; its request id is <paramref name="id"/>.</param>
    /// <param name="id">Unique among the requests to this model.</param>
    /// <param name="claim">Who asks, and how it takes its turn.</param>
    /// <param name="fingerprint">Same for requests that are alike; see <see cref="Quarantine"/>.</param>
    /// <param name="admittedAt">Timestamp of the monotonic clock.</param>
    public Job(Wire.Command command, ulong id, Claim claim, Fingerprint fingerprint, long admittedAt)
    {
        Command = command;
        Id = id;
        Claim = claim;
        Fingerprint = fingerprint;
        AdmittedAt = admittedAt;
        Estimate = TokenCost.Estimate(command);
        Calls = new CallWatch(command.Generate ?? new Wire.Generate());
    }

    public Wire.Command Command { get; }

    public ulong Id { get; }

    public Claim Claim { get; }

    public Fingerprint Fingerprint { get; }

    public long AdmittedAt { get; }

    /// <summary>Tokens that it is guessed to cost.</summary>
    public double Estimate { get; }

    /// <summary>The calls of its answer so far.</summary>
    public CallWatch Calls { get; }

    /// <summary>What its identity was charged for it while it runs.</summary>
    public Charge Charge { get; set; }

    /// <summary>How long it waited for a worker; null while it does.</summary>
    public TimeSpan? Waited { get; set; }

    /// <summary>Timestamp of when a worker was given it last.</summary>
    public long BegunAt { get; set; }

    /// <summary>Timestamp of when it was paused because its client is behind; null while it is not.</summary>
    public long? PausedAt { get; set; }

    /// <summary>Whether the client was told something that a second try could contradict.</summary>
    public bool Produced { get; private set; }

    /// <summary>How many workers died while it was in flight.</summary>
    public int Deaths { get; set; }

    /// <summary>Whether it was cancelled and only the worker's confirmation is awaited.</summary>
    public bool Cancelling { get; set; }

    /// <summary>A request that was in flight at a death is watched alone until it has produced something.</summary>
    public bool OnProbation => Deaths > 0 && !Produced;

    /// <summary>Whether nothing else may run beside it.</summary>
    public bool RunsAlone => OnProbation || Claim.Deterministic;

    /// <summary>What the client reads. Ends after the last event, or with a <see cref="FailureException"/>.</summary>
    public EventQueue Events => _events;

    /// <summary>Where it stood in the line last, as long as it waits. Ends when the worker has it, or the request ends.</summary>
    public ChannelReader<Place> Places => _places.Reader;

    private bool HearsOfPlaces => !_startedTold && Command.CommandCase == Wire.Command.CommandOneofCase.Generate;

    /// <summary>Passes an event on to the client.</summary>
    /// <returns>False if the client has left too many unread.</returns>
    public bool TryTell(Wire.Event message)
    {
        _places.Writer.TryComplete();
        if (message.EventCase == Wire.Event.EventOneofCase.Started)
        {
            if (_startedTold)
            {
                return true; // A second try: the client shall not notice.
            }

            _startedTold = true;
        }
        else
        {
            Produced = true;
        }

        return _events.TryWrite(message);
    }

    /// <summary>Tells the client its place, if that is news and it was not told just now.</summary>
    /// <param name="place">Where it stands.</param>
    /// <param name="now">Timestamp.</param>
    /// <param name="time">Whose timestamp.</param>
    /// <returns>False if there is news that has to wait.</returns>
    public bool TellPlace(Place place, long now, TimeProvider time)
    {
        if (!HearsOfPlaces || place.Position == _toldPosition)
        {
            return true;
        }

        if (_toldPosition != 0 && time.GetElapsedTime(_toldAt, now) < TellEvery)
        {
            return false;
        }

        (_toldPosition, _toldAt) = (place.Position, now);
        return _places.Writer.TryWrite(place);
    }

    /// <summary>Ends the request well. Idempotent.</summary>
    public void Complete() => End(null);

    /// <summary>Ends the request with a refusal. Idempotent.</summary>
    public void Fail(FailureException why) => End(why);

    /// <summary>Ends the request with a refusal in the public vocabulary. Idempotent.</summary>
    public void Fail(ErrorReason reason, string message, params (string Key, string Value)[] facts) =>
        Fail(new FailureException(reason, message, facts));

    private void End(FailureException? why)
    {
        _places.Writer.TryComplete();
        _events.Complete(why);
    }
}
