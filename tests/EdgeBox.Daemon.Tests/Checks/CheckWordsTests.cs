using System.Text.Json;
using EdgeBox.Daemon.Checks;
using EdgeBox.Daemon.Failures;
using EdgeBox.V1;
using Check = EdgeBox.V1.Check;

namespace EdgeBox.Daemon.Tests.Checks;

/// <summary>The names of checks and the words of their verdicts, which are what a model is told to do better.</summary>
public sealed class CheckWordsTests
{
    private const string Simplified = "这是一个测试，说明我们的系统可以识别简体中文。";
    private const string Traditional = "這是一個測試，說明我們的系統可以識別繁體中文。";

    public static TheoryData<Check, string> Names => new()
    {
        { new Check { Length = new LengthCheck { Least = 2 } }, "length: at least 2 characters" },
        { new Check { Length = new LengthCheck { Most = 3 } }, "length: at most 3 characters" },
        { new Check { Length = new LengthCheck { LeastOfInput = 0.5f } }, "length: at least 0.5 times the input's length" },
        { new Check { Length = new LengthCheck { Least = 2, Most = 2, LeastOfInput = 0.5f, MostOfInput = 2 } },
            "length: at least 2 characters, at most 2 characters, at least 0.5 times the input's length, at most 2 times the input's length" },
        { new Check { KeepsNames = new NamesCheck() }, "keeps the names of the input (words in Latin letters with a capital)" },
        { new Check { KeepsNames = new NamesCheck { Names = { "A", "B" } } }, "keeps the names \"A\", \"B\"" },
        { new Check { KeepsNumbers = true }, "keeps the numbers of the input" },
        { new Check { Contains = new TextList { Texts = { "a" } } }, "contains \"a\"" },
        { new Check { Forbids = new TextList { Texts = { "a", "b" } } }, "does not contain \"a\", \"b\"" },
        { new Check { Regex = "a+" }, "matches a+" },
        { new Check { JsonSchema = "{}" }, "matches the JSON Schema" },
        { new Check { Script = new ScriptCheck { Code = "Mymr", Share = 0.125f } }, "script Mymr (12.5 % of the letters)" },
        { new Check { Script = new ScriptCheck { Code = "Mymr" } }, "script Mymr (90 % of the letters)" },
        { new Check { Language = "ug-Cyrl" }, "language ug-Cyrl (Uyghur: by its script alone, Cyrl; other languages in it are not told apart)" },
        { new Check { Language = "ug" }, "language ug (Uyghur: by its script, Arab, and its letters)" },
        { new Check { ErrorRate = new ErrorRateCheck { Most = 0.05f } }, "character error rate of at most 5 %" },
    };

