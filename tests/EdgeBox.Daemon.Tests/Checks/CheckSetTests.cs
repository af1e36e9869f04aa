using CsCheck;
using EdgeBox.Daemon.Checks;
using EdgeBox.Daemon.Failures;
using EdgeBox.V1;
using Check = EdgeBox.V1.Check;

namespace EdgeBox.Daemon.Tests.Checks;

/// <summary>Verdicts of every check, and what is refused on arrival.</summary>
public sealed class CheckSetTests
{
    private const string Burmese = "မြန်မာနိုင်ငံသည် အရှေ့တောင်အာရှတွင် တည်ရှိသည်။";
    private const string Shan = "မိူင်းတႆး ပဵၼ်မိူင်းၵေႃႉၵမ်းလဵဝ် ၼႂ်းမိူင်းမၢၼ်ႈ";
    private const string Uyghur = "بۇ يەردە كىتابلار بار، ئۇلارنى ئوقۇش ئۈچۈن كەلدىم، دوستلىرىم بىلەن كۆرۈشتۈم";
    private const string Arabic = "هذه مدينة كبيرة يعيش فيها كثير من الناس ويعملون في الأسواق";
    private const string Persian = "این یک شهر بزرگ است که مردم زیادی در آن زندگی می‌کنند و چای می‌نوشند";
    private const string Sorani = "ئەمە شارێکی گەورەیە و زۆر کەس تێیدا دەژین و لە بازاڕدا کار دەکەن";
    private const string Tibetan = "བོད་ལྗོངས་ནི་གངས་རི་མང་པོ་ཡོད་པའི་ས་ཆ་ཞིག་རེད།";
    private const string Simplified = "这是一个测试，说明我们的系统可以识别简体中文。";
    private const string Traditional = "這是一個測試，說明我們的系統可以識別繁體中文。";
    private const string Russian = "Это был обычный день, и мы поехали в город за покупками.";
    private const string Kyrgyz = "Бүгүн күн ачык, биз тоого чыгып, эс алып, көңүл ачтык.";

    private static readonly string[] s_pieces = ["1,234", "1.5", "၁၂", "\ud800", "\udfff", "Aa ", "{\"a\":1}", "\u0301", "\u200D", "٣٫٥"];

