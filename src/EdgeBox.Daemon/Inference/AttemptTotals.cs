using System.Runtime.InteropServices;
using EdgeBox.V1;
using Google.Protobuf.WellKnownTypes;

namespace EdgeBox.Daemon.Inference;

/// <summary>What the attempts at one answer cost together.</summary>
internal sealed class AttemptTotals
{
    private readonly Usage _usage = new();
    private readonly Timings _timings = new() { Queue = new Duration(), Prefill = new Duration(), Decode = new Duration() };
    private readonly Dictionary<string, uint> _oddities = [];
    private uint _attempts;

    /// <summary>Adds an attempt.</summary>
    public void Add(GenerationFinished finished)
    {
        _attempts++;
        _usage.PromptTokens += finished.Usage.PromptTokens;
        _usage.CompletionTokens += finished.Usage.CompletionTokens;
        _usage.CachedPromptTokens += finished.Usage.CachedPromptTokens;
        _usage.DraftedTokens += finished.Usage.DraftedTokens;
        _usage.AcceptedTokens += finished.Usage.AcceptedTokens;
        _timings.Queue += finished.Timings.Queue;
        _timings.Prefill += finished.Timings.Prefill;
        _timings.Decode += finished.Timings.Decode;
        foreach (var (name, count) in finished.Oddities)
        {
            CollectionsMarshal.GetValueRefOrAddDefault(_oddities, name, out _) += count;
        }
    }

    /// <summary>The end of the answer that counts; an attempt that was not judged has no verification.</summary>
    public GenerationFinished Finish(Attempt best, int checks) => new()
    {
        Reason = best.Finished!.Reason,
        StopSequence = best.Finished.StopSequence,
        Usage = _usage,
        Timings = _timings,
        Oddities = { _oddities },
        Verification = best.Verdicts is { } verdicts
            ? new Verification { Verified = best.Passed == checks, Attempts = _attempts, Verdicts = { verdicts } }
            : null,
    };
}
