using EdgeBox.Worker.Constraints;
using EdgeBox.Worker.Constraints.Writing;
using EdgeBox.Worker.Tests.Constraints.Schemas;

namespace EdgeBox.Worker.Tests.Constraints.Writing;

/// <summary>Phrases as they are written, rule by rule and character by character.</summary>
public sealed class PhraseTests
{
    private static readonly Phrase s_a = Phrase.Literal("a");

    public static TheoryData<string, string> Literals => new()
    {
        { "abc XYZ 019~", "\"abc XYZ 019~\"" },
        { "\"\\", "\"\\x22\\x5C\"" },
        { "\0\u001F\u007F", "\"\\x00\\x1F\\x7F\"" },
        { "é\u00FF", "\"\\xE9\\xFF\"" },
        { "\u0100က", "\"\\u0100\\u1000\"" },
        { "\uFFFF😀", "\"\\uFFFF\\U0001F600\"" },
        { "", "\"\"" },
    };

    public static TheoryData<int, int?, string> Repeats => new()
    {
        { 0, null, "\"a\"*" },
        { 1, null, "\"a\"+" },
        { 2, null, "\"a\"{2,}" },
        { 0, 1, "\"a\"?" },
        { 1, 1, "\"a\"" },
        { 0, 0, "\"\"" },
        { 3, 3, "\"a\"{3}" },
        { 0, 5, "\"a\"{0,5}" },
        { 2, 5, "\"a\"{2,5}" },
        { 65_536, 65_536, "\"a\"{65536}" },
        { 0, 65_536, "\"a\"{0,65536}" },
        { 65_536, null, "\"a\"{65536,}" },
    };

    [Theory]
    [MemberData(nameof(Literals))]
    public void Literal_Text_IsWrittenInPlainCharacters(string text, string gbnf) => Assert.Equal($"root ::= {gbnf}\n", Written(Phrase.Literal(text)));

    [Fact]
    public void Character_Set_IsWrittenAsShortAsCanBe()
    {
        foreach (var (set, gbnf) in ((CharacterRange[], string?)[])
        [
            ([new('a', 'a')], "\"a\""),
            ([new('a', 'b')], "[ab]"),
            ([new('a', 'c')], "[a-c]"),
            ([new('"', '"'), new('-', '-'), new(']', '^')], "[\\x22\\x2D\\x5D\\x5E]"),
            ([new(0, 9), new(' ', ' '), new('a', 'z')], "[\\x00-\\x09\\x20a-z]"),
            ([new('b', 0xD7FF), new(0xE000, CharacterSet.Largest)], "[^\\x00-a]"),
            ([new(0, 'a'), new('c', 0xD7FF), new(0xE000, CharacterSet.Largest)], "[^b]"),
            ([new(0, 0xD7FF), new(0xE000, CharacterSet.Largest)], "."),
            ([new(0x10000, 0x10FFFE)], "[\\U00010000-\\U0010FFFE]"),
            ([], null),
        ])
        {
            Assert.Equal(gbnf is null ? null : $"root ::= {gbnf}\n", Written(Phrase.Character(set)));
        }
    }

    [Theory]
    [MemberData(nameof(Repeats))]
    public void Repeat_Phrase_IsWrittenWithItsCounts(int least, int? most, string gbnf) => Assert.Equal($"root ::= {gbnf}\n", Written(Phrase.Repeat(s_a, least, most)));

    [Theory]
    [InlineData(65_537, 65_537)]
    [InlineData(131_072, 131_072)]
    [InlineData(65_537, null)]
    [InlineData(0, 65_537)]
    [InlineData(0, 131_072)]
    [InlineData(1, 65_537)]
    [InlineData(3, 200_000)]
    [InlineData(65_537, 65_540)]
    public void Repeat_MoreThanANumberMayBe_IsSoOften(int least, int? most)
    {
        // Byte by byte is too long a way: the counts that a grammar allows are read from its text.
        var counts = Counts(Phrase.Repeat(s_a, least, most));
        Assert.Equal((least, most), counts);
        Assert.NotNull(Written(Phrase.Repeat(s_a, least, most)));
    }

