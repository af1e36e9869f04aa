using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using System.Text;
using EdgeBox.Daemon.Failures;
using EdgeBox.V1;
using Google.Protobuf.Collections;
using Google.Protobuf.WellKnownTypes;
using Wire = EdgeBox.Worker.V1;

namespace EdgeBox.Daemon.Inference;

/// <summary>Reads what a worker says of one request, as the public contract tells it.</summary>
internal static class AnswerReader
{
    /// <summary>No piece becomes much longer than this by joining.</summary>
    private const int MaxMergedCharacters = 16 * 1024;

    /// <summary>Ids of calls are such that every conversation format can carry them.</summary>
    private const int IdLength = 9;

    private const string IdCharacters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";

    /// <summary>One event of an answer; exactly one member is set.</summary>
    internal readonly record struct Answer(
        GenerationStarted? Started, TextDelta? Delta, GenerationFinished? Finished, GenerationWaiting? Waiting = null,
        ToolCallDelta? Call = null, AttemptJudged? Attempt = null);

    /// <summary>The events of an answer in order. Deltas that are there already are told as one.</summary>
    /// <param name="host">Serves the model.</param>
    /// <param name="model">"models/NAME".</param>
    /// <param name="generate">What was asked.</param>
    /// <param name="claim">Who asks, and how it takes its turn.</param>
    /// <param name="cancellation">Ends the request; its slot is free after the next step.</param>
    public static async IAsyncEnumerable<Answer> ReadAsync(
        ModelHost host, string model, Wire.Generate generate, Claim claim, [EnumeratorCancellation] CancellationToken cancellation)
    {
        var job = await host.SubmitAsync(id => new Wire.Command { Generate = WithId(generate, id) }, claim, cancellation);
        var ended = false;
        try
        {
            await foreach (var place in PlacesAsync(job, cancellation))
            {
                yield return new Answer(null, null, null, Waiting(model, place));
            }

            await foreach (var said in job.Events.ReadAllAsync(cancellation))
            {
                switch (said.EventCase)
                {
                    case Wire.Event.EventOneofCase.Started:
                        yield return new Answer(
                            new GenerationStarted { Model = model, PromptTokens = said.Started.PromptTokens, Seed = generate.Sampling.Seed }, null, null);
                        break;
                    case Wire.Event.EventOneofCase.Delta:
                        yield return new Answer(null, Merge(job, said.Delta), null);
                        break;
                    case Wire.Event.EventOneofCase.CallDelta:
                        yield return new Answer(null, null, null, Call: Merge(job, said.CallDelta));
                        break;
                    case Wire.Event.EventOneofCase.Finished:
                        ended = true;
                        yield return new Answer(null, null, Finish(said.Finished, job));
                        break;
                    default:
                        ended = true;
                        throw Refusals.From(said.Refused, model, generate, host.Snapshot.Loaded?.FormatProblem);
                }
            }

            ended = true;
        }
        finally
        {
            if (!ended)
            {
                await host.CancelAsync(job);
            }
        }
    }

    private static Wire.Generate WithId(Wire.Generate generate, ulong id)
    {
        generate.Request = id;
        return generate;
    }

    /// <summary>The places of a request in the line, until the worker says something of it or it ends.</summary>
    private static async IAsyncEnumerable<Place> PlacesAsync(Job job, [EnumeratorCancellation] CancellationToken cancellation)
    {
        var heard = job.Events.WaitToReadAsync(cancellation).AsTask();
        while (!heard.IsCompleted)
        {
            var told = job.Places.WaitToReadAsync(cancellation).AsTask();
            if (await Task.WhenAny(heard, told) == heard || !await told)
            {
                break;
            }

            if (job.Places.TryRead(out var place))
            {
                yield return place;
            }
        }

        await heard;
    }

    private static GenerationWaiting Waiting(string model, Place place) => new()
    {
        Model = model,
        Position = (uint)place.Position,
        Estimate = place.Estimate is { } estimate ? Duration.FromTimeSpan(estimate) : null,
    };

