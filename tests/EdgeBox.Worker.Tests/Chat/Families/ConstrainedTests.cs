using EdgeBox.Testing;
using EdgeBox.Worker.Chat;
using EdgeBox.Worker.Constraints;
using EdgeBox.Worker.Llama;
using EdgeBox.Worker.V1;
using Conversation = EdgeBox.Worker.Chat.Conversation;
using Effort = EdgeBox.Worker.V1.Effort;
using Turn = EdgeBox.Worker.Chat.Turn;

namespace EdgeBox.Worker.Tests.Chat.Families;

/// <summary>Answers whose form is enforced: a model that writes at random what it may.</summary>
public sealed class ConstrainedTests
{
    private const string Rules = "args0 ::= \"{\\\"city\\\":\\\"\" [a-zA-Zé]{0,3} \"\\\"}\"\nargs1 ::= \"{}\" | \"{\\\"n\\\":\" [1-9] [0-9]? \"}\"\n";

    private static readonly ToolRule[] s_tools = [new("get_weather", "args0"), new("find-it", "args1")];

    public static TheoryData<string, bool, bool> Cases()
    {
        var cases = new TheoryData<string, bool, bool>();
        foreach (var name in SampleFormats.Names.Where(name => SampleFormats.Of(name).HasTools))
        {
            cases.Add(name, false, false);
            cases.Add(name, false, true);
            if (name != "mistral-reasoning")
            {
                cases.Add(name, true, false);
            }
        }

        return cases;
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void MayFollowAndCallGrammar_RandomModelThatMustCall_CallsWell(string name, bool off, bool spelt)
    {
        string[] without = spelt && !name.StartsWith("mistral", StringComparison.Ordinal) ? ["<think>", "</think>", "<tool_call>", "</tool_call>", "<|python_tag|>"] : [];
        var format = SampleFormats.Of(name, without);
        var vocabulary = new SignVocabulary();
        var conversation = new Conversation([new Turn(TurnRole.User, "?")])
        {
            Tools = [SampleConversations.Weather, SampleConversations.Find], CallMode = CallMode.Required, Effort = off ? Effort.Off : Effort.Unspecified,
        };
        for (var seed = 0; seed < Tries.Of(16); seed++)
        {
            var heard = Write(format, conversation, vocabulary, new Random(seed));
            Assert.Empty(heard.Oddities);
            Assert.Equal("", heard.Answer);
            Assert.NotEmpty(heard.Calls);
            Assert.All(heard.Calls, call => Assert.Contains(call.Tool, s_tools.Select(t => t.Tool)));
            if (!IsTagged(name))
            {
                Assert.All(heard.Calls, call => Assert.Matches(call.Tool == "find-it" ? @"^(\{\}|\{""n"":\d{1,2}\})$" : @"^\{""city"":""[a-zA-Zé]{0,3}""\}$", call.Arguments));
            }
        }
    }

    private static bool IsTagged(string name) => name is "qwen3-coder" or "qwen3.5" || name.StartsWith("glm", StringComparison.Ordinal);

    private static Heard Write(IConversationFormat format, Conversation conversation, SignVocabulary vocabulary, Random random)
    {
        var heard = new Heard();
        var reader = format.Read(conversation);
        ITokenWalk? call = null;
        var last = 0;
        for (var step = 0; step < 3000; step++)
        {
            var may = Enumerable.Range(0, vocabulary.Count).Where(token => reader.Place switch
            {
                AnswerPlace.Reasoning => token == 'x' || token == SampleSigns.Id("</think>") || token == SampleSigns.Id("[/THINK]") || (token < 256 && "</think>".Contains((char)token, StringComparison.Ordinal)),
                AnswerPlace.Call => ((call ??= Start(format, reader, vocabulary)).Allows(token) && (reader.CallEnds.Count == 0 || !vocabulary.Ends(token))) || (call.IsWhole && reader.CallEnds.Contains(token)),
                AnswerPlace.Structure => reader.MayFollow(token, vocabulary.Pieces[token]),
                _ => false,
            }).ToList();
            Assert.NotEmpty(may);

            // Towards the end: thinking and calls end where they can.
            var ends = may.Where(token => vocabulary.Ends(token) || reader.CallEnds.Contains(token)).ToList();
            if (reader.Place == AnswerPlace.Call)
            {
                may = Biased(may, last, random);
            }

            var next = ends.Count > 0 && random.Next(3) > 0 ? ends[random.Next(ends.Count)] : may[random.Next(may.Count)];
            last = next;
            if (reader.Place == AnswerPlace.Reasoning)
            {
                foreach (var value in may.Contains(SampleSigns.Id("</think>")) && step > 3 ? Close(format, random) : [(next, vocabulary.Pieces[next])])
                {
                    reader.Read(value.Item1, value.Item2, heard);
                }

                continue;
            }

            if (vocabulary.Ends(next))
            {
                reader.Finish(heard);
                return heard;
            }

            if (reader.Place == AnswerPlace.Call && !reader.CallEnds.Contains(next))
            {
                call!.Accept(next);
            }

            reader.Read(next, vocabulary.Pieces[next], heard);
            call = reader.Place == AnswerPlace.Call ? call : null;
        }

        throw new InvalidOperationException("the answer has no end");
    }

    /// <summary>Values without quotes end, for tags begin more often than by chance.</summary>
    private static List<int> Biased(List<int> may, int last, Random random)
    {
        int[] liked = last switch { '<' => ['/'], '/' => ['p', 'a'], _ => ['<'] };
        var left = may.Where(liked.Contains).ToList();
        return left.Count > 0 && random.Next(2) == 0 ? left : may;
    }

    private static (int, byte[])[] Close(IConversationFormat format, Random random) =>
        format.Name == "mistral-reasoning" ? [(SampleSigns.Id("[/THINK]"), [])]
        : format.Read(new Conversation([]) { Effort = Effort.Off }).CallEnds.Count > 0 ? [(SampleSigns.Id("</think>"), [])]
        : random.Next(2) == 0 ? [(0, "</think>"u8.ToArray())]
        : [(0, "</thi"u8.ToArray()), (0, "nk>"u8.ToArray())];

    private static ITokenWalk Start(IConversationFormat format, IAnswerReader reader, SignVocabulary vocabulary)
    {
        var gbnf = reader.Tool is { } tool ? $"root ::= {s_tools.Single(t => t.Tool == tool).Rule}\n" : format.CallGrammar(s_tools)!;
        return new Walk((GrammarConstraint)vocabulary.Constraints.Create(gbnf + Rules), vocabulary);
    }

    private interface ITokenWalk
    {
        bool IsWhole { get; }

        bool Allows(int token);

        void Accept(int token);
    }

    /// <summary>Follows a grammar; tokens that end generation are allowed where it is complete.</summary>
    private sealed class Walk(GrammarConstraint constraint, SignVocabulary vocabulary) : ITokenWalk
    {
        public bool IsWhole => constraint.Allows(SampleSigns.Id("</s>"));

        // Letters beyond ASCII come in several bytes; a few are enough.
        public bool Allows(int token) => (token < 128 || vocabulary.Ends(token)) && constraint.Allows(token);

        public void Accept(int token) => constraint.Accept(token);
    }

    /// <summary>A vocabulary of bytes and signs.</summary>
    private sealed class SignVocabulary
    {
        private readonly Func<int, bool> _ends = SampleSigns.Table().EndsGeneration;

        public SignVocabulary()
        {
            Pieces = [.. Enumerable.Range(0, 256).Select(b => (byte[])[(byte)b]), .. SampleSigns.All.Select(_ => Array.Empty<byte>())];
            var table = new PieceTable(Pieces, Enumerable.Range(0, Pieces.Count).Where(Ends).ToHashSet());
            Constraints = new GrammarConstraints(() => table);
        }

        public IReadOnlyList<byte[]> Pieces { get; }

        public int Count => Pieces.Count;

        public GrammarConstraints Constraints { get; }

        public bool Ends(int token) => _ends(token);
    }
}
