namespace EdgeBox.Worker.Chat.Families;

/// <summary>The distillations of DeepSeek-R1, into Qwen and into Llama alike.</summary>
internal sealed class DeepSeekFormat : FamilyFormat
{
    public const string User = "<｜User｜>";
    public const string Assistant = "<｜Assistant｜>";
    public const string End = "<｜end▁of▁sentence｜>";

    private readonly bool _mayEndAtOnce;

    /// <param name="name">The family's name.</param>
    /// <param name="signs">The vocabulary's.</param>
    /// <param name="begins">Whether a prompt begins with the token for the beginning of a text.</param>
    /// <param name="mayEndAtOnce">Whether the template has a way to end thinking at once.</param>
    public DeepSeekFormat(string name, SignTable signs, bool begins, bool mayEndAtOnce)
        : base(name, signs, begins)
    {
        _mayEndAtOnce = mayEndAtOnce;
        Table = new ReaderTable { ThinkOpen = signs.Tag("<think>"), ThinkClose = signs.Tag("</think>"), Ends = [signs.Tag(End), signs.Tag(User)] };
    }

    protected override ReaderTable Table { get; }

    protected override bool CanBeKeptFromThinking => _mayEndAtOnce;

    protected override ReaderStart StartOf(Conversation conversation) =>
        conversation.Effort == V1.Effort.Off ? ReaderStart.Answer : ReaderStart.Thinking;

    protected override void Write(Conversation conversation, PromptWriter prompt)
    {
        RefuseLaterSystem(conversation);
        foreach (var turn in conversation.Turns)
        {
            switch (turn.Role)
            {
                case TurnRole.System:
                    prompt.Text(turn.Text);
                    break;
                case TurnRole.User:
                    prompt.Sign(User).Text(turn.Text);
                    break;
                default:
                    prompt.Sign(Assistant).Text(turn.Text).Sign(End);
                    break;
            }
        }

        prompt.Sign(Assistant + "<think>\n" + (conversation.Effort == V1.Effort.Off ? "</think>" : ""));
    }
}
