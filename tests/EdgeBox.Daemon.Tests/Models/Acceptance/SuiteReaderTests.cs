using System.Text;
using CsCheck;
using EdgeBox.Daemon.Failures;
using EdgeBox.Daemon.Models.Acceptance;
using EdgeBox.V1;
using Google.Protobuf;

namespace EdgeBox.Daemon.Tests.Models.Acceptance;

/// <summary>Acceptance suites as customers write them, and as they should not.</summary>
public sealed class SuiteReaderTests
{
    private const string Secret = "Zeppelin";
    private const string Signs = "\"{}[]:,\n9\\";
    private const string Chat = $$$"""{"chat":{"messages":[{"role":"CHAT_ROLE_USER","parts":[{"text":"{{{Secret}}}"}]}]}}""";

    public static TheoryData<string, string> BadLines => new()
    {
        { "{", "" },
        { "[]", "" },
        { "3", "" },
        { """{"chat":7}""", "chat" },
        { """{"Name":"x"}""", "Name" },
        { """{"chat":{"messages":[{"role":"CHAT_ROLE_USER","parts":[{"text":"a"}]},{"role":"Zeppelin"}]}}""", "chat.messages[1].role" },
        { """{"chat":{"messages":[{"role":"CHAT_ROLE_USER","parts":[{"texts":"Zeppelin"}]}]}}""", "chat.messages[0].parts[0].texts" },
        { """{"chat":{"messages":{"Zeppelin":1}}}""", "chat.messages" },
        { """{"chat":{"sampling":{"temperature":"Zeppelin"}}}""", "chat.sampling.temperature" },
        { """{"longestFirstToken":"Zeppelin"}""", "longestFirstToken" },
        { """{"runs":-1}""", "runs" },
        { "{}", "chat" },
        { """{"embed":{"inputs":["Zeppelin"]},"rerank":{"query":"Zeppelin","documents":["a"]}}""", "chat" },
        { """{"chat":{}}""", "chat.messages" },
        { """{"embed":{"inputs":["Zeppelin",""]}}""", "embed.inputs[1]" },
        { """{"rerank":{"query":"","documents":["Zeppelin"]}}""", "rerank.query" },
        { """{"embed":{"model":"m","inputs":["Zeppelin"]}}""", "embed.model" },
        { """{"embed":{"inputs":["Zeppelin"]},"leastTokensPerSecond":1}""", "leastTokensPerSecond" },
        { """{"embed":{"inputs":["Zeppelin"]},"longestFirstToken":"1s"}""", "longestFirstToken" },
        { Chat.Insert(1, "\"runs\":101,"), "runs" },
        { Chat.Insert(1, "\"leastPasses\":2,"), "leastPasses" },
        { Chat.Insert(1, "\"leastTokensPerSecond\":\"NaN\","), "leastTokensPerSecond" },
        { Chat.Insert(1, "\"longestFirstToken\":\"3601s\","), "longestFirstToken" },
        { Chat.Insert(1, $"\"name\":\"{new string('a', 129)}\","), "name" },
        { Chat.Replace("\"messages\"", "\"attempts\":9,\"messages\"", StringComparison.Ordinal), "chat.attempts" },
        { Chat.Replace("\"messages\"", "\"checks\":[{\"regex\":\"(\"}],\"messages\"", StringComparison.Ordinal), "chat.checks[0].regex" },
        { Chat.Replace("\"messages\"", "\"checks\":[{}],\"messages\"", StringComparison.Ordinal), "chat.checks[0]" },
    };

