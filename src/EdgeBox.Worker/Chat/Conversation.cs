using EdgeBox.Worker.V1;

namespace EdgeBox.Worker.Chat;

/// <summary>Who said something.</summary>
internal enum TurnRole
{
    System,
    User,
    Assistant,
    Tool,
}

/// <summary>A call that the model made in an earlier turn. The arguments are the text of a JSON object.</summary>
internal sealed record PastCall(string Id, string Tool, string Arguments);

/// <summary>A message of a conversation.</summary>
/// <param name="Role">Who said it.</param>
/// <param name="Text">What was said; beside calls: what was said before them.</param>
internal sealed record Turn(TurnRole Role, string Text)
{
    /// <summary>What the assistant thought before it.</summary>
    public string Reasoning { get; init; } = "";

    /// <summary>The calls that an assistant's turn ends with.</summary>
    public IReadOnlyList<PastCall> Calls { get; init; } = [];

    /// <summary>Of a tool's turn: the call that it answers.</summary>
    public PastCall? Answered { get; init; }
}

/// <summary>A tool that the model may ask for.</summary>
/// <param name="Name">Letters, digits, underscores and hyphens.</param>
/// <param name="Description">What it does; may be empty.</param>
/// <param name="Parameters">JSON Schema of the arguments; empty: it takes none.</param>
internal sealed record Tool(string Name, string Description, string Parameters);

/// <summary>The schema of an answer, and what the model is told of it.</summary>
internal sealed record AnswerSchema(string Schema, string Name, string Description);

/// <summary>What was said, and what the model may do next: the model of a conversation from which every format is rendered.</summary>
internal sealed record Conversation(IReadOnlyList<Turn> Turns)
{
    /// <summary>What the model may ask for.</summary>
    public IReadOnlyList<Tool> Tools { get; init; } = [];

    /// <summary>Whether it may.</summary>
    public CallMode CallMode { get; init; }

    /// <summary>Where a call is required: the tool; null: any.</summary>
    public string? CalledTool { get; init; }

    /// <summary>How much the model thinks.</summary>
    public V1.Effort Effort { get; init; }

    /// <summary>The date that the model is told; null: none.</summary>
    public string? Date { get; init; }

    /// <summary>What the answer has to be; null: free.</summary>
    public AnswerSchema? Answer { get; init; }

    /// <summary>Reads what the daemon asks for.</summary>
    /// <exception cref="InvalidDataException">The daemon broke the contract.</exception>
    public static Conversation From(V1.Conversation message, Schema? answer)
    {
        var calls = new Dictionary<string, PastCall>(StringComparer.Ordinal);
        var turns = new List<Turn>(message.Turns.Count);
        foreach (var turn in message.Turns)
        {
            PastCall[] made = [.. turn.Calls.Select(call => new PastCall(call.Id, call.Name, call.Arguments))];
            foreach (var call in made)
            {
                calls[call.Id] = call;
            }

            turns.Add(new Turn(RoleOf(turn.Role), turn.Text)
            {
                Reasoning = turn.Reasoning,
                Calls = made,
                Answered = turn.Role == "tool"
                    ? calls.GetValueOrDefault(turn.CallId) ?? throw new InvalidDataException("a tool's turn answers no call")
                    : null,
            });
        }

        return new Conversation(turns)
        {
            Tools = [.. message.Tools.Select(tool => new Tool(tool.Name, tool.Description, tool.Parameters))],
            CallMode = message.CallMode,
            CalledTool = message.CalledTool.Length > 0 ? message.CalledTool : null,
            Effort = message.Effort,
            Date = message.Date.Length > 0 ? message.Date : null,
            Answer = answer is null ? null : new AnswerSchema(answer.Schema_, answer.Name, answer.Description),
        };
    }

    private static TurnRole RoleOf(string role) => role switch
    {
        "system" => TurnRole.System,
        "user" => TurnRole.User,
        "assistant" => TurnRole.Assistant,
        "tool" => TurnRole.Tool,
        _ => throw new InvalidDataException("a turn has a role that is not known"),
    };
}
