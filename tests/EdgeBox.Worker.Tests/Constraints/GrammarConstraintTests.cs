using System.Text;
using CsCheck;
using EdgeBox.Worker.Constraints;

namespace EdgeBox.Worker.Tests.Constraints;

/// <summary>Which tokens may come, against a plain matcher and by example.</summary>
public sealed class GrammarConstraintTests
{
    private const int Walks = 200;
    private const int WalkSteps = 10;

    private static readonly SmallVocabulary s_bytes = SmallVocabulary.OfBytesAnd(
        "ab", "abab", "aaaa", "aaaaaaaab", "aaaaaaaaaaaaaaa", "aaaaaaaaaaaaaaaaaaaa", "ခ်", "\":", "\": \"", "\"}", "},", "true", "e\u0301", "  ", "ab");

    /// <summary>Bytes of the random grammars' characters, some of their halves, and pieces that span several elements.</summary>
    private static readonly SmallVocabulary s_mixed = new(
    [
        .. "abc()-]\"\\\nxz"u8.ToArray().Select(value => (byte[])[value]),
        .. ((byte[])[0x00, 0x80, 0x9F, 0xA9, 0x95, 0xC3, 0xBD, 0xE1, 0xE0, 0xED, 0xF0, 0xF4, 0xC0, 0xFF]).Select(value => (byte[])[value]),
        [0xE1, 0x80], [0x80, 0x81], [0xE0, 0xBD], [0xBD, 0x80], [0xF0, 0x9F, 0x98], [0x80, (byte)'a'], [(byte)'a', 0xC3], [0xA9, (byte)'(', 0xE1],
        .. ((string[])["ab", "ab", "abc", "aab", "((", "(a", "a)", "))", "é", "ခ", "ཀ", "😀", "éခ", "ခa", "bé-", "]\"", "\\\n", "ccc", "cccccc", "aaaaaaa", "aaaaaaaaaaaaaaa", "aaaaaaaaaaaaaaaaaa"])
            .Select(Encoding.UTF8.GetBytes),
    ]);

    [Fact]
    public void Mask_RandomGrammarAndWalk_AllowsWhatThePlainMatcherAllows() =>
        Gen.Int[0, int.MaxValue].Sample(seed =>
        {
            var grammar = new RandomGrammar(seed);
            var constraint = s_mixed.Start(grammar.Write());
            var random = new Random(seed);
            var text = new List<byte>();
            for (var step = 0; step < WalkSteps; step++)
            {
                var expected = Enumerable.Range(0, s_mixed.Sign).Where(token => ReferenceInput.Match(grammar.Root, [.. text, .. s_mixed.Pieces[token]]).Beginning).ToList();
                if (ReferenceInput.Match(grammar.Root, [.. text]).Whole)
                {
                    expected.AddRange([s_mixed.End, s_mixed.OtherEnd]);
                }

                var allowed = Enumerable.Range(0, s_mixed.Pieces.Count).Where(constraint.Allows).ToList();

                // Few grammars are so ambiguous that there is any.
                var beyond = Enumerable.Range(0, s_mixed.Pieces.Count).Where(constraint.IsBeyondLimits).ToList();
                Assert.Equal(expected.Except(beyond), allowed);
                if (expected.Count == 0)
                {
                    Assert.Throws<GrammarException>(() => s_mixed.Allowed(constraint));
                    return;
                }

                // A mask may leave what is beyond a limit, if the grammar allows it.
                var mask = AllowedOrBeyond(constraint);
                Assert.Equal(allowed, mask.Except(beyond));
                Assert.Empty(mask.Except(expected));
                if (allowed.Count == 0)
                {
                    return;
                }

                var next = allowed[random.Next(allowed.Count)];
                constraint.Accept(next);
                if (next >= s_mixed.End)
                {
                    return;
                }

                text.AddRange(s_mixed.Pieces[next]);
            }
        }, iter: Walks, print: Print);

    [Fact]
    public void Allows_TextOfTheLanguage_IsProducedTokenByToken() =>
        Gen.Int[0, int.MaxValue].Sample(seed =>
        {
            var grammar = new RandomGrammar(seed);
            var constraint = s_bytes.Start(grammar.Write());
            var text = grammar.Text();
            foreach (var value in text ?? [])
            {
                if (!constraint.Allows(value))
                {
                    // Few grammars are too ambiguous for the limits.
                    Assert.True(constraint.IsBeyondLimits(value));
                    return;
                }

                constraint.Accept(value);
            }

            Assert.True(text is null || constraint.IsComplete);
        }, iter: 1_000, print: Print);

