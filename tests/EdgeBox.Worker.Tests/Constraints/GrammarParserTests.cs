using System.Text;
using CsCheck;
using EdgeBox.Worker.Constraints;

namespace EdgeBox.Worker.Tests.Constraints;

/// <summary>What is a grammar, what is none, and what is said then.</summary>
public sealed class GrammarParserTests
{
    private static readonly SmallVocabulary s_vocabulary = SmallVocabulary.OfBytesAnd();

    [Theory]
    [InlineData("root ::= \"abc\"", "abc", "ab")]
    [InlineData("root ::= \"\\x41\\u00e9\\U0001F600\\n\\r\\t\\\\\\\"\\[\\]\\-\"", "Aé😀\n\r\t\\\"[]-", "A")]
    [InlineData("root ::= [a-c\\x30-\\u0039é-]+", "a0-é", "d")]
    [InlineData("root ::= [-a]+", "-a", "b")]
    [InlineData("root ::= [^a-c\\n]", "d", "a")]
    [InlineData("root ::= [\\]^]+", "]^", "[")]
    [InlineData("root ::= .", "\n", "")]
    [InlineData("root ::= \"a\" | \"b\" |\n  \"c\"", "c", "d")]
    [InlineData("root ::= (\n \"a\" # one\n | \"b\"\n)*", "abba", "abc")]
    [InlineData("root ::=\n  \"a\"{ 2 , 3 }", "aaa", "a")]
    [InlineData("root ::= \"ab\"{2,}", "ababab", "ab")]
    [InlineData("root ::= \"ab\"{2}", "abab", "ababab")]
    [InlineData("root ::= [a]{0,2} \"b\"", "aab", "aaab")]
    [InlineData("root ::= \"a\"{0} \"b\"", "b", "ab")]
    [InlineData("root ::= (\"a\"?)* \"b\"", "aab", "a")]
    [InlineData("root ::= (\"a\"*){3} \"b\"", "b", "a")]
    [InlineData("root ::= \"a\"?+ \"b\"", "aaab", "a")]
    [InlineData("root ::= \"\" | \"a\"", "", "b")]
    [InlineData("root ::= ", "", "a")]
    [InlineData("root ::= | \"a\"", "a", "b")]
    [InlineData("# a list\r\nroot ::= an-Item2+\r\nan-Item2 ::= \"x\" # end\r\n\r\n", "xx", "")]
    [InlineData("a ::= \"(\" root? \")\"\nroot ::= a a?", "(())()", "(()")]
    [InlineData("root ::= ((((\"a\"))))", "a", "")]
    public void Parse_Grammar_MatchesItsTextsAlone(string gbnf, string text, string other)
    {
        Assert.True(s_vocabulary.Matches(gbnf, text));
        Assert.False(s_vocabulary.Matches(gbnf, other));
    }

