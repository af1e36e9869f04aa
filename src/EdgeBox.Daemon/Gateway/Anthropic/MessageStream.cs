using System.Text.Json;
using EdgeBox.Daemon.Gateway.Answers;
using EdgeBox.V1;
using static EdgeBox.Daemon.Inference.AnswerReader;

namespace EdgeBox.Daemon.Gateway.Anthropic;

/// <summary>Writes the answer of /v1/messages as it is made: the message, its blocks, what ends it.</summary>
/// <param name="frames">Where it is written.</param>
/// <param name="head">What it is called.</param>
/// <param name="call">What was asked.</param>
internal sealed class MessageStream(SseFrames frames, AnswerHead head, MessagesCall call)
{
    private readonly Pieces _pieces = new(call.Request.Constraint is not null);
    private readonly System.Text.StringBuilder _thought = new();
    private PieceKind? _open;
    private int _index = -1;
    private bool _hasBegun;

    /// <summary>Takes an event.</summary>
    public void Take(in Answer answer)
    {
        var piece = _pieces.Take(answer);
        if (answer.Started is not null && !_hasBegun)
        {
            _hasBegun = true;
            Begin();
        }
        else if (piece is { } more)
        {
            Write(more);
        }
        else if (answer.Finished is { } finished)
        {
            Close();
            End(finished);
        }
        else if (answer.Attempt is { } attempt)
        {
            var json = frames.Begin("ping");
            json.WriteStartObject();
            json.WriteString("type", "ping");
            BoxNote.Write(json, attempt);
            json.WriteEndObject();
            frames.End();
        }
    }

    private void Begin()
    {
        var json = Event("message_start");
        json.WriteStartObject("message");
        MessageJson.Head(json, head, _pieces);
        json.WriteStartArray("content");
        json.WriteEndArray();
        MessageJson.Reason(json, null, call);
        MessageJson.Usage(json, _pieces);
        json.WriteEndObject();
        EndEvent(json);
    }

    private void Write(in Piece piece)
    {
        if (piece.Kind == PieceKind.Reasoning && call.Thinking == ThinkingView.None)
        {
            return;
        }

        if (piece.Begins || _open is null)
        {
            Close();
            Open(piece);
        }

        switch (piece.Kind)
        {
            case PieceKind.Reasoning:
                _thought.Append(piece.Text);
                if (call.Thinking == ThinkingView.Shown)
                {
                    Delta("thinking_delta", "thinking", piece.Text);
                }

                break;
            case PieceKind.Call when piece.Text.Length > 0:
                Delta("input_json_delta", "partial_json", piece.Text);
                break;
            case PieceKind.Text:
                Delta("text_delta", "text", piece.Text);
                break;
            default:
                break;
        }
    }

    private void Open(in Piece piece)
    {
        (_open, _index) = (piece.Kind, _index + 1);
        var json = Event("content_block_start");
        json.WriteNumber("index", _index);
        json.WriteStartObject("content_block");
        switch (piece.Kind)
        {
            case PieceKind.Reasoning:
                json.WriteString("type", "thinking");
                json.WriteString("thinking", "");
                json.WriteString("signature", "");
                break;
            case PieceKind.Call:
                json.WriteString("type", "tool_use");
                json.WriteString("id", piece.CallId);
                json.WriteString("name", piece.Tool);
                json.WriteStartObject("input");
                json.WriteEndObject();
                break;
            default:
                json.WriteString("type", "text");
                json.WriteString("text", "");
                break;
        }

        json.WriteEndObject();
        EndEvent(json);
    }

    private void Close()
    {
        if (_open is null)
        {
            return;
        }

        if (_open == PieceKind.Reasoning)
        {
            Delta("signature_delta", "signature", MessageJson.SignatureOf(_thought.ToString(), call.Thinking));
            _thought.Clear();
        }

        _open = null;
        var json = Event("content_block_stop");
        json.WriteNumber("index", _index);
        EndEvent(json);
    }

    private void Delta(string type, string member, string text)
    {
        var json = Event("content_block_delta");
        json.WriteNumber("index", _index);
        json.WriteStartObject("delta");
        json.WriteString("type", type);
        json.WriteString(member, text);
        json.WriteEndObject();
        EndEvent(json);
    }

    private void End(GenerationFinished finished)
    {
        var json = Event("message_delta");
        json.WriteStartObject("delta");
        MessageJson.Reason(json, finished, call);
        json.WriteEndObject();
        MessageJson.Usage(json, _pieces);
        BoxNote.Write(json, _pieces);
        EndEvent(json);
        EndEvent(Event("message_stop"));
    }

    private Utf8JsonWriter Event(string type)
    {
        var json = frames.Begin(type);
        json.WriteStartObject();
        json.WriteString("type", type);
        return json;
    }

    private void EndEvent(Utf8JsonWriter json)
    {
        json.WriteEndObject();
        frames.End();
    }
}
