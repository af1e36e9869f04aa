using EdgeBox.Worker.Chat;
using EdgeBox.Worker.Constraints;
using EdgeBox.Worker.Sampling;

namespace EdgeBox.Worker.Tests.Constraints;

/// <summary>What holds for a token depends on where in the answer it stands.</summary>
public sealed class AnswerFormTests
{
    private static readonly SmallVocabulary s_bytes = SmallVocabulary.OfBytesAnd();

    private readonly Reader _reader = new();

    [Fact]
    public void Now_InReasoningThatIsNotEnforced_IsFree()
    {
        var form = Form("root ::= \"x\"", isEnforced: false);
        Assert.Null(form.Now());
        _reader.Place = AnswerPlace.Structure;
        Assert.Null(form.Now());
        _reader.Place = AnswerPlace.Answer;
        Assert.True(form.Now()!.Allows('x'));
        Assert.False(form.Now()!.Allows('y'));
    }

    [Fact]
    public void Now_EnforcedReasoning_MayNotEndTheAnswer()
    {
        var form = Form("root ::= \"x\"", isEnforced: true);
        Assert.True(form.Now()!.Allows('y'));
        Assert.False(form.Now()!.Allows(s_bytes.End));
        var logits = new float[s_bytes.Pieces.Count];
        form.Now()!.Mask(logits);
        Assert.Equal([s_bytes.End, s_bytes.OtherEnd], Enumerable.Range(0, logits.Length).Where(token => float.IsNegativeInfinity(logits[token])));
    }

    [Fact]
    public void Now_EnforcedStructure_IsWhatTheReaderAllows()
    {
        var form = Form("root ::= \"x\"", isEnforced: true);
        _reader.Place = AnswerPlace.Structure;
        Assert.True(form.Now()!.Allows('h'));
        Assert.False(form.Now()!.Allows('x'));
    }

    [Fact]
    public void Now_SecondCallOfATool_BeginsAnew()
    {
        var form = Form(null, isEnforced: false);
        (_reader.Place, _reader.Tool) = (AnswerPlace.Call, "b");
        form.Now()!.Accept('b');
        Assert.False(form.Now()!.Allows('b'));
        Assert.True(form.Now()!.Allows(s_bytes.Sign));
        Assert.False(form.Now()!.Allows(s_bytes.End));
        _reader.Place = AnswerPlace.Structure;
        Assert.Null(form.Now());
        _reader.Place = AnswerPlace.Call;
        Assert.True(form.Now()!.Allows('b'));
        Assert.False(form.Now()!.Allows(s_bytes.Sign));
    }

    [Fact]
    public void Now_CallOfAToolThatNamesItself_IsHeldToTheGrammarOfAll()
    {
        var form = Form(null, isEnforced: false);
        (_reader.Place, _reader.Tool) = (AnswerPlace.Call, null);
        Assert.True(form.Now()!.Allows('n'));
        Assert.False(form.Now()!.Allows('b'));
    }

    [Fact]
    public void Now_AnswerThatBeginsSomethingElse_IsNotHeldToItsForm()
    {
        var form = Form("root ::= \"xy\"", isEnforced: true);
        _reader.Place = AnswerPlace.Answer;
        Assert.True(form.Now()!.Allows('h'));
        form.Now()!.Accept('h');
        Assert.False(form.Now()!.Allows('y'));
        form.Now()!.Accept('x');
        Assert.True(form.Now()!.Allows('y'));
    }

    [Fact]
    public void Now_WithoutAReader_IsTheAnswersFromTheFirstToken()
    {
        var form = new AnswerForm(null, s_bytes.Start("root ::= \"x\""), new Dictionary<string, Func<ITokenConstraint>>(), isEnforced: true, s_bytes.Table);
        Assert.False(form.Now()!.Allows('h'));
        Assert.True(form.Now()!.Allows('x'));
    }

    private AnswerForm Form(string? answer, bool isEnforced) => new(
        _reader,
        answer is null ? null : s_bytes.Start(answer),
        new Dictionary<string, Func<ITokenConstraint>>
        {
            ["b"] = s_bytes.Constraints.Prepare("root ::= \"b\"", [s_bytes.Sign]),
            [""] = s_bytes.Constraints.Prepare("root ::= \"name\"", [s_bytes.Sign]),
        },
        isEnforced, s_bytes.Table);

    private sealed class Reader : IAnswerReader
    {
        public AnswerPlace Place { get; set; } = AnswerPlace.Reasoning;

        public string? Tool { get; set; }

        public IReadOnlyList<int> CallEnds => [s_bytes.Sign];

        public bool MayFollow(int token, ReadOnlySpan<byte> piece) => piece.SequenceEqual("h"u8);

        public void Read(int token, ReadOnlySpan<byte> piece, IAnswerSink sink)
        {
        }

        public void Finish(IAnswerSink sink)
        {
        }
    }
}
