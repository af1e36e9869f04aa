using EdgeBox.Worker.Llama;
using EdgeBox.Worker.V1;
using Google.Protobuf;

namespace EdgeBox.Worker.Sampling;

/// <summary>Tells the daemon how likely a chosen token was.</summary>
internal static class TokenLogprobs
{
    /// <summary>A choice whose probabilities were asked for, as the contract has it.</summary>
    public static TokenLogprob ToWire(Choice choice, PieceTable pieces)
    {
        var told = Tell(new Candidate(choice.Logprob, choice.Token), pieces);
        foreach (var candidate in choice.Top ?? [])
        {
            told.Top.Add(Tell(candidate, pieces));
        }

        return told;
    }

    private static TokenLogprob Tell(Candidate candidate, PieceTable pieces) => new()
    {
        Id = (uint)candidate.Token,
        Piece = ByteString.CopyFrom(pieces[candidate.Token]),
        Logprob = candidate.Value,
    };
}
