using Wire = EdgeBox.Worker.V1;

namespace EdgeBox.Daemon.Inference;

/// <summary>The part of the host that hears what the worker says of requests, and passes on what an honest one can say.</summary>
internal sealed partial class ModelHost
{
    /// <summary>A piece of an answer is some tokens long. An honest worker never comes near this.</summary>
    private const int MaxDeltaCharacters = 16 * 1024;

    /// <summary>Passes on what was said of a request; false if that breaks the contract.</summary>
    private bool HearOfRequest(Wire.Event said)
    {
        switch (said.EventCase)
        {
            case Wire.Event.EventOneofCase.Started when FindJob(said.Started.Request, Wire.Command.CommandOneofCase.Generate) is { } job:
                return Tell(job, said, ends: false);
            case Wire.Event.EventOneofCase.Delta when said.Delta.Text.Length <= MaxDeltaCharacters
                && FindJob(said.Delta.Request, Wire.Command.CommandOneofCase.Generate) is { } job:
                return Tell(job, said, ends: false);
            case Wire.Event.EventOneofCase.CallDelta when said.CallDelta.Arguments.Length <= MaxDeltaCharacters
                && FindJob(said.CallDelta.Request, Wire.Command.CommandOneofCase.Generate) is { } job && job.Calls.Accepts(said.CallDelta):
                return Tell(job, said, ends: false);
            case Wire.Event.EventOneofCase.Finished when FindJob(said.Finished.Request, Wire.Command.CommandOneofCase.Generate) is { } job
                && (said.Finished.Kind != Wire.FinishKind.Calls || job.Calls.Any):
                return Tell(job, said, ends: true);
            case Wire.Event.EventOneofCase.Embedded when FindJob(said.Embedded.Request, Wire.Command.CommandOneofCase.Embed) is { } job
                && Plausible.Answers(said.Embedded, job.Command.Embed):
                return Tell(job, said, ends: true);
            case Wire.Event.EventOneofCase.Reranked when FindJob(said.Reranked.Request, Wire.Command.CommandOneofCase.Rerank) is { } job
                && Plausible.Answers(said.Reranked, job.Command.Rerank):
                return Tell(job, said, ends: true);
            case Wire.Event.EventOneofCase.Tokenized when FindJob(said.Tokenized.Request, Wire.Command.CommandOneofCase.Tokenize) is { } job:
                return Tell(job, said, ends: true);
            case Wire.Event.EventOneofCase.Refused when _table.FindRunning(said.Refused.Request) is { } job:
                return Tell(job, said, ends: true);
            default:
                return false;
        }
    }

    /// <summary>The request that an event speaks of, if it is of the kind that such an event answers.</summary>
    private Job? FindJob(ulong request, Wire.Command.CommandOneofCase kind) =>
        _table.FindRunning(request) is { } job && job.Command.CommandCase == kind ? job : null;

    private bool Tell(Job job, Wire.Event said, bool ends)
    {
        if (ends)
        {
            NoteEnded(job, said);
            _backOff.Reset();
        }

        if (!job.Cancelling && !job.TryTell(said))
        {
            Drop(job, $"The answer was given up: {EventQueue.MaxEvents} pieces of it were left unread.");
        }

        if (ends)
        {
            job.Complete();
        }
        else
        {
            StandStillIfBehind(job);
        }

        return true;
    }
}
