using System.Text.Json;
using EdgeBox.Daemon.Failures;
using EdgeBox.Daemon.Gateway.Answers;
using EdgeBox.V1;
using static EdgeBox.Daemon.Inference.AnswerReader;

namespace EdgeBox.Daemon.Gateway.OpenAi;

/// <summary>Writes the answer of /v1/responses as it is made: what becomes of the whole, of each item, of each part of an item.</summary>
internal sealed class ResponseStream(SseFrames frames, AnswerHead head, ResponseCall call)
{
    private readonly ResponseWriter _writer = new(head, call);
    private readonly WholeAnswer _answer = new(call.Request.Constraint is not null);
    private ShownTokens _shown = new();
    private long _number;
    private bool _isOpen;
    private bool _hasBegun;

    /// <summary>Takes an event.</summary>
    public void Take(in Answer answer)
    {
        var piece = _answer.Take(answer);
        if (answer.Started is not null && !_hasBegun)
        {
            _hasBegun = true;
            Whole("response.created");
            Whole("response.in_progress");
        }
        else if (piece is { } more)
        {
            Write(more);
        }
        else if (answer.Finished is { } finished)
        {
            Close(StatusOfLast());
            Whole(finished.Reason == FinishReason.Length ? "response.incomplete" : "response.completed");
        }
        else if (answer.Attempt is { } attempt)
        {
            var json = Begin("edgebox.attempt");
            BoxNote.Write(json, attempt);
            End(json);
        }
    }

    /// <summary>Tells that the answer failed.</summary>
    public void Fail(FailureException failure)
    {
        var row = FailureTable.RowOf(failure.Reason);
        Whole("response.failed", failure);
        var json = Begin("error");
        json.WriteString("code", row.OpenAiCode);
        json.WriteString("message", failure.Message);
        json.WriteString("param", failure.Facts.FirstOrDefault(fact => fact.Key == "field").Value);
        End(json);
    }

    private void Write(in Piece piece)
    {
        if (piece.Begins)
        {
            Close("completed", before: 1);
            Open(piece.Kind);
        }

        var part = _answer.Parts[^1];
        var json = part.Kind switch
        {
            PieceKind.Call => BeginOfItem("response.function_call_arguments.delta"),
            PieceKind.Reasoning when call.Summarises => BeginOfPart("response.reasoning_summary_text.delta"),
            PieceKind.Reasoning => BeginOfPart("response.reasoning_text.delta"),
            _ => BeginOfPart("response.output_text.delta"),
        };
        json.WriteString("delta", piece.Text);
        if (part.Kind == PieceKind.Text)
        {
            _writer.Logprobs(json, _shown.Take(piece.Text, piece.Logprobs));
        }

        End(json);
    }

    private void Open(PieceKind kind)
    {
        (_isOpen, _shown) = (true, new ShownTokens());
        Item("response.output_item.added", "in_progress", begins: true);
        if (kind == PieceKind.Call)
        {
            return;
        }

        var json = BeginOfPart(kind == PieceKind.Reasoning && call.Summarises ? "response.reasoning_summary_part.added" : "response.content_part.added");
        Part(json, kind, "", []);
        End(json);
    }

    /// <summary>Closes the item that is open.</summary>
    /// <param name="status">How far it came.</param>
    /// <param name="before">How many items have begun since.</param>
    private void Close(string status, int before = 0)
    {
        if (!_isOpen)
        {
            return;
        }

        _isOpen = false;
        var part = _answer.Parts[^(1 + before)];
        var text = part.Text.ToString();
        if (part.Kind == PieceKind.Call)
        {
            var done = BeginOfItem("response.function_call_arguments.done", before);
            done.WriteString("name", part.Tool);
            done.WriteString("arguments", text);
            End(done);
        }
        else
        {
            var summary = part.Kind == PieceKind.Reasoning && call.Summarises;
            var done = BeginOfPart(summary ? "response.reasoning_summary_text.done"
                : part.Kind == PieceKind.Reasoning ? "response.reasoning_text.done" : "response.output_text.done", before);
            done.WriteString("text", text);
            if (part.Kind == PieceKind.Text)
            {
                _writer.Logprobs(done, new ShownTokens().Take(text, part.Logprobs));
            }

            End(done);
            var ended = BeginOfPart(summary ? "response.reasoning_summary_part.done" : "response.content_part.done", before);
            Part(ended, part.Kind, text, part.Logprobs);
            End(ended);
        }

        Item("response.output_item.done", status, begins: false, before);
    }

    private string StatusOfLast() => _answer.Parts.Count > 0 ? ResponseWriter.StatusOf(_answer, _answer.Parts.Count - 1) : "";

    private void Part(Utf8JsonWriter json, PieceKind kind, string text, IReadOnlyList<TokenLogprob> made)
    {
        json.WritePropertyName("part");
        if (kind == PieceKind.Reasoning)
        {
            ResponseWriter.Text(json, call.Summarises ? "summary_text" : "reasoning_text", text);
        }
        else
        {
            _writer.OutputText(json, text, made);
        }
    }

    private void Item(string type, string status, bool begins, int before = 0)
    {
        var index = _answer.Parts.Count - 1 - before;
        var json = Begin(type);
        json.WriteNumber("output_index", index);
        json.WritePropertyName("item");
        _writer.Item(json, index, _answer.Parts[index], status, begins);
        End(json);
    }

    private void Whole(string type, FailureException? failure = null)
    {
        var json = Begin(type);
        json.WritePropertyName("response");
        _writer.Write(json, _answer, failure);
        End(json);
    }

    private Utf8JsonWriter BeginOfItem(string type, int before = 0)
    {
        var index = _answer.Parts.Count - 1 - before;
        var json = Begin(type);
        json.WriteString("item_id", _writer.IdOf(index, _answer.Parts[index].Kind));
        json.WriteNumber("output_index", index);
        return json;
    }

    private Utf8JsonWriter BeginOfPart(string type, int before = 0)
    {
        var json = BeginOfItem(type, before);
        json.WriteNumber(type.Contains("summary", StringComparison.Ordinal) ? "summary_index" : "content_index", 0);
        return json;
    }

    private Utf8JsonWriter Begin(string type)
    {
        var json = frames.Begin(type);
        json.WriteStartObject();
        json.WriteString("type", type);
        json.WriteNumber("sequence_number", _number++);
        return json;
    }

    private void End(Utf8JsonWriter json)
    {
        json.WriteEndObject();
        frames.End();
    }
}
