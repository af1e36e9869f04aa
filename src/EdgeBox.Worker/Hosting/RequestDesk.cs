using System.Collections.Concurrent;
using EdgeBox.Worker.Batching;
using EdgeBox.Worker.Channel;
using EdgeBox.Worker.Drafting;
using EdgeBox.Worker.Llama;
using EdgeBox.Worker.Sampling;
using EdgeBox.Worker.V1;

namespace EdgeBox.Worker.Hosting;

/// <summary>Takes commands, makes tokens of texts away from the decode thread, and passes requests on to it.</summary>
internal sealed class RequestDesk : IDisposable
{
    /// <summary>Requests that may wait besides those that have a slot.</summary>
    public const int MostWaiting = 256;

    private const int LongText = 32 * 1024;
    private const int MostTokenized = 1_000_000;

    // The engine's tokenizer recurses once a character of a word, about a kilobyte each time.
    private const int LaneStack = 64 << 20;

    private readonly LoadedModel _model;
    private readonly AnswerPlan _plan;
    private readonly VectorInputs _vectors;
    private readonly EventWriter _events;
    private readonly ConcurrentDictionary<ulong, Action> _cancels = [];
    private readonly ConcurrentDictionary<ulong, GenerationRequest> _requests = [];
    private readonly Lane _quick = new("short texts", 2 * MostWaiting, LaneStack);
    private readonly Lane _long = new("long texts", 2 * MostWaiting, LaneStack);
    private DecodeLoop? _loop;

    public RequestDesk(LoadedModel model, EventWriter events)
    {
        _model = model;
        _plan = new AnswerPlan(model);
        _vectors = new VectorInputs(model);
        _events = events;
        _quick.Add(() =>
        {
            model.Tokenizer.Prepare();
            LoadedModel.GiveBack();
        });
    }

    /// <summary>The loop that requests go to.</summary>
    public void SendTo(DecodeLoop loop) => _loop = loop;

    public void Dispose()
    {
        _quick.Dispose();
        _long.Dispose();
    }

    /// <summary>Forgets a request that has ended.</summary>
    public void Ended(GenerationRequest request) => Forget(request.Id);

    /// <summary>Sends an event of the decode loop with the next flush.</summary>
    public void Append(Event message)
    {
        if (message.Embedded is not null)
        {
            Forget(message.Embedded.Request);
        }
        else if (message.Reranked is not null)
        {
            _cancels.TryRemove(message.Reranked.Request, out _);
        }
        else if (message.Refused is not null)
        {
            Forget(message.Refused.Request);
        }
        else if (message.Finished is not null)
        {
            Forget(message.Finished.Request);
        }

        _events.Append(message);
    }

    /// <summary>Takes a command other than Load.</summary>
    /// <exception cref="InvalidDataException">The daemon broke the contract.</exception>
    public void Handle(Command command)
    {
        switch (command.CommandCase)
        {
            case Command.CommandOneofCase.Generate:
                var request = new GenerationRequest(command.Generate);
                _requests.TryAdd(request.Id, request);
                Take(request.Id, () => Cancel(request), SizeOf(command.Generate), () => Prepare(request));
                break;
            case Command.CommandOneofCase.Embed:
                var embed = command.Embed;
                var cancelled = new Cancellation();
                Take(embed.Request, cancelled.Set, embed.Inputs.Sum(i => (long)i.Length), () => Prepare(embed.Request, _vectors.Of(embed), cancelled));
                break;
            case Command.CommandOneofCase.Rerank:
                var rerank = command.Rerank;
                var given = new Cancellation();
                var length = rerank.Documents.Sum(d => (long)d.Length + rerank.Query.Length);
                Take(rerank.Request, given.Set, length, () => Prepare(rerank.Request, _vectors.Of(rerank), given));
                break;
            case Command.CommandOneofCase.Tokenize:
                var tokenize = command.Tokenize;
                Take(tokenize.Request, () => { }, tokenize.Text.Length + SizeOf(tokenize.PromptOf), () => Prepare(tokenize));
                break;
            case Command.CommandOneofCase.Pause:
                if (_requests.TryGetValue(command.Pause.Request, out var paused))
                {
                    paused.Pause(command.Pause.Paused);
                    _loop!.Wake();
                }

                break;
            case Command.CommandOneofCase.Cancel:
                if (_cancels.TryGetValue(command.Cancel.Request, out var cancel))
                {
                    cancel();
                }

                break;
            default:
                throw new InvalidDataException($"a {command.CommandCase} command is not expected here");
        }
    }

