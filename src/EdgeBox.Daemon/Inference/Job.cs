using System.Threading.Channels;
using EdgeBox.Daemon.Failures;
using EdgeBox.V1;
using Channel = System.Threading.Channels.Channel;
using Wire = EdgeBox.Worker.V1;

namespace EdgeBox.Daemon.Inference;

/// <summary>One request to a model, from admission to its end. Its state belongs to the model's <see cref="ModelHost"/>.</summary>
internal sealed class Job
{
    /// <summary>Events that may wait for a client that reads slowly; at more the request is given up.</summary>
    public const int MaxUnreadEvents = 8192;

    private readonly Channel<Wire.Event> _events = Channel.CreateBounded<Wire.Event>(
        new BoundedChannelOptions(MaxUnreadEvents) { SingleReader = true, SingleWriter = true });

    /// <summary>A request that no worker has seen yet.</summary>
    /// <param name="command">What to send; its request id is <paramref name="id"/>.</param>
    /// <param name="id">Unique among the requests to this model.</param>
    /// <param name="fingerprint">Same for requests that are alike; see <see cref="Quarantine"/>.</param>
    /// <param name="admittedAt">Timestamp of the monotonic clock.</param>
    public Job(Wire.Command command, ulong id, Fingerprint fingerprint, long admittedAt)
    {
        Command = command;
        Id = id;
        Fingerprint = fingerprint;
        AdmittedAt = admittedAt;
    }

    public Wire.Command Command { get; }

    public ulong Id { get; }

    public Fingerprint Fingerprint { get; }

    public long AdmittedAt { get; }

    /// <summary>How long it waited for a worker; null while it does.</summary>
    public TimeSpan? Waited { get; set; }

    /// <summary>Whether the client was told something that a second try could contradict.</summary>
    public bool Produced { get; private set; }

    /// <summary>How many workers died while it was in flight.</summary>
    public int Deaths { get; set; }

    /// <summary>Whether it was cancelled and only the worker's confirmation is awaited.</summary>
    public bool Cancelling { get; set; }

    /// <summary>A request that was in flight at a death is watched alone until it has produced something.</summary>
    public bool OnProbation => Deaths > 0 && !Produced;

    /// <summary>What the client reads. Ends after the last event, or with a <see cref="FailureException"/>.</summary>
    public ChannelReader<Wire.Event> Events => _events.Reader;

    private bool _startedTold;

    /// <summary>Passes an event on to the client.</summary>
    /// <returns>False if the client has left too many unread.</returns>
    public bool TryTell(Wire.Event message)
    {
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

        return _events.Writer.TryWrite(message);
    }

    /// <summary>Ends the request well. Idempotent.</summary>
    public void Complete() => _events.Writer.TryComplete();

    /// <summary>Ends the request with a refusal. Idempotent.</summary>
    public void Fail(FailureException why) => _events.Writer.TryComplete(why);

    /// <summary>Ends the request with a refusal in the public vocabulary. Idempotent.</summary>
    public void Fail(ErrorReason reason, string message, params (string Key, string Value)[] facts) =>
        Fail(new FailureException(reason, message, facts));
}