    public static TheoryData<string, Check, string, bool> Verdicts => new()
    {
        { "contains", Contains("red", "blue"), "red and blue", true },
        { "contains", Contains("red", "blue"), "Red and blue", false },
        { "contains, any case", new Check { Contains = new TextList { Texts = { "ÉTÉ" }, IgnoreCase = true } }, "un été", true },
        { "forbids", new Check { Forbids = new TextList { Texts = { "sorry" } } }, "I am sorry", false },
        { "forbids", new Check { Forbids = new TextList { Texts = { "sorry" } } }, "I am Sorry", true },
        { "regex", new Check { Regex = @"\d{4}-\d{2}" }, "in 2024-05.", true },
        { "regex", new Check { Regex = "^yes$" }, "yes, sir", false },
        { "script", Script("Mymr"), Burmese, true },
        { "script", Script("Mymr", 0.8f), "Burma: " + Burmese, true },
        { "script", Script("Mymr", 1), "Burma: " + Burmese, false },
        { "script", Script("Tibt"), Burmese, false },
        { "script", Script("Latn"), "123 !?", false },
        { "script", Script("Kana", 0.5f), "ラーメン", true },
        { "script", Script("Jpan"), "私はラーメンを食べます", true },
        { "script", Script("Kore"), "한국어 漢字", true },
        { "script", Script("Hans"), Simplified, true },
        { "script", Script("Hans"), Traditional, false },
        { "script", Script("Hant"), Traditional, true },
        { "script", Script("Hant"), Simplified, false },
        { "script", Script("Hans"), "天地人", true },
        { "language", Speaks("my"), Burmese, true },
        { "language", Speaks("my"), Shan, false },
        { "language", Speaks("shn"), Shan, true },
        { "language", Speaks("shn"), Burmese, false },
        { "language", Speaks("ug"), Uyghur, true },
        { "language", Speaks("ug"), Arabic, false },
        { "language", Speaks("ug"), Persian, false },
        { "language", Speaks("ug"), Sorani, false },
        { "language", Speaks("ar"), Arabic, true },
        { "language", Speaks("ar"), Persian, false },
        { "language", Speaks("ar"), Uyghur, false },
        { "language", Speaks("fa"), Persian, true },
        { "language", Speaks("fa"), Arabic, false },
        { "language", Speaks("ckb"), Sorani, true },
        { "language", Speaks("ckb"), Uyghur, false },
        { "language", Speaks("bo"), Tibetan, true },
        { "language", Speaks("bo"), Burmese, false },
        { "language", Speaks("ru"), Russian, true },
        { "language", Speaks("ru"), Kyrgyz, false },
        { "language", Speaks("ky"), Kyrgyz, true },
        { "language", Speaks("ky"), Russian, false },
        { "language", Speaks("zh-TW"), Traditional, true },
        { "language", Speaks("zh-CN"), Traditional, false },
        { "language", Speaks("zh-Hans"), Simplified, true },
        { "language", Speaks("zh"), Traditional, true },
        { "language", Speaks("ja"), "私は毎日ラーメンを食べます", true },
        { "language", Speaks("ug-Cyrl"), "Бу китаб", true },
        { "language", Speaks("MYA"), Burmese, true },
        { "length", new Check { Length = new LengthCheck { Least = 2, Most = 3 } }, " ne\u0301 ", true },
        { "length", new Check { Length = new LengthCheck { Most = 1 } }, "👨‍👩‍👧", true },
        { "length", new Check { Length = new LengthCheck { Least = 3 } }, "ab", false },
        { "length", new Check { Length = new LengthCheck { Most = 3 } }, "abcd", false },
        { "names", new Check { KeepsNames = new NamesCheck { Names = { "Aung San" } } }, "nobody", true },
        { "error rate", Differs(0.2f, "abcde"), "abcdX", true },
        { "error rate", Differs(0.19f, "abcde"), "abcdX", false },
        { "error rate", Differs(0, "a  b\n"), " a b", true },
        { "error rate", Differs(0.5f, "ab"), new string('x', 500), false },
        { "error rate, Burmese order", Differs(0, "\u1000\u103A\u1037"), "\u1000\u1037\u103A", true },
    };

    public static TheoryData<string, Check> Refused => new()
    {
        { "checks[0]", new Check() },
        { "checks[0].name", new Check { Name = new string('x', 257), KeepsNumbers = true } },
        { "checks[0].contains.texts", Contains() },
        { "checks[0].contains.texts", Contains([.. Enumerable.Range(0, 65).Select(i => $"{i}")]) },
        { "checks[0].forbids.texts[0]", new Check { Forbids = new TextList { Texts = { "" } } } },
        { "checks[0].regex", new Check { Regex = "" } },
        { "checks[0].regex", new Check { Regex = "(" } },
        { "checks[0].regex", new Check { Regex = "(?=a)" } },
        { "checks[0].regex", new Check { Regex = @"(a)\1" } },
        { "checks[0].regex", new Check { Regex = "(a{1000}){1000}" } },
        { "checks[0].regex", new Check { Regex = "((a{30}b){30}){30}" } },
        { "checks[0].script.code", Script("Xxxx") },
        { "checks[0].script.share", Script("Latn", 0) },
        { "checks[0].script.share", Script("Latn", float.NaN) },
        { "checks[0].language", Speaks("tlh") },
        { "checks[0].language", Speaks("en-Qaaa") },
        { "checks[0].language", Speaks(new string('x', 36)) },
        { "checks[0].length", new Check { Length = new LengthCheck() } },
        { "checks[0].length.least", new Check { Length = new LengthCheck { Least = 3, Most = 2 } } },
        { "checks[0].length.most_of_input", new Check { Length = new LengthCheck { MostOfInput = -1 } } },
        { "checks[0].keeps_numbers", new Check { KeepsNumbers = false } },
        { "checks[0].keeps_names.names[0]", new Check { KeepsNames = new NamesCheck { Names = { "" } } } },
        { "checks[0].error_rate.most", Differs(1.1f, "x") },
        { "checks[0].error_rate.reference", Differs(0.5f, new string('x', 65_537)) },
        { "checks[0].json_schema", new Check { JsonSchema = "{" } },
    };

