using System.Text;
using EdgeBox.Worker.Chat;

namespace EdgeBox.Worker.Tests.Chat.Families;

/// <summary>What a reader told.</summary>
internal sealed class Heard : IAnswerSink
{
    private readonly List<byte> _reasoning = [];
    private readonly List<byte> _answer = [];
    private readonly List<byte> _arguments = [];
    private string? _tool;

    public string Reasoning => Encoding.UTF8.GetString([.. _reasoning]);

    public string Answer => Encoding.UTF8.GetString([.. _answer]);

    public List<(string Tool, string Arguments)> Calls { get; } = [];

    public List<string> Oddities { get; } = [];

    public int Messages { get; private set; }

    /// <summary>Everything, in no order.</summary>
    public string All => $"{Reasoning}\n{Answer}\n{string.Join('\n', Calls)}";

    public void Text(ReadOnlySpan<byte> bytes, TextKind kind)
    {
        Assert.Null(_tool);
        Assert.False(bytes.IsEmpty);
        (kind == TextKind.Reasoning ? _reasoning : _answer).AddRange(bytes);
    }

    public void EndMessage() => Messages++;

    public void BeginCall(string tool)
    {
        Assert.Null(_tool);
        _tool = tool;
    }

    public void Arguments(ReadOnlySpan<byte> bytes) => _arguments.AddRange(bytes);

    public void EndCall()
    {
        Calls.Add((_tool!, Encoding.UTF8.GetString([.. _arguments])));
        _arguments.Clear();
        _tool = null;
    }

    public void Oddity(string name) => Oddities.Add(name);
}