    [Fact]
    public void Write_Phrases_HaveParenthesesOnlyWhereNeeded()
    {
        var b = Phrase.Literal("b");
        var choice = Phrase.OneOf([s_a, Phrase.Of(b, new Terminal("[cd]"))]);
        Assert.Equal("root ::= \"a\" | \"b\" [cd]\n", Written(choice));
        Assert.Equal("root ::= (\"a\" | \"b\" [cd]) [x-z]\n", Written(Phrase.Of(choice, new Terminal("[x-z]"))));
        Assert.Equal("root ::= (\"a\" | \"b\" [cd])*\n", Written(Phrase.Repeat(choice, 0, null)));
        Assert.Equal("root ::= (\"b\" [cd])?\n", Written(Phrase.Optional(Phrase.Of(b, new Terminal("[cd]")))));
        Assert.Equal("root ::= \"ab\" [cd] \"ba\"\n", Written(Phrase.Of(Phrase.Of(s_a, b), new Terminal("[cd]"), Phrase.Of(b, s_a))));
        Assert.Equal("root ::= \"a\" | \"b\"\n", Written(Phrase.OneOf([s_a, Phrase.OneOf([b, s_a]), Phrase.Never])));
        Assert.Equal("root ::= \"a\"\n", Written(Phrase.Of(Phrase.Of(), s_a, Phrase.Empty, Phrase.Repeat(Phrase.Never, 0, 3))));
        Assert.Equal("root ::= [x] y\n", Written(Phrase.Of(new Terminal("[x]"), new Written("y"))));
    }

    [Fact]
    public void Write_WhatNeverEnds_IsLeftOut()
    {
        var rules = new RuleBook("r", new Work());
        var (loop, used) = (rules.Reserve(), rules.Add(Phrase.Literal("a text that is longer than short ones")));
        rules.Define(loop, Phrase.Of(s_a, loop));
        Assert.Null(rules.Write(loop));
        Assert.Null(Written(Phrase.Never));
        Assert.Null(Written(Phrase.Of(s_a, Phrase.Never)));
        Assert.Null(Written(Phrase.Repeat(Phrase.Never, 1, null)));
        rules.Add(Phrase.Literal("another text that is longer, of no use"));
        var root = rules.Add(Phrase.OneOf([Phrase.Of(s_a, loop), used, Phrase.Of(used, used), Phrase.Repeat(loop, 0, null)]));
        Assert.Equal("r ::= r-r1 | r-r1 r-r1 | \"\"\nr-r1 ::= \"a text that is longer than short ones\"\n", rules.Write(root));
    }

    [Fact]
    public void Write_RulesThatAreShortOrOtherRules_StandWhereTheyAreUsed()
    {
        var rules = new RuleBook("root", new Work());
        var (shorter, longer) = (rules.Add(new Terminal("\"2345678901234567890123\"")), rules.Add(new Terminal("\"23456789012345678901234\"")));
        var root = rules.Add(Phrase.Of(rules.Add(rules.Add(shorter)), rules.Add(longer)));
        Assert.Equal("root ::= \"2345678901234567890123\" root-r1\nroot-r1 ::= \"23456789012345678901234\"\n", rules.Write(root));
        Assert.Equal(6, rules.Count);
    }

    [Fact]
    public void Shared_Key_IsOneRuleThatMayUseItself()
    {
        var rules = new RuleBook("root", new Work());
        Reference List() => rules.Shared("list", () => Phrase.Of(Phrase.Literal("["), Phrase.Optional(List()), Phrase.Literal("]")));
        Assert.Same(List(), List());
        var match = new GrammarMatch(rules.Write(List())!);
        Assert.True(match.Accepts("[[[]]]"));
        Assert.False(match.Accepts("[[]"));
    }

    [Fact]
    public void Write_MoreThanIsAllowed_IsRefused()
    {
        var rules = new RuleBook("root", new Work());
        for (var i = 0; i < GrammarLimits.GeneratedRules; i++)
        {
            rules.Reserve();
        }

        Assert.Equal("its grammar has more than 50000 rules; that is the most", Assert.Throws<GrammarException>(rules.Reserve).Message);
        var text = new Terminal($"\"{new string('x', (1 << 20) - 12)}\"");
        Assert.Equal(1 << 20, Written(text)!.Length);
        Assert.Equal("its grammar has more than 1048576 characters; that is the most", Assert.Throws<GrammarException>(() => Written(new Terminal(text.Gbnf + " "))).Message);
    }