    [Theory]
    [MemberData(nameof(Verdicts))]
    public void Judge_Answer_IsFoundAsItIs(string what, Check check, string answer, bool passes)
    {
        var verdict = Assert.Single(CheckSet.Prepare([check], "").Judge(answer, ""));
        Assert.True(passes == verdict.Passed, $"{what}: {verdict.Problem}");
        Assert.Equal(passes, verdict.Problem.Length == 0);
        Assert.NotEqual("", verdict.Name);
    }

    [Theory]
    [MemberData(nameof(Refused))]
    public void Prepare_CheckThatCannotBeJudged_NamesTheFieldAndTheLimit(string field, Check check)
    {
        var failure = Assert.Throws<FailureException>(() => CheckSet.Prepare([check], ""));
        Assert.Equal((ErrorReason.InvalidArgument, "field", "limit"), (failure.Reason, failure.Facts[0].Key, failure.Facts[1].Key));
        Assert.Equal(field, failure.Facts[0].Value);
    }

    [Fact]
    public void Prepare_TooManyChecksOrTooLongAnInput_IsRefused()
    {
        var many = Enumerable.Repeat(new Check { KeepsNumbers = true }, 33).ToList();
        Assert.Equal("checks is 33; allowed: 0 to 32.", Assert.Throws<FailureException>(() => CheckSet.Prepare(many, "")).Message);
        var failure = Assert.Throws<FailureException>(() => CheckSet.Prepare([Differs(0.5f, "")], new string('x', 65_537)));
        Assert.Equal("checks[0].error_rate.reference is the input, which has 65537 characters; allowed: 1 to 65536.", failure.Message);
    }

    [Fact]
    public void Judge_SeveralChecks_AreToldInTheirOrderByTheirNames()
    {
        var verdicts = CheckSet.Prepare([Contains("a"), new Check { Name = "no digits", Regex = "^[^0-9]*$" }], "").Judge("b", "");
        Assert.Equal([("contains \"a\"", false), ("no digits", true)], verdicts.Select(verdict => (verdict.Name, verdict.Passed)));
        Assert.Equal("The answer must contain \"a\", exactly as written here.", verdicts[0].Problem);
    }

    [Fact]
    public void Name_LanguageThatCannotBeToldFromItsNeighbours_SaysSo()
    {
        Assert.Equal("language bo (Tibetan: by its script alone, Tibt; other languages in it are not told apart)", NameOf(Speaks("bo")));
        Assert.Equal("language my (Burmese: by its script, Mymr, and its letters)", NameOf(Speaks("my")));
        Assert.Equal("language en (English: by its script alone, Latn; other languages in it are not told apart)", NameOf(Speaks("en")));
    }

    [Fact]
    public void Judge_LengthByTheInput_CountsBoth()
    {
        var check = CheckSet.Prepare([new Check { Length = new LengthCheck { LeastOfInput = 0.5f, MostOfInput = 2 } }], "");
        Assert.Equal([false, true, true, false], new[] { "a", "ab", "abcdefgh", "abcdefghi" }.Select(answer => check.Judge(answer, "1234")[0].Passed));
    }

