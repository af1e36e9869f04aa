using System.Text.RegularExpressions;
using CsCheck;
using EdgeBox.Testing;
using EdgeBox.Worker.Constraints;
using EdgeBox.Worker.Constraints.Regexes;
using EdgeBox.Worker.Tests.Constraints.Schemas;

namespace EdgeBox.Worker.Tests.Constraints.Regexes;

/// <summary>Regular expressions as grammars, by example and against the runtime's own.</summary>
public sealed class RegexGrammarTests
{
    private static readonly string[] s_signs = ["*", "+", "?", "{2}", "{1,3}"];

    [Theory]
    [InlineData("abc", "abc", "ab abcd")]
    [InlineData("^abc$", "abc", "^abc$")]
    [InlineData("^a|b$", "a b", "ab")]
    [InlineData("(?:a|b){2,3}", "ab aba bbb", "a aaaa")]
    [InlineData("(?<year>[0-9]{4})-\\d\\d", "2024-05", "2024-5")]
    [InlineData("a+?b*?c??", "a aab aabc", "b")]
    [InlineData("x{0}y", "y", "xy")]
    [InlineData("x{2}", "xx", "x xxx")]
    [InlineData("x{2,}", "xx xxxx", "x")]
    [InlineData("[a-c\\d_]", "a c 7 _", "d")]
    [InlineData("[^a-c]", "d é 😀", "a ab")]
    [InlineData("\\w+\\.\\W", "a_9.-", "a.b")]
    [InlineData(".", "a é 😀", "ab")]
    [InlineData("\\u00e9\\u{1F600}\\uD83D\\uDE00\\x41\\cA", "é😀😀A\u0001", "é")]
    [InlineData("\\p{L}\\p{Lu}\\p{Letter}\\P{L}", "éAက1", "éaa1 éAAA")]
    [InlineData("\\[\\]\\-\\/\\^\\$\\.", "[]-/^$.", "a")]
    [InlineData("{}a{,2}", "{}a{,2}", "a")]
    [InlineData("\"\\\\\\]", "\"\\]", "a")]
    [InlineData("[]|a", "a", "b")]
    [InlineData("[-a]", "- a", "b")]
    [InlineData("[\\b]", "\b", "b")]
    public void Compile_Pattern_MatchesWholeTexts(string pattern, string matching, string other)
    {
        var match = new GrammarMatch(RegexGrammar.Compile(pattern));
        Assert.All(matching.Split(' '), text => Assert.True(match.Accepts(text), text));
        Assert.All(other.Split(' '), text => Assert.False(match.Accepts(text), text));
    }

    [Theory]
    [InlineData("\\s\\S", "\u00A0x", "\u200Bx")]
    [InlineData(".\\t\\n\\r\\f\\v", "x\t\n\r\f\v", "\n\t\n\r\f\v")]
    [InlineData("[^\\s]", "x", "\u3000")]
    [InlineData("", "", "x")]
    public void Compile_Blanks_AreThoseOfEcmaScript(string pattern, string matching, string other)
    {
        var match = new GrammarMatch(RegexGrammar.Compile(pattern));
        Assert.True(match.Accepts(matching));
        Assert.False(match.Accepts(other));
    }

    [Theory]
    [InlineData("a(?=b)", "character 2: \"(?=\" (look-ahead) is not supported")]
    [InlineData("a(?!b)", "character 2: \"(?!\" (look-ahead) is not supported")]
    [InlineData("(?<=a)b", "character 1: \"(?<=\" (look-behind) is not supported")]
    [InlineData("(?<!a)b", "character 1: \"(?<!\" (look-behind) is not supported")]
    [InlineData("(a)\\1", "character 4: \"\\1\" (back reference) is not supported")]
    [InlineData("(?<n>a)\\k<n>", "character 8: \"\\k\" (back reference) is not supported")]
    [InlineData("a\\b", "character 2: \"\\b\" (word boundary) is not supported")]
    [InlineData("a\\B", "character 2: \"\\B\" (word boundary) is not supported")]
    [InlineData("(?i:a)", "character 1: groups that begin with \"(?\" are supported as \"(?:\" and \"(?<name>\" only")]
    [InlineData("(?<n a)", "character 1: the name of the group has no end; '>' must close it")]
    [InlineData("\\p{Script=Greek}", "character 1: the property \"Script=Greek\" is not supported; general categories are, such as \\p{L} and \\p{Lu}")]
    [InlineData("\\p", "character 1: \"{...}\" must follow \\p")]
    [InlineData("(a", "character 1: the group has no end; ')' must close it")]
    [InlineData("a)", "character 2: ')' closes nothing")]
    [InlineData("[a", "character 1: the class has no end; ']' must close it")]
    [InlineData("[b-a]", "character 2: the range runs backwards; the smaller character comes first")]
    [InlineData("[\\d-z]", "character 2: a range goes from one character to another")]
    [InlineData("*a", "character 1: '*' repeats nothing")]
    [InlineData("a**", "character 3: '*' repeats nothing")]
    [InlineData("{2}", "character 1: '{' repeats nothing")]
    [InlineData("^*a", "character 1: an anchor cannot be repeated")]
    [InlineData("a{3,2}", "character 1: the smaller number of repetitions comes first")]
    [InlineData("a{65537}", "character 3: more than 65536 repetitions; that is the most")]
    [InlineData("\\", "character 1: the text ends in an escape")]
    [InlineData("\\q", "character 1: unknown escape \"\\q\"")]
    [InlineData("\\01", "character 1: unknown escape \"\\0\"")]
    [InlineData("\\xZZ", "character 1: hexadecimal digits must follow")]
    [InlineData("\\uD83D", "character 1: half a character (a lone surrogate)")]
    [InlineData("\\uD83D\\u0041", "character 1: half a character (a lone surrogate)")]
    [InlineData("\\u{110000}", "character 1: no character in \\u{...}")]
    [InlineData("\\u{}", "character 1: no character in \\u{...}")]
    public void Compile_WhatIsNotSupported_IsRefusedByName(string pattern, string problem) =>
        Assert.Equal($"regular expression, {problem}", Assert.Throws<GrammarException>(() => RegexGrammar.Compile(pattern)).Message);

