namespace EdgeBox.Worker.Chat.Families;

/// <summary>Gemma 2 and 3: turns of user and model; what the system says stands before the user's first words.</summary>
internal sealed class GemmaFormat : FamilyFormat
{
    private const string Start = "<start_of_turn>";
    private const string End = "<end_of_turn>";

    public GemmaFormat(string name, SignTable signs, bool begins)
        : base(name, signs, begins) => Table = new ReaderTable { Ends = [signs.Tag(End), signs.Tag(Start)] };

    protected override ReaderTable Table { get; }

    protected override ReaderStart StartOf(Conversation conversation) => ReaderStart.Beginning;

    protected override void Write(Conversation conversation, PromptWriter prompt)
    {
        RefuseLaterSystem(conversation);
        RefuseTwoInARow(conversation);
        var system = FirstSystem(conversation);
        if (system is not null && conversation.Turns.Count == 1)
        {
            throw new ConversationException($"models of the family {Name} have no place for a system message without one of the user");
        }

        for (var i = system is null ? 0 : 1; i < conversation.Turns.Count; i++)
        {
            var turn = conversation.Turns[i];
            prompt.Sign(Start + (turn.Role == TurnRole.User ? "user\n" : "model\n"));
            if (i == 1 && system is not null)
            {
                prompt.Text(system.Text + "\n\n");
            }

            prompt.Text(turn.Text.Trim()).Sign(End + "\n");
        }

        prompt.Sign(Start + "model\n");
    }
}