    [Fact]
    public void Spend_MoreThanTheLimit_IsRefused()
    {
        var work = new Work(10);
        work.Spend(9);
        work.Spend();
        Assert.Equal(10, work.Spent);
        Assert.Equal(
            "it takes more than 10 steps to compile; that is the most. Fewer alternatives, properties or repetitions are needed",
            Assert.Throws<GrammarException>(() => work.Spend()).Message);
        Assert.Throws<GrammarException>(() => new Work(10).Spend(int.MaxValue));
    }

    [Fact]
    public void Sets_OfCharacters_AreInOrderAndApartAndWithoutSurrogates()
    {
        Assert.Equal([new('a', 'f'), new('x', 'x')], CodePoints.Union([new('x', 'x'), new('c', 'd'), new('a', 'b'), new('d', 'f'), new('b', 'c')]));
        Assert.Equal([new('a', 'b'), new('d', 'd')], CodePoints.Union([new('d', 'd'), new('a', 'b')]));
        Assert.Equal([new(0, 0xD7FF), new(0xE000, 0x10FFFF)], CodePoints.Union([new(0xD000, 0x10FFFF), new(0, 0xDFFF)]));
        Assert.Equal([], CodePoints.Union([]));
        Assert.Equal([new(0, '`'), new('c', 0xD7FF), new(0xE000, 0x10FFFF)], CodePoints.Complement([new('a', 'b')]));
        Assert.Equal([new('b', 0xD7FF)], CodePoints.Complement([new(0, 'a'), new(0xE000, 0x10FFFF)]));
        Assert.Equal(CodePoints.All, CodePoints.Complement([]));
        Assert.Equal([new(0x10FFFF, 0x10FFFF)], CodePoints.Complement([new(0, 0x10FFFE)]));
        Assert.Equal([], CodePoints.Complement(CodePoints.All));
        Assert.Equal([new('b', 'c'), new('e', 'e'), new('g', 'h')], CodePoints.Intersect([new('a', 'c'), new('e', 'i')], [new('b', 'e'), new('g', 'h'), new('z', 'z')]));
        Assert.Equal([new('b', 'b')], CodePoints.Intersect([new('a', 'b')], [new('b', 'c')]));
        Assert.Equal([], CodePoints.Intersect([new('a', 'b')], [new('c', 'd')]));
    }

    [Fact]
    public void IsWhole_Text_HasNoHalvesOfCharacters()
    {
        Assert.All(["", "a", "é😀", "\uFFFD"], text => Assert.True(UnicodeText.IsWhole(text)));
        Assert.All(["\ud800", "a\udc00", "\ud800a", "😀\ud83d"], text => Assert.False(UnicodeText.IsWhole(text)));
    }

    private static string? Written(Phrase phrase)
    {
        var rules = new RuleBook("root", new Work());
        return rules.Write(rules.Add(phrase));
    }

    /// <summary>How often "a" comes at least and at most.</summary>
    private static (int Least, int? Most) Counts(Phrase phrase)
    {
        switch (phrase)
        {
            case Sequence sequence:
                var parts = sequence.Parts.Select(Counts).ToList();
                return (parts.Sum(part => part.Least), parts.Any(part => part.Most is null) ? null : parts.Sum(part => part.Most));
            case Choice choice:
                // What is fewer and what is full, without a gap.
                var options = choice.Options.Select(Counts).OrderBy(option => option.Least).ToList();
                Assert.True(options[1].Least <= options[0].Most + 1);
                return (options[0].Least, options[^1].Most);
            case Repetition repetition:
                Assert.InRange(Math.Max(repetition.Least, repetition.Most ?? 0), 0, GrammarLimits.Repetitions);
                var (least, most) = Counts(repetition.Body);
                return (least * repetition.Least, most * repetition.Most);
            default:
                return (1, 1);
        }
    }
}
