using System.Text.Json;
using EdgeBox.Daemon.Gateway.Answers;
using EdgeBox.V1;
using static EdgeBox.Daemon.Inference.AnswerReader;

namespace EdgeBox.Daemon.Gateway.OpenAi;

/// <summary>Writes answers of /v1/chat/completions as they are made.</summary>
internal sealed class ChatCompletionStream
{
    private const string Between = "\n\n";

    private readonly SseFrames _frames;
    private readonly AnswerHead _head;
    private readonly ChatCompletionCall _call;
    private readonly Choice[] _choices;

    /// <summary>Begins a stream.</summary>
    /// <param name="frames">Where it is written.</param>
    /// <param name="head">What the whole is called.</param>
    /// <param name="call">What was asked.</param>
    public ChatCompletionStream(SseFrames frames, AnswerHead head, ChatCompletionCall call)
    {
        (_frames, _head, _call) = (frames, head, call);
        _choices = [.. Enumerable.Range(0, (int)call.Choices).Select(_ => new Choice(call.Request.Constraint is not null))];
    }

    /// <summary>Takes an event of one of the answers.</summary>
    public void Take(int index, in Answer answer)
    {
        var choice = _choices[index];
        var piece = choice.Pieces.Take(answer);
        if (answer.Started is not null && !choice.IsTold)
        {
            choice.IsTold = true;
            var delta = Begin(index, choice);
            delta.WriteString("role", "assistant");
            delta.WriteString("content", "");
            End(delta, choice, null, null);
        }
        else if (piece is { } more)
        {
            Write(index, choice, more);
        }
        else if (answer.Finished is not null)
        {
            End(Begin(index, choice), choice, null, ChatJson.Reason(answer.Finished));
        }
        else if (answer.Attempt is { } attempt)
        {
            Attempt(choice, attempt);
        }
    }

    /// <summary>Ends the stream.</summary>
    public void End()
    {
        if (_call.TellsUsage)
        {
            var json = _frames.Begin();
            ChatJson.Head(json, _head, "chat.completion.chunk", _choices[0].Pieces);
            json.WriteStartArray("choices");
            json.WriteEndArray();
            ChatJson.Usage(json, AnswerCost.Of(_choices.Select(choice => choice.Pieces)));
            json.WriteEndObject();
            _frames.End();
        }

        _frames.Done();
    }

    private void Write(int index, Choice choice, in Piece piece)
    {
        var delta = Begin(index, choice);
        IReadOnlyList<TokenLogprob>? tokens = null;
        switch (piece.Kind)
        {
            case PieceKind.Call:
                Call(delta, choice, piece);
                break;
            case PieceKind.Reasoning:
                delta.WriteString("reasoning_content", piece.Begins && choice.HasReasoned ? Between + piece.Text : piece.Text);
                choice.HasReasoned = true;
                break;
            default:
                delta.WriteString("content", piece.Begins && choice.HasSpoken ? Between + piece.Text : piece.Text);
                choice.HasSpoken = true;
                choice.Shown = piece.Begins ? new ShownTokens() : choice.Shown;
                tokens = _call.Request.Logprobs is null ? null : choice.Shown.Take(piece.Text, piece.Logprobs);
                break;
        }

        End(delta, choice, tokens, null);
    }

    private static void Call(Utf8JsonWriter delta, Choice choice, in Piece piece)
    {
        choice.Calls += piece.Begins ? 1 : 0;
        delta.WriteStartArray("tool_calls");
        delta.WriteStartObject();
        delta.WriteNumber("index", choice.Calls - 1);
        if (piece.Begins)
        {
            // Once: clients join the texts of later pieces to those of the first.
            delta.WriteString("id", piece.CallId);
            delta.WriteString("type", "function");
        }

        delta.WriteStartObject("function");
        if (piece.Begins)
        {
            delta.WriteString("name", piece.Tool);
        }

        delta.WriteString("arguments", piece.Text);
        delta.WriteEndObject();
        delta.WriteEndObject();
        delta.WriteEndArray();
    }

    /// <summary>Begins an event up to the members of its delta.</summary>
    private Utf8JsonWriter Begin(int index, Choice choice)
    {
        var json = _frames.Begin();
        ChatJson.Head(json, _head, "chat.completion.chunk", choice.Pieces);
        json.WriteStartArray("choices");
        json.WriteStartObject();
        json.WriteNumber("index", index);
        json.WriteStartObject("delta");
        return json;
    }

    private void End(Utf8JsonWriter json, Choice choice, IReadOnlyList<TokenLogprob>? tokens, string? reason)
    {
        json.WriteEndObject();
        if (tokens is { Count: > 0 })
        {
            json.WriteStartObject("logprobs");
            ChatJson.Tokens(json, "content", tokens);
            json.WriteNull("refusal");
            json.WriteEndObject();
        }
        else
        {
            json.WriteNull("logprobs");
        }

        json.WriteString("finish_reason", reason);
        if (reason is not null)
        {
            BoxNote.Write(json, choice.Pieces);
        }

        json.WriteEndObject();
        json.WriteEndArray();
        EndChunk(json);
    }

    /// <summary>Tells that an attempt failed: as in the event with the usage there is no choice in it, so that clients pass over it.</summary>
    private void Attempt(Choice choice, AttemptJudged attempt)
    {
        var json = _frames.Begin();
        ChatJson.Head(json, _head, "chat.completion.chunk", choice.Pieces);
        json.WriteStartArray("choices");
        json.WriteEndArray();
        BoxNote.Write(json, attempt);
        EndChunk(json);
    }

    private void EndChunk(Utf8JsonWriter json)
    {
        if (_call.TellsUsage)
        {
            json.WriteNull("usage");
        }

        json.WriteEndObject();
        _frames.End();
    }

    private sealed class Choice(bool constrained)
    {
        public Pieces Pieces { get; } = new(constrained);

        public ShownTokens Shown { get; set; } = new();

        public bool IsTold { get; set; }

        public bool HasReasoned { get; set; }

        public bool HasSpoken { get; set; }

        public int Calls { get; set; }
    }
}