    [Theory]
    [InlineData("We met Aung San and Dr. Khin of UNICEF in Yangon.", "Aung San Khin UNICEF Yangon", true)]
    [InlineData("We met Aung San in Yangon.", "aung san, yangon", true)]
    [InlineData("We met Aung San in Yangon.", "Aung in Yangon", false)]
    [InlineData("Monday was fine. The dog slept on Tuesday, I think.", "nothing", true)]
    [InlineData("They use iPhone and McDonald.", "they use iPhone", false)]
    [InlineData("THIS IS ALL VERY LOUD INDEED AND SAYS NOTHING", "nothing", true)]
    public void Judge_NamesByTheirShape_AreFound(string input, string answer, bool passes) =>
        Assert.Equal(passes, CheckSet.Prepare([new Check { KeepsNames = new NamesCheck() }], input).Judge(answer, input)[0].Passed);

    [Fact]
    public void Judge_AnyText_NeverThrows()
    {
        var checks = CheckSet.Prepare(
            [
                Contains("a"), new Check { Regex = "a.b" }, Script("Latn"), Speaks("my"), new Check { Length = new LengthCheck { Least = 1, MostOfInput = 2 } },
                new Check { KeepsNumbers = true }, new Check { KeepsNames = new NamesCheck() }, Differs(0.5f, ""), new Check { JsonSchema = """{"type":"object"}""" },
            ],
            "");
        var piece = Gen.OneOf(
            Gen.String, Gen.Char.Select(c => c.ToString()), Gen.Int[0, s_pieces.Length - 1].Select(i => s_pieces[i]));
        Gen.Select(piece.Array[0, 8], piece.Array[0, 8]).Sample((input, answer) =>
        {
            var verdicts = checks.Judge(string.Concat(answer), string.Concat(input));
            return verdicts.Count == checks.Count && verdicts.All(verdict => verdict.Passed == (verdict.Problem.Length == 0));
        });
    }

    [Theory]
    [InlineData("a{1000}", 1000)]
    [InlineData("(a{10}){10}", 100)]
    [InlineData("a{10}b{10}", 10)]
    [InlineData("a{2,}{3}", 6)]
    [InlineData(@"\(a{7}\)", 7)]
    [InlineData("[({9}]a{2}", 2)]
    [InlineData("((a{5}", 5)]
    [InlineData("(?:(a{3})b){4}c{11}", 12)]
    [InlineData(@"\{5}", 1)]
    [InlineData(")a{3}", 3)]
    [InlineData("(a{3})?{4}", 12)]
    [InlineData("(a{3})*{4}", 12)]
    [InlineData("(a{3})+{4}", 12)]
    [InlineData("a{7}(b{2}", 7)]
    [InlineData("[]a{3}]{2}", 2)]
    [InlineData(@"[\]a{9}]{2}", 2)]
    [InlineData("[ab]c{9}]{2}", 9)]
    [InlineData("[a{5}", 1)]
    [InlineData("a{5", 1)]
    [InlineData("(a{9}){3,x}{2}", 9)]
    [InlineData("a{00000000000000000000005}", 5)]
    [InlineData("a{000000000000000000000005}", 1)]
    [InlineData("aaaaaaaaaaaaaaaaaaaaaaaaa{5}", 5)]
    [InlineData("a{99999999999999999999}", 1)]
    public void Of_Pattern_IsTheLargestProduct(string pattern, long most) => Assert.Equal(most, RepeatBound.Of(pattern));

    private static string NameOf(Check check) => CheckSet.Prepare([check], "").Judge("", "")[0].Name;

    private static Check Contains(params string[] texts) => new() { Contains = new TextList { Texts = { texts } } };

    private static Check Script(string code) => new() { Script = new ScriptCheck { Code = code } };

    private static Check Script(string code, float share) => new() { Script = new ScriptCheck { Code = code, Share = share } };

    private static Check Speaks(string tag) => new() { Language = tag };

    private static Check Differs(float most, string reference) => new() { ErrorRate = new ErrorRateCheck { Most = most, Reference = reference } };
}
