using System.Text;
using EdgeBox.Worker.Chat;
using EdgeBox.Worker.Llama;
using EdgeBox.Worker.Text;

namespace EdgeBox.Worker.Tests.Text;

/// <summary>What a client is told of the parts that a reader finds.</summary>
public sealed class AnswerTextTests
{
    private static readonly PieceTable s_bytes = new([.. Enumerable.Range(0, 256).Select(value => (byte[])[(byte)value])], new HashSet<int>());

    private readonly Output _output = new();

    [Fact]
    public void Text_OfThreeKinds_IsToldApart()
    {
        var text = New();
        text.Text("think"u8, TextKind.Reasoning);
        text.Text("look"u8, TextKind.Preamble);
        text.Text("say"u8, TextKind.Answer);
        text.Finish();
        Assert.Equal(["Reasoning think", "Preamble look", "Answer say"], _output.Told);
    }

    [Fact]
    public void Text_HalfACharacterBeforeAnotherKind_IsToldAsBroken()
    {
        var text = New();
        text.Text([0xE1, 0x80], TextKind.Reasoning);
        text.Text("x"u8, TextKind.Answer);
        text.Finish();
        Assert.Equal(["Reasoning \uFFFD", "Answer x"], _output.Told);
    }

    [Fact]
    public void Call_InPieces_IsToldInWholeCharacters()
    {
        var text = New();
        text.Text("first"u8, TextKind.Preamble);
        text.BeginCall("tool");
        text.Arguments([.. "{\""u8, 0xE1, 0x80]);
        text.Arguments([0x99, .. "\":1}"u8]);
        text.EndCall();
        text.BeginCall("other");
        text.EndCall();
        text.Finish();
        Assert.Equal(["Preamble first", "0 tool ", "0  {\"", "0  မ\":1}", "1 other "], _output.Told);
        Assert.Equal(2, text.Calls);
    }

    [Fact]
    public void Stop_InReasoningAndCalls_IsNotLookedFor()
    {
        var text = New("END");
        text.Text("END"u8, TextKind.Reasoning);
        text.Text("END"u8, TextKind.Preamble);
        text.BeginCall("tool");
        text.Arguments("END"u8);
        text.EndCall();
        Assert.Null(text.Stop);
        text.Text("an END."u8, TextKind.Answer);
        Assert.Equal("END", text.Stop);
        text.BeginCall("late");
        text.Arguments("{}"u8);
        text.EndCall();
        text.Finish();
        Assert.Equal(["Reasoning END", "Preamble END", "0 tool ", "0  END", "Answer an "], _output.Told);
    }

    [Fact]
    public void Arguments_OutsideACall_AreNotTold()
    {
        var text = New();
        text.Arguments("{}"u8);
        text.EndCall();
        text.Finish();
        Assert.Empty(_output.Told);
        Assert.Equal(0, text.Calls);
    }

    [Fact]
    public void Oddity_Twice_IsCountedTwice()
    {
        var text = New();
        text.Oddity("a");
        text.Oddity("b");
        text.Oddity("a");
        Assert.Equal([("a", 2u), ("b", 1u)], text.Oddities.OrderBy(o => o.Key).Select(o => (o.Key, o.Value)));
    }

    [Fact]
    public void Accept_WithoutAReader_IsAnswer()
    {
        var text = New();
        foreach (var value in Encoding.UTF8.GetBytes("မ!"))
        {
            Assert.False(text.Accept(value));
        }

        Assert.Equal(AnswerPlace.Answer, text.Place);
        Assert.Equal(["Answer မ", "Answer !"], _output.Told);
    }

    private AnswerText New(params string[] stops) => new(s_bytes, null, stops, _output);

    private sealed class Output : IAnswerOutput
    {
        public List<string> Told { get; } = [];

        public void Text(string text, TextKind kind) => Told.Add($"{kind} {text}");

        public void Call(int index, string? tool, string arguments) => Told.Add($"{index} {tool} {arguments}");
    }
}
