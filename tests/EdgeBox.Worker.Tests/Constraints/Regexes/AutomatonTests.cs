using EdgeBox.Worker.Constraints;
using EdgeBox.Worker.Constraints.Regexes;
using EdgeBox.Worker.Constraints.Schemas;
using EdgeBox.Worker.Constraints.Writing;
using EdgeBox.Worker.Tests.Constraints.Schemas;

namespace EdgeBox.Worker.Tests.Constraints.Regexes;

/// <summary>Automata as sets of texts: every text of a few letters is in what is made of two of them if it is in the two as it should be.</summary>
public sealed class AutomatonTests
{
    private static readonly string[] s_letters = ["a", "b", "\uD7FF", "😀"];

    /// <summary>Every text of up to three of these.</summary>
    private static readonly string[] s_texts = [.. Enumerable.Range(0, 4).SelectMany(length => Enumerable.Range(0, 1 << (2 * length)).Select(number =>
        string.Concat(Enumerable.Range(0, length).Select(place => s_letters[(number >> (2 * place)) & 3]))))];

    /// <summary>Automata, and what is in them.</summary>
    private static (Automaton Automaton, Predicate<string> Holds)[] Known(Work work) =>
    [
        (Automaton.OfTexts([], work), _ => false),
        (Automaton.OfTexts([""], work), text => text.Length == 0),
        (Automaton.OfTexts(["a", "ab", "b😀", "ab"], work), text => text is "a" or "ab" or "b😀"),
        (Automaton.Anything, _ => true),
        (Automaton.OfLength(1, 2, work), text => Count(text) is 1 or 2),
        (Automaton.OfLength(2, null, work), text => Count(text) >= 2),
        (Search("a"), text => text.Contains('a', StringComparison.Ordinal)),
        (Search("[^ab]$"), text => text.EndsWith("😀", StringComparison.Ordinal) || text.EndsWith('\uD7FF')),
        (Search("^(ab|ba)*$"), text => text is "" or "ab" or "ba"),
        (Search("a.b|^$"), text => text.Length == 0 || (Count(text) == 3 && text.StartsWith('a') && text.EndsWith('b'))),
        (Search("^(?:a|b){2,3}$"), text => text.Length is 2 or 3 && text.All(c => c is 'a' or 'b')),
        (Search("a$|^b$"), text => text.EndsWith('a') || text == "b"),
        (Search("[]"), _ => false),
    ];

    [Fact]
    public void Combined_Automata_HoldTheTextsThatTheyShould()
    {
        var known = Known(new Work());
        foreach (var (one, holds) in known)
        {
            Check(one, holds);
            Check(one.Smallest(new Work()), holds);
            foreach (var (other, too) in known)
            {
                Check(Automaton.Both(one, other, new Work()), text => holds(text) && too(text));
                Check(Automaton.Without(one, other, new Work()), text => holds(text) && !too(text));
                Check(Automaton.Either(one, other, new Work()), text => holds(text) || too(text));
            }
        }
    }

    [Fact]
    public void IsEmpty_Automata_AreThoseOfNoText()
    {
        var work = new Work();
        Assert.True(Automaton.OfTexts([], work).IsEmpty);
        Assert.True(Search("[]a").IsEmpty);
        Assert.True(Automaton.Both(Search("^a"), Search("^b"), work).IsEmpty);
        Assert.False(Automaton.OfTexts([""], work).IsEmpty);
        Assert.False(Automaton.OfTexts(["a"], work).IsEmpty);
    }

    [Theory]
    [InlineData(3, 3, "ac", "bc")]
    [InlineData(4, 4, "abc", "bbc", "cbc")]
    [InlineData(4, 4, "ab", "bb", "b")]
    [InlineData(1, 0, "")]
    public void Smallest_Automaton_HasNoStatesOrEdgesThatSayTheSame(int states, int edges, params string[] texts)
    {
        var automaton = Automaton.OfTexts(texts, new Work()).Smallest(new Work());
        Assert.Equal(states, automaton.Edges.Length);
        Assert.InRange(automaton.Edges.Sum(state => state.Length), 0, edges);
        Assert.All(texts, text => Assert.True(automaton.Matches(text)));
    }