    [Fact]
    public void Allows_AnyTokensThatMakeUpAText_TheirOrderMattersNot()
    {
        const string Text = "{\"ခ်ab\": \"abab\"}";
        var random = new Random(1);
        for (var round = 0; round < 200; round++)
        {
            var constraint = s_bytes.Start(SampleGrammars.All[0].Gbnf);
            var rest = Encoding.UTF8.GetBytes(Text).AsSpan();
            while (!rest.IsEmpty)
            {
                var fitting = new List<int>();
                for (var token = 0; token < s_bytes.Sign; token++)
                {
                    if (rest.StartsWith(s_bytes.Pieces[token]))
                    {
                        fitting.Add(token);
                    }
                }

                var next = fitting[random.Next(fitting.Count)];
                Assert.True(constraint.Allows(next));
                constraint.Accept(next);
                rest = rest[s_bytes.Pieces[next].Length..];
            }

            Assert.True(constraint.Allows(s_bytes.End));
        }
    }

    [Fact]
    public void Mask_TokensThatEndGeneration_MayComeExactlyWhenTheTextIsComplete()
    {
        var constraint = s_bytes.Start("root ::= \"a\" \"b\"?");
        Assert.Equal(['a', s_bytes.Pieces.ToList().FindIndex(p => p.Length == 2), s_bytes.Sign - 1], s_bytes.Allowed(constraint));

        constraint.Accept('a');
        Assert.Equal(['b', s_bytes.End, s_bytes.OtherEnd], s_bytes.Allowed(constraint));

        constraint.Accept('b');
        Assert.True(constraint.IsComplete);
        Assert.Equal([s_bytes.End, s_bytes.OtherEnd], s_bytes.Allowed(constraint));

        constraint.Accept(s_bytes.OtherEnd);
        Assert.False(constraint.Allows(s_bytes.End));
        Assert.Throws<GrammarException>(() => s_bytes.Allowed(constraint));
    }

    [Fact]
    public void Allows_SignOrUnknownToken_MayNeverCome()
    {
        var constraint = s_bytes.Start("root ::= .*");
        Assert.False(constraint.Allows(s_bytes.Sign));
        Assert.False(constraint.Allows(0));
        Assert.False(constraint.Allows(-1));
        Assert.False(constraint.Allows(s_bytes.Pieces.Count));
        Assert.DoesNotContain(s_bytes.Sign, s_bytes.Allowed(constraint));
    }

    [Fact]
    public void Accept_TokenThatMayNotCome_IsAnError()
    {
        var constraint = s_bytes.Start("root ::= \"a\"");
        Assert.Throws<InvalidOperationException>(() => constraint.Accept('b'));
        Assert.Throws<InvalidOperationException>(() => constraint.Accept(s_bytes.End));
        Assert.True(constraint.Allows('a'));
    }

    [Theory]
    [InlineData("[ခ]", "E1", "80")] // U+1001 is E1 80 81, the only character of the class.
    [InlineData("[ཀ-ཇ]", "E0", "BD")] // U+0F40 to U+0F47 are E0 BD 80 to E0 BD 87.
    public void Allows_CharacterSplitOverTokens_OnlyBytesThatCompleteAnAllowedOne(string set, string first, string second)
    {
        var constraint = s_bytes.Start($"root ::= {set}+");
        foreach (var value in (int[])[Convert.ToInt32(first, 16), Convert.ToInt32(second, 16)])
        {
            Assert.Equal([value], s_bytes.Allowed(constraint).Where(token => token < 256));
            constraint.Accept(value);
        }

        var last = s_bytes.Allowed(constraint);
        Assert.Equal(set == "[ခ]" ? [0x81] : Enumerable.Range(0x80, 8), last);
        constraint.Accept(last[0]);
        Assert.True(constraint.IsComplete);
    }

    [Fact]
    public void Allows_NegatedClass_TakesTheOtherCharactersWithTheSameFirstBytes()
    {
        var constraint = s_bytes.Start("root ::= [^é]");
        Assert.True(constraint.Allows(0xC3));
        constraint.Accept(0xC3);
        Assert.False(constraint.Allows(0xA9));
        Assert.Equal(Enumerable.Range(0x80, 64).Except([0xA9]), s_bytes.Allowed(constraint));
    }