    [Fact]
    public void Read_BlankLinesCarriageReturnsAndAByteOrderMark_AreNoCases()
    {
        var suite = Read($"\ufeff{Chat}\r\n\n  \r\n{Chat.Insert(1, "\"name\":\"second\",\"runs\":3,\"leastPasses\":2,")}");
        Assert.Equal(["1", "second"], suite.Cases.Select(read => read.Name));
        Assert.Equal((3u, 2u, Secret), (suite.Cases[1].Runs, suite.Cases[1].LeastPasses, suite.Cases[1].Chat.Messages[0].Parts[0].Text));
        Assert.Matches("^[0-9a-f]{64}$", suite.Sha256);
    }

    [Theory]
    [MemberData(nameof(BadLines))]
    public void Read_BadLine_NamesLineAndFieldAndNoText(string line, string field)
    {
        var refused = Assert.Throws<FailureException>(() => Read($"{Chat}\n\n{line}\n{Chat}"));
        Assert.Equal(ErrorReason.SuiteInvalid, refused.Reason);
        var facts = refused.Facts.ToDictionary(fact => fact.Key, fact => fact.Value);
        Assert.Equal(("/suite", "3", field), (facts["path"], facts["line"], facts.GetValueOrDefault("field", "")));
        Assert.StartsWith("/suite, line 3", refused.Message, StringComparison.Ordinal);
        Assert.Contains("allowed:", refused.Message, StringComparison.Ordinal);
        Assert.DoesNotContain(Secret, refused.Message + string.Concat(facts.Values), StringComparison.Ordinal);
    }

    [Fact]
    public void Read_NothingInIt_IsRefused() =>
        Assert.Equal(ErrorReason.SuiteInvalid, Assert.Throws<FailureException>(() => Read("\n\n")).Reason);

    [Fact]
    public void Read_LineTooLong_IsRefusedWithItsLength()
    {
        var refused = Assert.Throws<FailureException>(() => Read(Chat + "\n" + new string(' ', SuiteReader.MaxLineBytes + 1)));
        Assert.Contains("line 2 is 1,048,577 bytes long; allowed: 1,048,576 bytes.", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Read_OneCaseTooMany_IsRefused()
    {
        const string embed = """{"embed":{"inputs":["a"]}}""";
        Assert.Equal(SuiteReader.MaxCases, Read(string.Concat(Enumerable.Repeat(embed + "\n", SuiteReader.MaxCases))).Cases.Count);
        var refused = Assert.Throws<FailureException>(() => Read(string.Concat(Enumerable.Repeat(embed + "\n", SuiteReader.MaxCases + 1))));
        Assert.Contains("line 10001 is one case too many; allowed: 10,000 cases.", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Read_EndlessFile_IsRefusedBeforeItIsWhole()
    {
        using var endless = new Endless();
        var refused = Assert.Throws<FailureException>(() => SuiteReader.Read(new SuiteSource("/suite", () => endless, Own: false)));
        Assert.Equal(ErrorReason.SuiteInvalid, refused.Reason);
        Assert.InRange(endless.Given, SuiteReader.MaxBytes, SuiteReader.MaxBytes + (1 << 20));
    }

    [Fact]
    public void Read_NotUtf8_IsRefused() => Assert.Contains("is not valid UTF-8",
        Assert.Throws<FailureException>(() => SuiteReader.Read(new SuiteSource("/suite", () => new MemoryStream([0xff, 0xfe]), Own: false))).Message, StringComparison.Ordinal);

    [Fact]
    public void Read_AnyGoodSuite_IsReadAsItWasWritten()
    {
        var cases = from name in Gen.String[Gen.Char.AlphaNumeric, 0, 20]
                    from text in Gen.String[Gen.Char['\u0020', '\ud7ff'], 1, 40]
                    from runs in Gen.UInt[0, 100]
                    from kind in Gen.Int[0, 2]
                    select kind switch
                    {
                        0 => new AcceptanceCase { Name = name, Runs = runs, Chat = new ChatRequest { Messages = { new ChatMessage { Role = ChatRole.User, Parts = { new ContentPart { Text = text } } } } } },
                        1 => new AcceptanceCase { Name = name, Runs = runs, Embed = new EmbedRequest { Inputs = { text } } },
                        _ => new AcceptanceCase { Name = name, Runs = runs, Rerank = new RerankRequest { Query = text, Documents = { text } } },
                    };
        cases.List[1, 8].Sample(written =>
        {
            var read = Read(string.Join('\n', written.Select(one => JsonFormatter.Default.Format(one)))).Cases;
            for (var i = 0; i < written.Count; i++)
            {
                written[i].Name = written[i].Name.Length > 0 ? written[i].Name : $"{i + 1}";
            }

            Assert.Equal(written, read);
        }, iter: 300);
    }

    [Fact]
    public void Read_AnyMutation_IsReadOrRefusedByName()
    {
        var good = Encoding.UTF8.GetBytes(string.Join('\n', Chat, """{"embed":{"inputs":["a","b"]}}""", Chat.Insert(1, "\"longestFirstToken\":\"1.5s\",\"runs\":2,")));
        var mutations = from places in Gen.Int[0, good.Length - 1].Array[1, 4]
                        from bytes in Gen.OneOf(Gen.Byte, Gen.Int[0, Signs.Length - 1].Select(at => (byte)Signs[at])).Array[4]
                        from cut in Gen.Int[0, good.Length]
                        select Mutated(good, places, bytes, cut);
        mutations.Sample(bytes =>
        {
            try
            {
                Assert.NotEmpty(SuiteReader.Read(new SuiteSource("/suite", () => new MemoryStream(bytes), Own: false)).Cases);
            }
            catch (FailureException refused)
            {
                Assert.Equal(ErrorReason.SuiteInvalid, refused.Reason);
            }
        }, iter: 20_000);
    }

    private static byte[] Mutated(byte[] good, int[] places, byte[] bytes, int cut)
    {
        var copy = good[..Math.Max(1, cut)];
        for (var i = 0; i < places.Length; i++)
        {
            copy[places[i] % copy.Length] = bytes[i];
        }

        return copy;
    }

    private static AcceptanceSuite Read(string text) =>
        SuiteReader.Read(new SuiteSource("/suite", () => new MemoryStream(Encoding.UTF8.GetBytes(text)), Own: false));

    /// <summary>A file that goes on for ever.</summary>
    private sealed class Endless : MemoryStream
    {
        public long Given { get; private set; }

        public override int Read(Span<byte> buffer) => Give(buffer.Length);

        public override int Read(byte[] buffer, int offset, int count) => Give(count);

        private int Give(int count)
        {
            Given += count;
            return count;
        }
    }
}