    /// <summary>A check, an input, an answer and what is said of it; nothing if it is right.</summary>
    public static TheoryData<Check, string, string, string> Problems => new()
    {
        { new Check { Forbids = new TextList { Texts = { "a", "b", "c" } } }, "", "cab c", "The answer must not contain \"a\", \"b\", \"c\"." },
        { new Check { Contains = new TextList { Texts = { "a", "b", "c" } } }, "", "b", "The answer must contain \"a\", \"c\", exactly as written here." },
        { new Check { Regex = "^a$" }, "", "b", "The answer must hold a match of the regular expression ^a$" },
        { new Check { Length = new LengthCheck { Least = 3 } }, "", "ab", "The answer has 2 characters; it must have at least 3." },
        { new Check { Length = new LengthCheck { Most = 3 } }, "", "abcd", "The answer has 4 characters; it must have at most 3." },
        { new Check { Length = new LengthCheck { LeastOfInput = 0.8f } }, "0123456789", "1234567", "The answer has 7 characters; it must have at least 8." },
        { new Check { Length = new LengthCheck { LeastOfInput = 0.8f } }, "0123456789", "12345678", "" },
        { new Check { Length = new LengthCheck { LeastOfInput = 0.81f } }, "0123456789", "12345678", "The answer has 8 characters; it must have at least 9." },
        { new Check { Length = new LengthCheck { MostOfInput = 0.7f } }, "0123456789", "1234567", "" },
        { new Check { Length = new LengthCheck { MostOfInput = 0.7f } }, "0123456789", "12345678", "The answer has 8 characters; it must have at most 7." },
        { new Check { Length = new LengthCheck { Least = 2, LeastOfInput = 3 } }, "a", "ab", "The answer has 2 characters; it must have at least 3." },
        { new Check { Length = new LengthCheck { Most = 2, MostOfInput = 1000 } }, "a", "abc", "The answer has 3 characters; it must have at most 2." },
        { new Check { Length = new LengthCheck { Most = 1 } }, new string('a', 9), "a", "" },
        { new Check { Script = new ScriptCheck { Code = "Latn" } }, "", "1 2", "The answer has no letters; it must be written in Latin letters." },
        { new Check { Script = new ScriptCheck { Code = "Cyrl", Share = 0.8f } }, "", "бббббббббa", "" },
        { new Check { Script = new ScriptCheck { Code = "Cyrl", Share = 0.8f } }, "", "ббббббббaa", "" },
        { new Check { Script = new ScriptCheck { Code = "Cyrl", Share = 0.8f } }, "", "бббббббaaa",
            "Only 70 % of the letters of the answer are Cyrillic letters; at least 80 % must be. Write it in Cyrillic letters." },
        { new Check { Script = new ScriptCheck { Code = "Hans" } }, "", "测試試",
            "Of the characters that tell, 2 are not simplified Chinese and 1 are. Write the answer in simplified Chinese characters." },
        { new Check { Script = new ScriptCheck { Code = "Hant", Share = 0.5f } }, "", "测试試試", "" },
        { new Check { Script = new ScriptCheck { Code = "Hant", Share = 0.6f } }, "", "测试試試",
            "Of the characters that tell, 2 are not traditional Chinese and 2 are. Write the answer in traditional Chinese characters." },
        { new Check { Script = new ScriptCheck { Code = "Hani" } }, "", Simplified, "" },
        { new Check { Script = new ScriptCheck { Code = "Hani" } }, "", Traditional, "" },
        { new Check { Script = new ScriptCheck { Code = "Jpan", Share = 1 } }, "", "ラーメン", "" },
        { new Check { Script = new ScriptCheck { Code = "Latn", Share = 1 } }, "", "A", "" },
        { new Check { Language = "my" }, "", "abc", "Only 0 % of the letters of the answer are Burmese script; at least 90 % must be. Write it in Burmese script. The answer must be in Burmese." },
        { new Check { Language = "ru" }, "", new string('б', 49) + "і", "The answer has none of the letters that Russian has and its neighbours lack. Write it in Russian." },
        { new Check { Language = "ru" }, "", new string('б', 48) + "Ыі", "" },
        { new Check { Language = "ru" }, "", new string('б', 47) + "ЫіІ", "The answer has 2 letters that Russian does not use. Write it in Russian." },
        { new Check { Language = "ru" }, "", new string('б', 39), "" },
        { new Check { Language = "ru" }, "", new string('б', 40), "The answer has none of the letters that Russian has and its neighbours lack. Write it in Russian." },
        { new Check { Language = "uk" }, "", new string('б', 60) + "Ї", "" },
        { new Check { Language = "ug-Cyrl" }, "", new string('б', 60), "" },
        { new Check { Language = "en" }, "", new string('a', 60), "" },
        { new Check { KeepsNumbers = true }, "5 and 7", "5; 5", "The answer lacks numbers of the input: \"7\". Keep every number, as often as it comes." },
        { new Check { KeepsNumbers = true }, "5 and 7", "5; 7; 5", "The answer has numbers more often than the input: \"5\". Keep every number as often as it comes." },
        { new Check { KeepsNumbers = true }, "1234", "1.234", "" },
        { new Check { KeepsNumbers = true }, "1.234; 1.2340; 1234", "1234; 1.234; 1.2340", "" },
        { new Check { KeepsNames = new NamesCheck { Names = { "Aung San", "Khin", "Bo" } } }, "aung san and khin", "Khin", "The answer lacks names of the input: \"Aung San\". Keep every name as it is written." },
        { new Check { KeepsNames = new NamesCheck { Names = { "Aung San" } } }, "Aung San", "x AUNG SANx", "" },
        { new Check { KeepsNames = new NamesCheck() }, "we met Bo", "Bob", "The answer lacks names of the input: \"Bo\". Keep every name as it is written." },
        { new Check { ErrorRate = new ErrorRateCheck { Most = 0.19f, Reference = "abcde" } }, "x", "abcdX",
            "The answer differs from what it should be in 20 % of its characters; allowed are 19 %. Keep the text as it is but for what has to be changed." },
        { new Check { ErrorRate = new ErrorRateCheck { Most = 0.5f, Reference = "ab" } }, "", "abcd",
            "The answer is much longer or shorter than what it should be; at most 50 % of its characters may differ." },
        { new Check { ErrorRate = new ErrorRateCheck { Most = 0.5f, Reference = "abcd" } }, "", "ab", "" },
        { new Check { ErrorRate = new ErrorRateCheck { Most = 0.5f, Reference = "ab" } }, "", "abc", "" },
        { new Check { ErrorRate = new ErrorRateCheck { Most = 0.7f, Reference = "0123456789" } }, "", "012xxxxxxx", "" },
        { new Check { ErrorRate = new ErrorRateCheck { Most = 0.7f } }, "0123456789", "01xxxxxxxx",
            "The answer differs from what it should be in 80 % of its characters; allowed are 70 %. Keep the text as it is but for what has to be changed." },
        { new Check { ErrorRate = new ErrorRateCheck() }, "abc", "abc", "" },
        { new Check { ErrorRate = new ErrorRateCheck() }, "", "", "" },
        { new Check { ErrorRate = new ErrorRateCheck { Most = 1 } }, "", "x", "The answer is much longer or shorter than what it should be; at most 100 % of its characters may differ." },
        { new Check { ErrorRate = new ErrorRateCheck { Most = 1 } }, "x", "", "" },
    };

