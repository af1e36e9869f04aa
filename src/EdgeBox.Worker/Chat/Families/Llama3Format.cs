using System.Globalization;

namespace EdgeBox.Worker.Chat.Families;

/// <summary>Llama 3 to 3.3: headers, and since 3.1 tools, whose calls are bare JSON.</summary>
internal sealed class Llama3Format : FamilyFormat
{
    private const string EndOfTurn = "<|eot_id|>";

    // What the template says where nobody tells it a date.
    private const string NoDate = "26 Jul 2024";

    private readonly bool _hasHead;

    /// <param name="name">The family's name.</param>
    /// <param name="signs">The vocabulary's.</param>
    /// <param name="begins">Whether a prompt begins with the token for the beginning of a text.</param>
    /// <param name="hasHead">Whether it is 3.1 or later: the system's message begins with dates, and there are tools.</param>
    public Llama3Format(string name, SignTable signs, bool begins, bool hasHead)
        : base(name, signs, begins)
    {
        _hasHead = hasHead;
        Table = new ReaderTable
        {
            CallOpen = hasHead ? signs.Tag("<|python_tag|>") : null,
            Calls = hasHead ? new JsonCallForm("parameters", isBare: true) : null,
            Ends = [signs.Tag(EndOfTurn), signs.Tag("<|eom_id|>"), signs.Tag("<|start_header_id|>")],
        };
    }

    protected override ReaderTable Table { get; }

    protected override ReaderStart StartOf(Conversation conversation) => CallsAtOnce(conversation) ? ReaderStart.Call : ReaderStart.Beginning;

    protected override void Write(Conversation conversation, PromptWriter prompt)
    {
        var system = FirstSystem(conversation);
        var next = system is null || !_hasHead ? 0 : 1;
        if (_hasHead)
        {
            prompt.Sign(Header("system") + (conversation.Tools.Count > 0 ? "Environment: ipython\n" : "")
                + $"Cutting Knowledge Date: December 2023\nToday Date: {DateOf(conversation)}\n\n").Text(system?.Text.Trim() ?? "").Sign(EndOfTurn);
            if (conversation.Tools.Count > 0)
            {
                WriteTools(conversation, next, prompt);
                next++;
            }
        }

        for (; next < conversation.Turns.Count; next++)
        {
            var turn = conversation.Turns[next];
            if (turn.Calls.Count > 0)
            {
                next = WriteCalls(conversation, next, prompt);
            }
            else if (turn.Role == TurnRole.Tool)
            {
                WriteResult(turn, prompt);
            }
            else
            {
                var role = turn.Role switch { TurnRole.System => "system", TurnRole.User => "user", _ => "assistant" };
                prompt.Sign(Header(role)).Text(turn.Text.Trim()).Sign(EndOfTurn);
            }
        }

        prompt.Sign(Header("assistant") + (StartOf(conversation) == ReaderStart.Call ? Table.Calls!.Opening : ""));
    }

    private static string Header(string role) => $"<|start_header_id|>{role}<|end_header_id|>\n\n";

    private static string DateOf(Conversation conversation) =>
        conversation.Date is null ? NoDate
        : DateOnly.TryParseExact(conversation.Date, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var date)
            ? date.ToString("dd MMM yyyy", CultureInfo.InvariantCulture)
        : throw new ConversationException("the date is not written as 2026-01-02");

    private static void WriteTools(Conversation conversation, int first, PromptWriter prompt)
    {
        if (first >= conversation.Turns.Count || conversation.Turns[first].Role != TurnRole.User)
        {
            throw new ConversationException("the tools are told in the first message of the user, and another comes before it or there is none");
        }

        prompt.Sign(Header("user") + "Given the following functions, please respond with a JSON for a function call with its proper arguments "
            + "that best answers the given prompt.\n\n"
            + "Respond in the format {\"name\": function name, \"parameters\": dictionary of argument name and its value}.Do not use variables.\n\n");
        for (var i = 0; i < conversation.Tools.Count; i++)
        {
            prompt.Text(ToolTexts.Definition(conversation, i, indent: 4)).Sign("\n\n");
        }

        prompt.Text(conversation.Turns[first].Text.Trim()).Sign(EndOfTurn);
    }

    /// <summary>Writes the calls of a turn, each with its result behind it: the format has one call a turn.</summary>
    /// <returns>The last message that was written.</returns>
    private static int WriteCalls(Conversation conversation, int at, PromptWriter prompt)
    {
        var calls = conversation.Turns[at].Calls;
        var results = conversation.Turns.Skip(at + 1).TakeWhile(t => t.Role == TurnRole.Tool).ToList();
        var last = at + results.Count;
        foreach (var call in calls)
        {
            prompt.Sign(Header("assistant") + "{\"name\": \"").Text(call.Tool).Sign("\", \"parameters\": ").Text(call.Arguments).Sign("}" + EndOfTurn);
            if (calls.Count > 1 && results.Find(r => r.Answered?.Id == call.Id) is { } result)
            {
                results.Remove(result);
                WriteResult(result, prompt);
            }
        }

        results.ForEach(result => WriteResult(result, prompt));
        return last;
    }

    /// <summary>What a tool said, as a JSON string: to the template every text is something to walk through.</summary>
    private static void WriteResult(Turn turn, PromptWriter prompt) =>
        prompt.Sign(Header("ipython")).Text(SpacedJson.Quoted(turn.Text)).Sign(EndOfTurn);
}