    private static long SizeOf(Generate? asked) => asked is null ? 0 : asked.Prompt.Length + (asked.Conversation?.Turns.Sum(t => (long)t.Text.Length) ?? 0);

    private void Take(ulong id, Action cancel, long size, Action prepare)
    {
        if (!_cancels.TryAdd(id, cancel))
        {
            throw new InvalidDataException($"request {id} is already at work");
        }

        if (_cancels.Count > MostWaiting + _model.Shape.Slots)
        {
            Refuse(id, new RefusedException(RefusalKind.EngineError, $"more than {MostWaiting} requests are waiting in the worker"));
            return;
        }

        (size > LongText ? _long : _quick).Add(() => Guard(id, prepare));
    }

    private void Guard(ulong id, Action prepare)
    {
        try
        {
            PrepareOrRefuse(id, prepare);
        }
        catch (IOException)
        {
            // The daemon is gone; the thread that reads from it ends the process.
        }
    }

    private void PrepareOrRefuse(ulong id, Action prepare)
    {
        try
        {
            prepare();
        }
        catch (RefusedException e)
        {
            Refuse(id, e);
        }
        catch (EngineException e)
        {
            Refuse(id, new RefusedException(RefusalKind.EngineError, e.Message));
        }
    }

    private void Forget(ulong id)
    {
        _cancels.TryRemove(id, out _);
        _requests.TryRemove(id, out _);
    }

    private void Cancel(GenerationRequest request)
    {
        request.Cancel();
        _loop!.Wake();
    }

    private void Refuse(ulong id, RefusedException why)
    {
        Forget(id);
        _events.Send(Replies.Refused(id, why));
    }

    private void Prepare(GenerationRequest request)
    {
        if (_model.Context is null)
        {
            throw new RefusedException(RefusalKind.EngineError, "the model makes vectors and no text");
        }

        if (!request.IsCancelled)
        {
            _plan.Prepare(request);
            request.Lookup = request.Message.Draft && !request.Message.Deterministic ? new PromptLookup(request.Prompt) : null;
            request.Sampler = new Sampler(SamplingSettings.From(request.Message, _model.Model.Vocabulary.Pieces));
            request.Sampler.Begin(request.Prompt);
        }

        var limit = _model.Shape.ContextTokens - 1;
        if (request.Prompt.Length > limit && !request.IsCancelled)
        {
            throw new RefusedException(
                RefusalKind.PromptTooLong, $"the prompt has {request.Prompt.Length} tokens; {limit} fit", request.Prompt.Length, limit);
        }

        _loop!.Add(request);
    }

    /// <summary>Passes on texts that were made tokens of, for vectors or for scores.</summary>
    private void Prepare(ulong id, List<int[]> inputs, Cancellation cancelled)
    {
        var request = new EmbeddingRequest(id, inputs);
        cancelled.Forward(request.Cancel);
        _loop!.Add(request);
    }

    private void Prepare(Tokenize tokenize)
    {
        if (tokenize.PromptOf is { } generate)
        {
            var counted = new GenerationRequest(generate);
            _plan.Prepare(counted);
            Forget(tokenize.Request);
            _events.Send(new Event { Tokenized = new Tokenized { Request = tokenize.Request, Count = (uint)counted.Prompt.Length } });
            return;
        }

        var ids = _model.Tokenizer.Plain(tokenize.Text, tokenize.AddSpecial);
        if (ids.Count > MostTokenized)
        {
            throw new RefusedException(
                RefusalKind.PromptTooLong, $"the text has {ids.Count} tokens; {MostTokenized} can be listed", ids.Count, MostTokenized);
        }

        var reply = new Tokenized { Request = tokenize.Request, Count = (uint)ids.Count };
        var buffer = new byte[256];
        foreach (var id in ids)
        {
            reply.Ids.Add((uint)id);
            reply.Pieces.Add(Google.Protobuf.ByteString.CopyFrom(_model.Model.Vocabulary.Piece(id, ref buffer, special: true)));
        }

        Forget(tokenize.Request);
        _events.Send(new Event { Tokenized = reply });
    }

    /// <summary>A cancellation that may come before there is anything to cancel.</summary>
    private sealed class Cancellation
    {
        private readonly Lock _gate = new();
        private bool _set;
        private Action? _target;

        public void Set()
        {
            lock (_gate)
            {
                _set = true;
                _target?.Invoke();
            }
        }

        public void Forward(Action target)
        {
            lock (_gate)
            {
                _target = target;
                if (_set)
                {
                    target();
                }
            }
        }
    }
}