    public static TheoryData<Check, string> Refused => new()
    {
        { new Check { Language = new string('x', 36) }, "checks[0].language has 36 characters; allowed: 1 to 35." },
        { new Check { Regex = "(a{500}){3}" },
            "checks[0].regex repeats too much; allowed: a regular expression without look-around, back references and atomic groups, and with no repeat of more than 1000." },
        { new Check { Length = new LengthCheck { LeastOfInput = -1 } }, "checks[0].length.least_of_input is -1; allowed: 0 to 1000." },
        { new Check { Length = new LengthCheck { MostOfInput = 1001 } }, "checks[0].length.most_of_input is 1001; allowed: 0 to 1000." },
        { new Check { KeepsNames = new NamesCheck { Names = { Enumerable.Repeat("a", 257) } } }, "checks[0].keeps_names.names is 257; allowed: 0 to 256." },
        { new Check { JsonSchema = new string(' ', 65_537) }, "checks[0].json_schema has 65537 characters; allowed: 1 to 65536." },
    };

    [Theory]
    [MemberData(nameof(Names))]
    public void Name_Check_SaysWhatItAsksFor(Check check, string name) => Assert.Equal(name, Assert.Single(CheckSet.Prepare([check], "").Judge("", "")).Name);

    [Theory]
    [MemberData(nameof(Problems))]
    public void Judge_Answer_IsToldWhatToDo(Check check, string input, string answer, string problem) =>
        Assert.Equal(problem, Assert.Single(CheckSet.Prepare([check], input).Judge(answer, input)).Problem);

    [Theory]
    [MemberData(nameof(Refused))]
    public void Prepare_CheckBeyondALimit_IsToldTheLimit(Check check, string problem) =>
        Assert.Equal(problem, Assert.Throws<FailureException>(() => CheckSet.Prepare([check], "")).Message);

    [Fact]
    public void Prepare_ChecksAtTheirLimits_AreTaken()
    {
        var checks = new[]
        {
            new Check { Regex = "a{1000}" }, new Check { Length = new LengthCheck { Least = 2, Most = 2 } }, new Check { Length = new LengthCheck { LeastOfInput = 1000 } },
            new Check { KeepsNames = new NamesCheck { Names = { Enumerable.Repeat("a", 256) } } }, new Check { ErrorRate = new ErrorRateCheck() },
        };
        Assert.Equal(5, CheckSet.Prepare(checks, new string('x', 65_536)).Count);
    }