    [Fact]
    public void Of_States_LeavesOutWhatLeadsNowhere()
    {
        // 0 -a-> 1 (ends), 0 -b-> 2 -c-> 2, 1 -d-> 2, and 3 that nothing leads to but that ends.
        List<AutomatonEdge>[] edges = [[new('b', 'b', 2), new('a', 'a', 1), new('e', 'f', 1), new('g', 'g', 1)], [new('d', 'd', 2)], [new('c', 'c', 2)], []];
        var automaton = Automaton.Of(edges, [false, true, false, true], new Work());
        Assert.Equal([new AutomatonEdge('a', 'a', 1), new AutomatonEdge('e', 'g', 1)], automaton.Edges[0]);
        Assert.Equal((3, 0), (automaton.Edges.Length, automaton.Edges[1].Length));
        Assert.Equal([false, true, true], automaton.Ends);
    }

    [Fact]
    public void Automata_TooLarge_AreRefused()
    {
        const string Problem = "patterns and lengths together need more than 8192 states; that is the most";
        Assert.Equal(8_192, Automaton.OfLength(8_191, null, new Work()).Edges.Length);
        Assert.Equal(Problem, Assert.Throws<GrammarException>(() => Automaton.OfLength(8_192, null, new Work())).Message);
        Assert.Equal(Problem, Assert.Throws<GrammarException>(() => Automaton.OfLength(0, 8_192, new Work())).Message);
        Assert.Equal(Problem, Assert.Throws<GrammarException>(() => Search("a{40000}")).Message);
        Assert.Equal(Problem, Assert.Throws<GrammarException>(() => Automaton.Both(Search("^(a{97})*$"), Search("^(a{89})*$"), new Work())).Message);
    }

    [Theory]
    [InlineData("^a$", true, true)]
    [InlineData("^a", true, false)]
    [InlineData("a$", false, true)]
    [InlineData("^a|b$", false, false)]
    [InlineData("(^a|^b)c$", true, true)]
    [InlineData("a(b$|c$)", false, true)]
    [InlineData("", false, false)]
    [InlineData("^", true, false)]
    [InlineData("$", false, true)]
    [InlineData("^$", true, true)]
    [InlineData("(^a$)*", false, false)]
    public void IsHeld_Expression_IsHeldAtItsEnds(string pattern, bool begin, bool end)
    {
        var node = new RegexParser(pattern, new Work()).Parse();
        Assert.Equal((begin, end), (RegexPhrases.IsHeld(node, atEnd: false), RegexPhrases.IsHeld(node, atEnd: true)));
        Assert.Equal(begin && end, new SchemaPattern(pattern, "", new Work()).Whole is not null);
    }