    [Theory]
    [InlineData("a^b")]
    [InlineData("a$b")]
    [InlineData("(a^)b")]
    [InlineData("(^a)*")]
    [InlineData("^^a")]
    public void Compile_AnchorInside_IsRefused(string pattern) => Assert.Equal(
        "regular expression: \"^\" and \"$\" are supported at its begin and end only, which they mean anyway",
        Assert.Throws<GrammarException>(() => RegexGrammar.Compile(pattern)).Message);

    [Theory]
    [InlineData("[]")]
    [InlineData("\\0")]
    [InlineData("a[^\\s\\S]")]
    public void Compile_MatchesNothingThatCanBeWritten_IsRefused(string pattern) => Assert.Equal(
        "regular expression: it matches no text that can be written", Assert.Throws<GrammarException>(() => RegexGrammar.Compile(pattern)).Message);

    [Fact]
    public void Compile_TooLongOrNestedTooDeeply_IsRefused()
    {
        Assert.Contains("at most 8192 are allowed", Assert.Throws<GrammarException>(() => RegexGrammar.Compile(new string('a', 8_193))).Message, StringComparison.Ordinal);
        Assert.Contains("more than 100 groups", Assert.Throws<GrammarException>(() => RegexGrammar.Compile(new string('(', 101) + new string(')', 101))).Message, StringComparison.Ordinal);
        Assert.True(new GrammarMatch(RegexGrammar.Compile(string.Concat(Enumerable.Repeat("(a", 100)) + string.Concat(Enumerable.Repeat(")*", 100)))).Accepts("aaa"));
    }

    [Fact]
    public void Compile_RandomPattern_MatchesWhatTheRuntimesEngineMatches() =>
        Gen.Int[0, int.MaxValue].Sample(
            seed =>
            {
                var random = new Random(seed);
                var pattern = Pattern(random, 3);
                var reference = new Regex($"^(?:{pattern})$(?!\n)", RegexOptions.ECMAScript | RegexOptions.CultureInvariant);
                var (match, search) = (new GrammarMatch(RegexGrammar.Compile(pattern)), RegexAutomaton.Search(new RegexParser(pattern, new()).Parse(), new()));
                for (var i = 0; i < 30; i++)
                {
                    var text = string.Concat(Enumerable.Range(0, random.Next(7)).Select(_ => "abc1"[random.Next(4)]));
                    Assert.Equal(reference.IsMatch(text), match.Accepts(text));
                    Assert.Equal(Regex.IsMatch(text, pattern, RegexOptions.ECMAScript), search.Matches(text));
                }
            },
            iter: Math.Max(20, Tries.Of(300)),
            print: seed => Pattern(new Random(seed), 3));

    private static string Pattern(Random random, int depth) => random.Next(depth > 0 ? 9 : 4) switch
    {
        0 => "a",
        1 => "[ab]",
        2 => "[^a]",
        3 => ".",
        4 or 5 => Pattern(random, depth - 1) + Pattern(random, depth - 1),
        6 => $"(?:{Pattern(random, depth - 1)}|{Pattern(random, depth - 1)})",
        7 => $"(?:{Pattern(random, depth - 1)}){s_signs[random.Next(s_signs.Length)]}",
        _ => "\\d",
    };
}