    [Fact]
    public void Allows_AnyCharacter_TakesWellFormedUtf8Alone()
    {
        Assert.True(s_bytes.Matches("root ::= .", [0xF4, 0x8F, 0xBF, 0xBF]));
        Assert.True(s_bytes.Matches("root ::= .", [0xED, 0x9F, 0xBF]));
        foreach (var bad in (byte[][])[[0xC0, 0x80], [0xE0, 0x9F, 0xBF], [0xED, 0xA0, 0x80], [0xF0, 0x8F, 0xBF, 0xBF], [0xF4, 0x90, 0x80, 0x80], [0xFF], [0x80], [0x00]])
        {
            Assert.False(s_bytes.Matches("root ::= .", bad));
        }
    }

    [Fact]
    public void Mask_CountersNearAndFarFromTheirEnds_AreExact()
    {
        var constraint = s_bytes.Start("root ::= \"a\"{30,50} \"b\"");
        for (var count = 0; count <= 50; count++)
        {
            // The tokens that are some "a", short and long ones, and those that go on with "b".
            var expected = new List<int>();
            for (var token = 0; token < s_bytes.Sign; token++)
            {
                var text = Encoding.Latin1.GetString(s_bytes.Pieces[token]);
                var more = text.TakeWhile(c => c == 'a').Count();
                var rest = text[more..];
                if ((rest.Length == 0 && more > 0 && count + more <= 50) || (rest == "b" && count + more is >= 30 and <= 50))
                {
                    expected.Add(token);
                }
            }

            Assert.Equal(expected, s_bytes.Allowed(constraint));
            if (count < 50)
            {
                constraint.Accept('a');
            }
        }
    }

    [Fact]
    public void Accept_TextThatNeedsMoreStatesThanAreKept_IsCountedExactly()
    {
        // About 500 bytes of states for each character: they are made afresh on the way.
        var constraint = s_bytes.Start("root ::= [ab]{65536} \"c\"");
        for (var count = 0; count < 65_536; count++)
        {
            Assert.False(constraint.Allows('c'));
            constraint.Accept(count % 3 == 0 ? 'b' : 'a');
        }

        Assert.Equal(['c'], s_bytes.Allowed(constraint));
    }

    [Fact]
    public void Allows_DeepestNesting_StopsThere()
    {
        var constraint = s_bytes.Start("root ::= \"(\" root \")\" | \"x\"");
        var depth = 0;
        while (constraint.Allows('('))
        {
            constraint.Accept('(');
            depth++;
        }

        Assert.InRange(depth, GrammarLimits.Depth - 4, GrammarLimits.Depth);
        var error = Assert.Throws<GrammarException>(() => constraint.Accept('('));
        Assert.Contains("4096 rules inside one another", error.Message, StringComparison.Ordinal);
        constraint.Accept('x');
        for (; depth > 0; depth--)
        {
            constraint.Accept(')');
        }

        Assert.True(constraint.IsComplete);
    }

    [Fact]
    public void Allows_EmptyRoundsOfARepetition_AreNoReadingsOfTheirOwn()
    {
        var constraint = s_bytes.Start("root ::= (\"(\" root? \")\")?{3,40} | (\"a\"? \"b\"?){0,65536}");
        for (var depth = 0; depth < 6; depth++)
        {
            constraint.Accept('(');
        }

        Assert.DoesNotContain(Enumerable.Range(0, s_bytes.Pieces.Count), constraint.IsBeyondLimits);
        Assert.True(constraint.Allows('('));
        Assert.True(s_bytes.Matches("root ::= (\"a\"? \"b\"?){0,3} \"c\"", "bbbc"));
        Assert.False(s_bytes.Matches("root ::= (\"a\"? \"b\"?){0,3} \"c\"", "bbbbc"));
    }