    [Theory]
    [InlineData("\\p{Lu}", "A", "a1")]
    [InlineData("\\p{Ll}", "a", "A1")]
    [InlineData("\\p{gc=Lt}", "ǅ", "aA")]
    [InlineData("\\p{General_Category=Lm}", "ʰ", "aA")]
    [InlineData("\\p{Lo}", "က中", "aA")]
    [InlineData("\\p{L}", "aAǅʰက", "1 ")]
    [InlineData("\\p{Mn}", "\u0301", "a\u0903")]
    [InlineData("\\p{Spacing_Mark}", "\u0903", "\u0301")]
    [InlineData("\\p{Me}", "\u20DD", "\u0301")]
    [InlineData("\\p{M}", "\u0301\u0903\u20DD", "a")]
    [InlineData("\\p{Decimal_Number}", "1၁", "Ⅳ²")]
    [InlineData("\\p{Nl}", "Ⅳ", "1²")]
    [InlineData("\\p{No}", "²", "1Ⅳ")]
    [InlineData("\\p{N}", "1Ⅳ²", "a")]
    [InlineData("\\p{Zs}", " \u00A0", "\u2028")]
    [InlineData("\\p{Zl}", "\u2028", "\u2029")]
    [InlineData("\\p{Zp}", "\u2029", "\u2028")]
    [InlineData("\\p{Z}", " \u2028\u2029", "a")]
    [InlineData("\\p{Cc}", "\u0001", "a\u00AD")]
    [InlineData("\\p{Cf}", "\u00AD", "\u0001")]
    [InlineData("\\p{Co}", "\uE000", "a")]
    [InlineData("\\p{Unassigned}", "\u0378", "a\uE000")]
    [InlineData("\\p{C}", "\u0001\u00AD\uE000\u0378", "a")]
    [InlineData("\\p{Pc}", "_", "-")]
    [InlineData("\\p{Pd}", "-", "_")]
    [InlineData("\\p{Ps}", "(", ")")]
    [InlineData("\\p{Pe}", ")", "(")]
    [InlineData("\\p{Pi}", "«", "»")]
    [InlineData("\\p{Pf}", "»", "«")]
    [InlineData("\\p{Po}", "!", "(")]
    [InlineData("\\p{Punctuation}", "_-()«»!", "+a")]
    [InlineData("\\p{Sm}", "+", "$")]
    [InlineData("\\p{Sc}", "$€", "+")]
    [InlineData("\\p{Sk}", "^", "+")]
    [InlineData("\\p{So}", "©😀", "+")]
    [InlineData("\\p{S}", "+$^©", "a")]
    [InlineData("\\P{S}", "a", "+$^©")]
    [InlineData("\\d", "09", "၁a")]
    [InlineData("\\D", "၁a", "09")]
    [InlineData("\\w", "aZ_0", "é-")]
    [InlineData("\\W", "é-", "aZ_0")]
    [InlineData("\\s", "\t\n\v\f\r \u00A0\u1680\u2000\u200A\u2028\u2029\u202F\u205F\u3000\uFEFF", "a\u200B\u0085")]
    [InlineData("\\S", "a\u200B\u0085", "\t \u3000")]
    [InlineData(".", "a\u0085😀", "\n\r\u2028\u2029")]
    [InlineData("\\0", "\0", "0")]
    [InlineData("\\ca", "\u0001", "a")]
    [InlineData("\\cZ", "\u001A", "Z")]
    [InlineData("\\x7e", "~", "x")]
    [InlineData("\\u007E", "~", "u")]
    [InlineData("\\u{7E}", "~", "u")]
    [InlineData("\\u{10FFFF}", "\U0010FFFF", "u")]
    [InlineData("\\uD83D\\uDE00", "😀", "u")]
    [InlineData("\\uE000", "\uE000", "u")]
    [InlineData("😀", "😀", "a")]
    [InlineData("[^]", "a\n\0😀", "")]
    [InlineData("[a-cx]", "abcx", "dw-")]
    [InlineData("[a\\-c]", "a-c", "b")]
    [InlineData("[a-]", "a-", "b")]
    [InlineData("[\\x61-\\x63\\d]", "abc7", "d")]
    [InlineData("[^a-c]", "d\0", "abc")]
    [InlineData("[\\]^\\b]", "]^\b", "b")]
    [InlineData("[a-a]", "a", "b")]
    public void Parse_OneCharacter_IsOneOfThese(string pattern, string holds, string lacks)
    {
        var automaton = RegexAutomaton.Search(new RegexParser($"^(?:{pattern})$", new Work()).Parse(), new Work());
        Assert.All(holds.EnumerateRunes().Select(rune => rune.ToString()), text => Assert.True(automaton.Matches(text), text));
        Assert.All(lacks.EnumerateRunes().Select(rune => rune.ToString()), text => Assert.False(automaton.Matches(text), text));
    }

    [Theory]
    [InlineData("\\c1", "character 1: unknown escape \"\\c\"")]
    [InlineData("a\\u{0010FFFF}", "character 2: no character in \\u{...}")]
    [InlineData("\\u{7E", "character 1: no character in \\u{...}")]
    [InlineData("\\u12", "character 1: hexadecimal digits must follow")]
    [InlineData("\\u12 4", "character 1: hexadecimal digits must follow")]
    [InlineData("\\xA", "character 1: hexadecimal digits must follow")]
    [InlineData("\\uDC00", "character 1: half a character (a lone surrogate)")]
    [InlineData("\\u{D800}", "character 1: half a character (a lone surrogate)")]
    [InlineData("\\pL", "character 1: \"{...}\" must follow \\p")]
    [InlineData("\\p{Lu", "character 1: \"{...}\" must follow \\p")]
    [InlineData("[a\\", "character 3: the text ends in an escape")]
    [InlineData("[a-", "character 1: the class has no end; ']' must close it")]
    [InlineData("[a-\\d]", "character 2: a range goes from one character to another")]
    [InlineData("[\\B]", "character 2: \"\\B\" (word boundary) is not supported")]
    [InlineData("(?<a-b>c)", "character 1: the name of the group has no end; '>' must close it")]
    [InlineData("(?x", "character 1: groups that begin with \"(?\" are supported as \"(?:\" and \"(?<name>\" only")]
    [InlineData("a|?", "character 3: '?' repeats nothing")]
    [InlineData("(+)", "character 2: '+' repeats nothing")]
    [InlineData("a{1}{2}", "character 5: '{' repeats nothing")]
    [InlineData("$+", "character 1: an anchor cannot be repeated")]
    [InlineData("a{2,99999999999}", "character 5: more than 65536 repetitions; that is the most")]
    public void Parse_WhatIsNoExpression_IsRefusedAtItsPlace(string pattern, string problem) =>
        Assert.Equal($"regular expression, {problem}", Assert.Throws<GrammarException>(() => new RegexParser(pattern, new Work()).Parse()).Message);