    /// <summary>Joins a delta with those of the same kind that wait behind it: a client that reads slowly gets fewer, larger pieces.</summary>
    private static TextDelta Merge(Job job, Wire.Delta first)
    {
        StringBuilder? text = null;
        var length = first.Text.Length;
        var delta = new TextDelta { Channel = ChannelOf(first), Tokens = first.Tokens };
        Tell(first.Logprobs, delta.Logprobs);
        while (length < MaxMergedCharacters && job.Events.TryPeek(out var next) && next.EventCase == Wire.Event.EventOneofCase.Delta
            && ChannelOf(next.Delta) == delta.Channel && job.Events.TryRead(out _))
        {
            text ??= new StringBuilder(first.Text);
            text.Append(next.Delta.Text);
            length += next.Delta.Text.Length;
            delta.Tokens += next.Delta.Tokens;
            Tell(next.Delta.Logprobs, delta.Logprobs);
        }

        delta.Text = text?.ToString() ?? first.Text;
        return delta;
    }

    /// <summary>As for text: joins a piece of a call with those of the same call that wait behind it.</summary>
    private static ToolCallDelta Merge(Job job, Wire.CallDelta first)
    {
        StringBuilder? arguments = null;
        var length = first.Arguments.Length;
        var delta = new ToolCallDelta
        {
            Index = first.Index, Name = first.Name, Id = first.Name.Length > 0 ? RandomNumberGenerator.GetString(IdCharacters, IdLength) : "",
            Tokens = first.Tokens,
        };
        Tell(first.Logprobs, delta.Logprobs);
        while (length < MaxMergedCharacters && job.Events.TryPeek(out var next) && next.EventCase == Wire.Event.EventOneofCase.CallDelta
            && next.CallDelta.Index == first.Index && job.Events.TryRead(out _))
        {
            arguments ??= new StringBuilder(first.Arguments);
            arguments.Append(next.CallDelta.Arguments);
            length += next.CallDelta.Arguments.Length;
            delta.Tokens += next.CallDelta.Tokens;
            Tell(next.CallDelta.Logprobs, delta.Logprobs);
        }

        delta.Arguments = arguments?.ToString() ?? first.Arguments;
        return delta;
    }

    private static Channel ChannelOf(Wire.Delta delta) =>
        delta.Reasoning ? Channel.Reasoning : delta.Preamble ? Channel.Preamble : Channel.Answer;

    private static void Tell(IEnumerable<Wire.TokenLogprob> said, RepeatedField<TokenLogprob> told)
    {
        foreach (var token in said)
        {
            var logprob = new TokenLogprob { Token = new Token { Id = token.Id, Piece = token.Piece }, Logprob = token.Logprob };
            foreach (var likely in token.Top)
            {
                logprob.Top.Add(new LikelyToken { Token = new Token { Id = likely.Id, Piece = likely.Piece }, Logprob = likely.Logprob });
            }

            told.Add(logprob);
        }
    }

    private static GenerationFinished Finish(Wire.Finished finished, Job job) => new()
    {
        Reason = finished.Kind switch
        {
            Wire.FinishKind.Stop => FinishReason.Stop,
            Wire.FinishKind.StopSequence => FinishReason.StopSequence,
            Wire.FinishKind.Length => FinishReason.Length,
            Wire.FinishKind.Calls => FinishReason.ToolCalls,
            // Cancelled by somebody other than the client, who would not be reading: the model is going away.
            _ => throw new FailureException(ErrorReason.Cancelled, "The answer was cancelled."),
        },
        StopSequence = finished.StopSequence,
        Usage = new Usage
        {
            PromptTokens = finished.PromptTokens,
            CompletionTokens = finished.CompletionTokens,
            CachedPromptTokens = finished.CachedTokens,
            DraftedTokens = finished.DraftedTokens,
            AcceptedTokens = finished.AcceptedTokens,
        },
        Timings = new Timings
        {
            Queue = Duration.FromTimeSpan(job.Waited ?? TimeSpan.Zero),
            Prefill = Nanoseconds(finished.PrefillNs),
            Decode = Nanoseconds(finished.DecodeNs),
        },
        Oddities = { Plausible.Oddities(finished).ToDictionary() },
    };

    private static Duration Nanoseconds(ulong ns) => new()
    {
        Seconds = (long)Math.Min(ns / 1_000_000_000, 315_576_000_000),
        Nanos = (int)(ns % 1_000_000_000),
    };
}