    [Fact]
    public void Allows_TokenWithTooManyReadings_IsBeyondLimitsAndOthersAreNot()
    {
        // Each "(" more than triples the stacks: five of them are within the limit, six are not.
        var constraint = s_mixed.Start("root ::= \"(\" root? \")\" | \"(\" root? \")\" [^(c] | \"(\" two? \")\" | two | \"]\"\ntwo ::= \"(\" root? \")\"");
        List<int> Tokens(params string[] texts) =>
            [.. Enumerable.Range(0, s_mixed.Sign).Where(token => texts.Contains(Encoding.Latin1.GetString(s_mixed.Pieces[token])))];
        var open = Tokens("(")[0];
        for (var depth = 0; depth < 4; depth++)
        {
            Assert.DoesNotContain(Enumerable.Range(0, s_mixed.Pieces.Count), constraint.IsBeyondLimits);
            constraint.Accept(open);
        }

        var all = Enumerable.Range(0, s_mixed.Pieces.Count);
        Assert.Equal(Tokens("(", ")", "]", "))"), all.Where(constraint.Allows));
        Assert.Equal(Tokens("(("), all.Where(constraint.IsBeyondLimits));
        Assert.Equal(Tokens("(", ")", "]", "))"), s_mixed.Allowed(constraint).Except(Tokens("((")));

        var error = Assert.Throws<GrammarException>(() => constraint.Accept(Tokens("((")[0]));
        Assert.Contains("more than 4096 readings", error.Message, StringComparison.Ordinal);
        Assert.Throws<InvalidOperationException>(() => constraint.Accept(Tokens("a")[0]));
    }

    [Fact]
    public void Allows_TooManyReadings_EndsWithAClearFailure()
    {
        // Each "x" doubles the stacks.
        var constraint = s_bytes.Start("root ::= \"x\" root \"a\" | \"x\" root \"b\"");
        var length = 0;
        while (constraint.Allows('x'))
        {
            constraint.Accept('x');
            length++;
        }

        Assert.InRange(length, 8, 16);
        var error = Assert.Throws<GrammarException>(() => s_bytes.Allowed(constraint));
        Assert.Contains("more than 4096 readings", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Mask_VocabularyWithoutAFittingToken_EndsWithAClearFailure()
    {
        var constraint = new SmallVocabulary([[(byte)'a']]).Start("root ::= \"b\"");
        var error = Assert.Throws<GrammarException>(() => constraint.Mask(new float[4]));
        Assert.Contains("none of the model's tokens goes on", error.Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => constraint.Mask(new float[3]));
    }

    [Fact]
    public void Create_MoreGrammarsThanAreKept_EachIsFollowed()
    {
        for (var round = 0; round < 2; round++)
        {
            for (var i = 0; i < GrammarLimits.Compiled + 5; i++)
            {
                Assert.True(s_bytes.Matches($"root ::= \"{i}\"", $"{i}"));
                Assert.False(s_bytes.Matches($"root ::= \"{i}\"", "x"));
            }
        }

        Assert.Throws<GrammarException>(() => s_bytes.Constraints.Create("root ::= x"));
    }

    [Fact]
    public async Task Mask_ManyThreadsWithOneGrammar_GiveEqualResults()
    {
        foreach (var (_, gbnf) in SampleGrammars.All)
        {
            var vocabulary = SmallVocabulary.OfBytesAnd("{\"", "\": ", "ab", "1.", "- ", "true", "\", \"", "\n\n");
            var walks = await Task.WhenAll(Enumerable.Range(0, 8).Select(i => Task.Run(() => Walk(vocabulary, gbnf, seed: i % 2))));
            Assert.All(walks, (walk, i) => Assert.Equal(walks[i % 2], walk));
            Assert.Equal(Walk(SmallVocabulary.OfBytesAnd("{\"", "\": ", "ab", "1.", "- ", "true", "\", \"", "\n\n"), gbnf, seed: 0), walks[0]);
        }
    }

    /// <summary>The tokens that a mask leaves; none where all that may come is beyond a limit.</summary>
    private static List<int> AllowedOrBeyond(GrammarConstraint constraint)
    {
        try
        {
            return s_mixed.Allowed(constraint);
        }
        catch (GrammarException error) when (error.Message.Contains("more than 4096 readings", StringComparison.Ordinal))
        {
            return [];
        }
    }

    private static string Print(int seed) => $"seed {seed}:\n{new RandomGrammar(seed).Write()}";

    private static List<int> Walk(SmallVocabulary vocabulary, string gbnf, int seed)
    {
        var random = new Random(seed);
        var constraint = vocabulary.Start(gbnf);
        var seen = new List<int>();
        for (var step = 0; step < 40; step++)
        {
            var allowed = vocabulary.Allowed(constraint);
            seen.AddRange(allowed);
            var next = allowed[random.Next(allowed.Count)];
            if (next >= vocabulary.End)
            {
                break;
            }

            constraint.Accept(next);
        }

        return seen;
    }
}