    [Fact]
    public void Parse_LoneSurrogate_IsRefused() => Assert.Equal(
        "regular expression, character 2: half a character (a lone surrogate)",
        Assert.Throws<GrammarException>(() => new RegexParser("a\ud800", new Work()).Parse()).Message);

    [Theory]
    [InlineData("a{65536}", 1)]
    [InlineData("(?<year_1$>a)", 2)]
    [InlineData("x{a", 3)]
    [InlineData("x{1", 3)]
    [InlineData("x{1,a}", 6)]
    [InlineData("a|b|c", 3)]
    [InlineData("[ab-c]", 3)]
    public void Parse_Expression_TakesAStepForEachPart(string pattern, int steps)
    {
        var work = new Work();
        new RegexParser(pattern, work).Parse();
        Assert.Equal(steps, work.Spent);
    }

    [Fact]
    public void Compile_Texts_AreATreeOfWhatDiffers()
    {
        Assert.Equal(
            "root ::= \"no\" | \"yes\" root-r1\nroot-r1 ::= \"\" | \"terday\"\n", ChoicesGrammar.Compile(["yes", "yesterday", "no"]));
        Assert.Equal("root ::= \"\"\n", ChoicesGrammar.Compile([""]));
        Assert.Equal("root ::= \"abc\"\n", ChoicesGrammar.Compile(["abc", "abc"]));
        var text = string.Concat(Enumerable.Range(0, 200).Select(i => (char)('a' + i % 26)));
        var match = new GrammarMatch(ChoicesGrammar.Compile([text, "b"]));
        Assert.True(match.Accepts(text));
        Assert.False(match.Accepts(text[1..]));
        Assert.False(match.Accepts(text[..^1]));
    }

    [Fact]
    public void Write_AutomatonWithLoops_LeadsBackNoOftenerThanSaid()
    {
        foreach (var (pattern, most) in new[] { ("^a*$", 3), ("^ba*$", 4), ("^(ab)*$", 100), ("^a*ba*$", 7) })
        {
            var rules = new RuleBook("root", new Work());
            var automaton = RegexAutomaton.Search(new RegexParser(pattern, new Work()).Parse(), new Work()).Smallest(new Work());
            var match = new GrammarMatch(rules.Write(new AutomatonPhrases(rules, set => Phrase.Character(set), Phrase.Empty, new Work(), loops: 3).Write(automaton))!);
            Assert.All(s_texts.Append("aaaa").Where(text => text.All(c => c is 'a' or 'b')), text => Assert.Equal(automaton.Matches(text) && text != "aaaa", match.Accepts(text)));
            Assert.Equal(most == 100, match.Accepts(string.Concat(Enumerable.Repeat("ab", 50))));
            Assert.Equal(pattern == "^a*ba*$", match.Accepts("aaabaaa"));
            Assert.False(match.Accepts("aaabaaaa"));
        }
    }

    private static int Count(string text) => text.EnumerateRunes().Count();

    private static Automaton Search(string pattern) => RegexAutomaton.Search(new RegexParser(pattern, new Work()).Parse(), new Work());

    private static void Check(Automaton automaton, Predicate<string> holds) => Assert.DoesNotContain(s_texts, text => holds(text) != automaton.Matches(text));
}