    [Theory]
    [InlineData("", 1, 1, "there is no rule \"root\"")]
    [InlineData("a ::= \"b\"", 1, 1, "there is no rule \"root\"")]
    [InlineData("a ::= root", 1, 1, "there is no rule \"root\"")]
    [InlineData("root ::= \"a\"\n  \"b\"", 2, 3, "'\"' stands where the name of a rule must stand")]
    [InlineData("root ::= a\nb ::= \"x\"", 1, 10, "the rule \"a\" is used but not defined")]
    [InlineData("root = \"a\"", 1, 6, "'=' stands where \"::=\" must stand, behind the name \"root\"")]
    [InlineData("root ::= \"a", 1, 10, "the literal has no end")]
    [InlineData("root ::= [a", 1, 10, "the character class has no end")]
    [InlineData("root ::= [a-", 1, 10, "the character class has no end")]
    [InlineData("root ::= []", 1, 10, "the character class is empty")]
    [InlineData("root ::= [^]", 1, 10, "the character class is empty")]
    [InlineData("root ::= [^\\x00-\\U0010FFFF]", 1, 10, "matches no character")]
    [InlineData("root ::= [\\x00]", 1, 10, "matches no character")]
    [InlineData("root ::= \"a\\x00\"", 1, 12, "U+0000 and surrogates")]
    [InlineData("root ::= \"\\uD800\"", 1, 11, "U+0000 and surrogates")]
    [InlineData("root ::= [b-a]", 1, 11, "the range runs backwards")]
    [InlineData("root ::= \"ခ\\d\"", 1, 12, "unknown escape; allowed are \\n \\r \\t")]
    [InlineData("root ::= \"\\u12\"", 1, 11, "4 hexadecimal digits must follow")]
    [InlineData("root ::= \"\\x1\"", 1, 11, "2 hexadecimal digits must follow")]
    [InlineData("root ::= \"\\U00110000\"", 1, 11, "no such character")]
    [InlineData("root ::= \"\\", 1, 11, "the text ends in an escape")]
    [InlineData("root ::= (\"a\"\n\"b\"", 1, 10, "the parenthesis has no end")]
    [InlineData("root ::= (\"a\" = )", 1, 15, "'=' stands where an element, '|' or ')' must stand")]
    [InlineData("root ::= \"a\")", 1, 13, "')' stands where an element, '|' or the end of the line must stand")]
    [InlineData("root ::= *", 1, 10, "'*' repeats nothing")]
    [InlineData("root ::= \"a\" | ? \"b\"", 1, 16, "'?' repeats nothing")]
    [InlineData("root ::= \"a\"{}", 1, 14, "'}' stands where a number must stand")]
    [InlineData("root ::= \"a\"{2", 1, 15, "the text ends where '}' must stand")]
    [InlineData("root ::= \"a\"{3,2}", 1, 13, "the smaller number of repetitions comes first")]
    [InlineData("root ::= \"a\"{65537}", 1, 14, "more than 65536 repetitions")]
    [InlineData("root ::= \"a\"{99999999999999999999}", 1, 14, "more than 65536 repetitions")]
    [InlineData("root ::= \"a\"\n# one\nroot ::= \"b\"", 3, 1, "the rule \"root\" is defined a second time")]
    [InlineData("root ::= <[1000]>", 1, 10, "elements that stand for a token")]
    [InlineData("root ::= \"a\" !<think>", 1, 14, "elements that stand for a token")]
    [InlineData("root ::= root \"a\" | \"b\"", 1, 1, "the rule \"root\" begins with itself (left recursion): \"root\" -> \"root\"")]
    [InlineData("root ::= \"x\" a\r\na ::= b \"c\"\r\nb ::= \"d\"? (a | \"e\")", 2, 1, "the rule \"a\" begins with itself (left recursion): \"a\" -> \"b\" -> \"a\"")]
    [InlineData("root ::= a\na ::= (\"x\"* \"y\"?)* a", 2, 1, "the rule \"a\" begins with itself (left recursion): \"a\" -> \"a\"")]
    [InlineData("root ::= root_", 1, 14, "'_' stands where an element")]
    [InlineData("root ::= \"a\"\n  \u0001", 2, 3, "a control character stands")]
    public void Parse_NoGrammar_SaysWhereAndWhy(string gbnf, int line, int column, string problem)
    {
        var error = Assert.Throws<GrammarException>(() => Grammar.Parse(gbnf));

        Assert.Equal((line, column), (error.Line, error.Column));
        Assert.Contains(problem, error.Message, StringComparison.Ordinal);
        Assert.StartsWith($"line {error.Line}, column {error.Column}: ", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Parse_LargestText_IsTaken()
    {
        var text = "root ::= \"" + new string('a', GrammarLimits.Characters - 11) + "\"";
        Assert.Equal(GrammarLimits.Characters, text.Length);
        Assert.Equal(GrammarLimits.Characters - 11, Grammar.Parse(text).Elements.Length);

        var error = Assert.Throws<GrammarException>(() => Grammar.Parse(text + " "));
        Assert.Contains("has 65537 characters; at most 65536 are allowed", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Parse_DeepestNesting_IsTaken()
    {
        static string Nested(int depth) => "root ::= " + new string('(', depth) + "\"a\"" + new string(')', depth);

        Assert.True(s_vocabulary.Matches(Nested(GrammarLimits.Nesting), "a"));
        var error = Assert.Throws<GrammarException>(() => Grammar.Parse(Nested(GrammarLimits.Nesting + 1)));
        Assert.Equal((1, 10 + GrammarLimits.Nesting), (error.Line, error.Column));
        Assert.Contains("more than 128 parentheses", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Parse_ChainsOfManyRules_EndWithoutOverflow()
    {
        var rules = new StringBuilder("root ::= r0\n");
        const int Count = 3000;
        for (var i = 0; i < Count; i++)
        {
            rules.Append($"r{i} ::= r{i + 1}? \"x\"\n");
        }

        var loop = Assert.Throws<GrammarException>(() => Grammar.Parse($"{rules}r{Count} ::= r0\n"));
        Assert.Contains("left recursion", loop.Message, StringComparison.Ordinal);
        Assert.True(s_vocabulary.Matches($"{rules}r{Count} ::= \"y\"\n", "xxx"));
    }

    [Fact]
    public void Parse_TooManyWaysToBegin_NamesTheRule()
    {
        // Each rule may begin in twice as many ways as the next.
        var rules = string.Join('\n', Enumerable.Range(0, 14).Select(i => $"r{i} ::= r{i + 1}? r{i + 1}?"));
        var error = Assert.Throws<GrammarException>(() => Grammar.Parse($"root ::= r0\n{rules}\nr14 ::= \"x\""));
        Assert.Contains("begins in more than 4096 ways", error.Message, StringComparison.Ordinal);
        Assert.True(error.Line > 1);
    }

    [Fact]
    public void Parse_RandomText_IsAGrammarOrSaysWhy() =>
        Gen.OneOf(Gen.String[0, 60], Gen.Char["root:= \n\"[]()|*+?{},-^\\.#<!a1xuU\r\té"].Array[0, 80].Select(c => "root ::= " + new string(c))).Sample(IsGrammarOrSaysWhy, iter: 5_000);

    [Fact]
    public void Parse_ChangedGrammar_IsAGrammarOrSaysWhy() =>
        Gen.Select(Gen.Int[0, SampleGrammars.All.Count - 1].Select(sample => SampleGrammars.All[sample].Gbnf), Gen.Int[0, 4000], Gen.Int[0, 6], Gen.Char["\"[](){}|*+?-^\\\n:=#ax1,"].Array[0, 4])
            .Sample((text, at, cut, put) =>
            {
                at %= text.Length;
                IsGrammarOrSaysWhy(text[..at] + new string(put) + text[Math.Min(text.Length, at + cut)..]);
            }, iter: 5_000);

    private static void IsGrammarOrSaysWhy(string text)
    {
        try
        {
            Assert.NotEmpty(Grammar.Parse(text).Rules);
        }
        catch (GrammarException error)
        {
            Assert.InRange(error.Line, 1, text.Length + 1);
            Assert.InRange(error.Column, 1, text.Length + 1);
        }
    }
}