    [Theory]
    [InlineData("zh", "Hani")]
    [InlineData("zh-CN", "Hans")]
    [InlineData("zh-sg", "Hans")]
    [InlineData("zh-MY", "Hans")]
    [InlineData("zh_TW", "Hant")]
    [InlineData("zh-hk", "Hant")]
    [InlineData("zh-MO", "Hant")]
    [InlineData("zh-US", "Hani")]
    [InlineData("zh-hant-CN", "Hant")]
    [InlineData("ja-TW", "Jpan")]
    [InlineData("ja-CN", "Jpan")]
    [InlineData("sr-latn", "Latn")]
    public void Of_Tag_IsOfThisScript(string tag, string script) =>
        Assert.Contains($", {script}", LanguageJudge.Of(tag, "language").Name, StringComparison.Ordinal);

    [Fact]
    public void Tags_Languages_HaveANameAndAKnownScript()
    {
        Assert.Equal(LanguageTable.Tags.Order(StringComparer.Ordinal), LanguageTable.Tags);
        Assert.All(LanguageTable.Tags, tag =>
        {
            var language = LanguageTable.Find(tag)!;
            Assert.True(ScriptTable.Knows(language.Script), tag);
            Assert.Equal(language, LanguageTable.Find(LanguageTable.TagOf($" {language.Name.ToUpperInvariant()} ")!));
        });
        Assert.Equal(("Jingpho", "Burmese", "Hebrew"), (LanguageTable.Find("kac")!.Name, LanguageTable.Find("bur")!.Name, LanguageTable.Find("iw")!.Name));
        Assert.Null(LanguageTable.TagOf("Klingon"));
        Assert.Null(LanguageTable.Find("EN"));
    }

    [Fact]
    public void Codes_Scripts_AreInOrderWithTheirMixtures()
    {
        Assert.Equal(ScriptTable.Codes.Order(StringComparer.Ordinal), ScriptTable.Codes);
        Assert.All(["Hans", "Hant", "Jpan", "Kore", "Latn", "Yiii"], code => Assert.Contains(code, ScriptTable.Codes));
        Assert.All(ScriptTable.Codes, code => Assert.True(ScriptTable.Knows(code)));
    }

    [Fact]
    public void List_ManyTexts_AreTheFirstOfThem()
    {
        Assert.Equal("\"1\", \"2\", \"3\", \"4\", \"5\", \"6\", \"7\", \"8\"", Words.List([.. "12345678".Select(c => c.ToString())]));
        Assert.Equal("\"1\", \"2\", \"3\", \"4\", \"5\", \"6\", \"7\", \"8\" and 2 more", Words.List([.. "1234567890".Select(c => c.ToString())]));
        Assert.Equal("", Words.List([]));
    }

    [Fact]
    public void Cut_LongText_IsItsBeginWithoutHalvesOfCharacters()
    {
        var text = new string('a', 79);
        Assert.Equal(text + "b", Words.Cut(text + "b"));
        Assert.Equal(text + "b…", Words.Cut(text + "bc"));
        Assert.Equal(text + "…", Words.Cut(text + "😀"));
        Assert.Equal("12.5 %", Words.Percent(0.1249));
    }

    [Fact]
    public void Of_LettersAndSigns_AreToldApart()
    {
        const string Text = "aー\uFF70é1\u0301\u0903\u20DD. 😀";
        Assert.Equal(['a', 'é'], Letters.Of(Text));
        Assert.Equal(['a', 0x30FC, 0xFF70, 'é', 0x301, 0x903, 0x20DD], Letters.AndSignsOf(Text));
        Assert.Equal((2L, 1L), Letters.Count("aб", "Cyrl"));
    }

    [Fact]
    public void Of_Json_IsOneTextForEqualValues() => Assert.Equal(
        """{"1:atrue"2:b"[12e-1,null,"2:x",[],{},]}""",
        CanonicalJson.Of(JsonElement.Parse("""{"b\"":[1.20,null,"x\"",[],{}],"a":false,"a":true}""")));
}
