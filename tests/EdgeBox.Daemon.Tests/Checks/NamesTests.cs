using EdgeBox.Daemon.Checks;

namespace EdgeBox.Daemon.Tests.Checks;

/// <summary>Names as they are found by their shape, and what a regular expression of a schema means.</summary>
public sealed class NamesTests
{
    [Theory]
    [InlineData("Alice met Bob", "Bob")]
    [InlineData("\"Alice met Bob", "Bob")]
    [InlineData("vitamin C and B12 for Bo", "B12,Bo")]
    [InlineData("McDonald came", "McDonald")]
    [InlineData("they use iPhone", "iPhone")]
    [InlineData("on Monday Dr Who came", "Who")]
    [InlineData("we saw Àrea and Élan", "Àrea,Élan")]
    [InlineData("see a×Berlin", "Berlin")]
    [InlineData("see Ωmega and µBerlin", "Berlin")]
    [InlineData("Bob and Bob, 3Bob", "Bob")]
    [InlineData("Bob. (\"Next one", "")]
    [InlineData("end.              Alice", "")]
    [InlineData("end.               Alice", "Alice")]
    [InlineData("saw NASA ESA JAXA ISRO", "NASA,ESA,JAXA,ISRO")]
    [InlineData("saw NASA ESA JAXA ISRO KARI", "")]
    [InlineData("saw NASA ESA JAXA Bob Eve", "")]
    [InlineData("saw NASA ESA Amy Bob Eve", "NASA,ESA,Amy,Bob,Eve")]
    [InlineData("saw NASA ESA JAXA Amy Bob Eve", "NASA,ESA,JAXA,Amy,Bob,Eve")]
    [InlineData("saw Amy Bob Eve Dan Ian", "Amy,Bob,Eve,Dan,Ian")]
    public void Find_Text_HasTheseNames(string text, string names) => Assert.Equal(names, string.Join(',', NamesJudge.Find(text)));

    [Fact]
    public void Find_WhatEndsASentence_IsFollowedByNoName()
    {
        Assert.All(".!?:;\n。။؟\u0F0D•-*#", end => Assert.Empty(NamesJudge.Find($"one{end} \t\"'(“‘«\rAlice")));
        Assert.All(",)%&/", other => Assert.Equal(["Alice"], NamesJudge.Find($"one{other} Alice")));
    }

    [Fact]
    public void Find_MoreNamesThanAreLookedFor_AreTheFirst()
    {
        var names = Enumerable.Range(0, 1025).Select(i => $"Name{i}").ToList();
        Assert.Equal(names.Take(1024), NamesJudge.Find("these: x " + string.Join(' ', names)));
    }

    [Theory]
    [InlineData(@"^[\d]$", "5", true)]
    [InlineData(@"^[\d]$", "၅", false)]
    [InlineData(@"^[\d-]+$", "1-2", true)]
    [InlineData(@"^[\w]$", "_", true)]
    [InlineData(@"^[\w]$", "é", false)]
    [InlineData(@"^\w$", "_", true)]
    [InlineData(@"^\w$", "é", false)]
    [InlineData(@"^\D$", "၅", true)]
    [InlineData(@"^\D$", "5", false)]
    [InlineData(@"^\W$", "é", true)]
    [InlineData(@"^\W$", "_", false)]
    [InlineData(@"^[a-z-[aeiou]]$", "e]", true)]
    [InlineData(@"^[a-z-[aeiou]]$", "x", false)]
    [InlineData("^[a[]$", "[", true)]
    [InlineData("^[$]$", "$", true)]
    [InlineData("^[a]$", "a\n", false)]
    [InlineData(@"^a\/b\$$", "a/b$", true)]
    [InlineData(@"^[\]]$", "]", true)]
    [InlineData(@"^\[a]$", "[a]", true)]
    [InlineData(@"^\[a$", "[a\n", false)]
    public void Compile_Pattern_MeansWhatEcmaScriptMeans(string pattern, string text, bool matches) =>
        Assert.Equal(matches, EcmaPattern.Compile(pattern, "field").IsMatch(text));

    [Theory]
    [InlineData(@"\A")]
    [InlineData(@"\Z")]
    [InlineData(@"\z")]
    [InlineData(@"\G")]
    [InlineData(@"\a")]
    [InlineData(@"\e")]
    public void Compile_EscapeOfAnotherDialect_IsRefused(string pattern) => Assert.Equal(
        $"field holds {pattern}, which ECMAScript does not have; allowed: {RegexJudge.Allowed}.",
        Assert.Throws<Daemon.Failures.FailureException>(() => EcmaPattern.Compile(pattern, "field")).Message);

    [Fact]
    public void Compile_PatternThatEndsInAnEscapeOrIsTooLong_IsRefused()
    {
        Assert.StartsWith("field is no regular expression that can be judged", Refusal(@"a\"), StringComparison.Ordinal);
        Assert.Equal($@"field holds \D or \W in brackets; allowed: {RegexJudge.Allowed}.", Refusal(@"[\W]"));
        Assert.Equal("field has 4097 characters; allowed: 0 to 4096.", Refusal(new string('a', 4097)));
        Assert.Equal(4096, EcmaPattern.Compile(new string('a', 4096), "field").ToString().Length);

        static string Refusal(string pattern) => Assert.Throws<Daemon.Failures.FailureException>(() => EcmaPattern.Compile(pattern, "field")).Message;
    }
}
