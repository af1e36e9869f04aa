using System.Collections.Frozen;

namespace EdgeBox.Daemon.Checks;

/// <summary>What can be told of a language by its letters.</summary>
/// <param name="Name">In English.</param>
/// <param name="Script">The script that it is written in unless its tag says otherwise.</param>
/// <param name="Own">Letters of which a longer text has at least one; empty: none that its neighbours lack.</param>
/// <param name="Foreign">Letters of its neighbours, of which it has next to none; empty: none are known.</param>
internal sealed record Language(string Name, string Script, string Own = "", string Foreign = "");

/// <summary>The languages that the box knows, by the first part of their BCP 47 tags.</summary>
/// <remarks>
/// The letters are those of the languages' alphabets. That ۈ, ۋ or ڭ, or ې with ە, tell Uyghur from nine other languages in Arabic
/// script was measured on sentences; the other rows hold no more than their alphabets do. A language whose row has no letters is judged
/// by its script alone, and the verdict says so.
/// </remarks>
internal static class LanguageTable
{
    private const string ShanLetters = "\u1022\u1035\u1075\u1076\u1077\u1078\u1079\u107A\u107B\u107C\u107D\u107E\u107F\u1080\u1081\u1082\u1083\u1084\u1085\u1086\u1087\u1088\u1089\u108A";
    private const string KarenLetters = "\u1061\u1062\u1063\u1064\u1065\u1066\u1067\u1068\u1069\u106A\u106B\u106C\u106D\u106E\u106F\u1070\u1071\u1072\u1073\u1074";
    private const string MonLetters = "\u1028\u1033\u1034\u105A\u105B\u105C\u105D\u105E\u105F\u1060";
    private const string VietnameseLetters = "ăđơưạảấầẩẫậắằẳẵặẹẻẽếềểễệỉịọỏốồổỗộớờởỡợụủứừửữựỳỵỷỹ";

    private static readonly FrozenDictionary<string, Language> s_languages = new Dictionary<string, Language>(StringComparer.Ordinal)
    {
        // Myanmar script.
        ["my"] = new("Burmese", "Mymr", Foreign: ShanLetters + KarenLetters + MonLetters),
        ["shn"] = new("Shan", "Mymr", Own: ShanLetters, Foreign: KarenLetters.Replace("\u1062", "", StringComparison.Ordinal) + MonLetters), // It writes a vowel with it.
        ["ksw"] = new("Sgaw Karen", "Mymr", Own: "\u1061\u1062\u1063\u1064", Foreign: ShanLetters + MonLetters),
        ["mnw"] = new("Mon", "Mymr", Own: MonLetters, Foreign: ShanLetters + KarenLetters),

        // Tibetan script: Dzongkha has no letter of its own.
        ["bo"] = new("Tibetan", "Tibt"),
        ["dz"] = new("Dzongkha", "Tibt"),

        // Arabic script.
        ["ug"] = new("Uyghur", "Arab", Own: "ۈۋڭې", Foreign: "هیکةٹڈڑںےټډړښڕڵێ"),
        ["ar"] = new("Arabic", "Arab", Own: "يةأإىه", Foreign: "پچژگکیۋۈۆېڭەھٹڈڑںےټډړښڕڵێہ"),
        ["fa"] = new("Persian", "Arab", Own: "پچژگکی", Foreign: "ۋۈۆېڭەھٹڈڑںےټډړښڕڵێہ"),
        ["ur"] = new("Urdu", "Arab", Own: "ٹڈڑںےہھ", Foreign: "ۋۈۆېڭەټډړښڕڵێ"),
        ["ps"] = new("Pashto", "Arab", Own: "ټډړښځڅېۍ", Foreign: "ۋۈۆڭەٹڈڑںےڕڵێہھ"),
        ["ckb"] = new("Central Kurdish", "Arab", Own: "ڕڵێۆە", Foreign: "ۋۈڭېټډړښٹڈڑںےہ"),
        ["sd"] = new("Sindhi", "Arab", Own: "ٻڀٺٿڄڃڇڍڌڏڊڙڦڳڱڪ", Foreign: "ۋۈۆڭېەڕڵێےہ"),

        // Cyrillic.
        ["ru"] = new("Russian", "Cyrl", Own: "ыэёъ", Foreign: "әғқңөұүһіїєґўјљњћђџҡҙҫҷӣӯҳҗ"),
        ["uk"] = new("Ukrainian", "Cyrl", Own: "іїєґ", Foreign: "ыэёъўәғқңөұүһјљњћђџӣӯҳҷ"),
        ["be"] = new("Belarusian", "Cyrl", Own: "ўі", Foreign: "ищъїєґәғқңөұүһјљњћђџ"),
        ["bg"] = new("Bulgarian", "Cyrl", Own: "ъщ", Foreign: "ыэёіїєґўәғқңөұүһјљњћђџ"),
        ["sr"] = new("Serbian", "Cyrl", Own: "јљњћђџ", Foreign: "йщъыьэюяёіїєґўәғқңөұүһ"),
        ["kk"] = new("Kazakh", "Cyrl", Own: "әғқңөұү", Foreign: "їєґўјљњћђџҡҙҫҷӣӯҳҗ"),
        ["ky"] = new("Kyrgyz", "Cyrl", Own: "ңөү", Foreign: "әғқұһіїєґўјљњћђџҡҙҫҷӣӯҳҗ"),
        ["tg"] = new("Tajik", "Cyrl", Own: "ғӣқӯҳҷ", Foreign: "әңөұүһіїєґўјљњћђџҡҙҫҗ"),
        ["mn"] = new("Mongolian", "Cyrl", Own: "өү", Foreign: "әғқңұһіїєґўјљњћђџҡҙҫҷӣӯҳҗ"),
        ["tt"] = new("Tatar", "Cyrl", Own: "әҗңөүһ", Foreign: "ғқұіїєґўјљњћђџҡҙҫҷӣӯҳ"),
        ["ba"] = new("Bashkir", "Cyrl", Own: "ҡҙҫғәңөүһ", Foreign: "құіїєґўјљњћђџҷӣӯҳҗ"),

        // Brahmic scripts.
        ["hi"] = new("Hindi", "Deva"),
        ["mr"] = new("Marathi", "Deva"),
        ["ne"] = new("Nepali", "Deva"),
        ["bn"] = new("Bengali", "Beng", Foreign: "ৰৱ"),
        ["as"] = new("Assamese", "Beng", Own: "ৰৱ"),
        ["pa"] = new("Punjabi", "Guru"),
        ["gu"] = new("Gujarati", "Gujr"),
        ["or"] = new("Odia", "Orya"),
        ["ta"] = new("Tamil", "Taml"),
        ["te"] = new("Telugu", "Telu"),
        ["kn"] = new("Kannada", "Knda"),
        ["ml"] = new("Malayalam", "Mlym"),
        ["si"] = new("Sinhala", "Sinh"),
        ["th"] = new("Thai", "Thai"),
        ["lo"] = new("Lao", "Laoo"),
        ["km"] = new("Khmer", "Khmr"),
        ["dv"] = new("Dhivehi", "Thaa"),

        // East Asia. Which Chinese it is, the script of the tag tells.
        ["zh"] = new("Chinese", "Hani"),
        ["yue"] = new("Cantonese", "Hani"),
        ["ja"] = new("Japanese", "Jpan", Own: "のにはをがとでたてしいるなかもれすりのノンスト"),
        ["ko"] = new("Korean", "Kore"),
        ["ii"] = new("Nuosu", "Yiii"),

        // Elsewhere.
        ["am"] = new("Amharic", "Ethi"),
        ["ti"] = new("Tigrinya", "Ethi"),
        ["ka"] = new("Georgian", "Geor"),
        ["hy"] = new("Armenian", "Armn"),
        ["el"] = new("Greek", "Grek"),
        ["he"] = new("Hebrew", "Hebr"),
        ["vi"] = new("Vietnamese", "Latn", Own: VietnameseLetters),
    }
        .Concat(LatinLanguages())
        .ToFrozenDictionary(StringComparer.Ordinal);

    private static readonly FrozenDictionary<string, string> s_otherNames = new Dictionary<string, string>(StringComparer.Ordinal)
    {
        ["mya"] = "my", ["bur"] = "my", ["bod"] = "bo", ["tib"] = "bo", ["dzo"] = "dz", ["uig"] = "ug", ["ara"] = "ar", ["fas"] = "fa", ["per"] = "fa",
        ["urd"] = "ur", ["pus"] = "ps", ["ku"] = "ckb", ["rus"] = "ru", ["ukr"] = "uk", ["kaz"] = "kk", ["kir"] = "ky", ["tgk"] = "tg", ["khk"] = "mn",
        ["mon"] = "mn", ["tat"] = "tt", ["hin"] = "hi", ["nep"] = "ne", ["ben"] = "bn", ["tha"] = "th", ["lao"] = "lo", ["khm"] = "km", ["zho"] = "zh",
        ["chi"] = "zh", ["cmn"] = "zh", ["jpn"] = "ja", ["kor"] = "ko", ["eng"] = "en", ["fra"] = "fr", ["deu"] = "de", ["spa"] = "es", ["vie"] = "vi",
        ["kar"] = "ksw", ["iw"] = "he",
    }.ToFrozenDictionary(StringComparer.Ordinal);

    /// <summary>The tags that are known, in order.</summary>
    public static IReadOnlyList<string> Tags { get; } = [.. s_languages.Keys.Order(StringComparer.Ordinal)];

    /// <summary>The language of the first part of a tag, in lower case; null if it is not known.</summary>
    public static Language? Find(string tag) => s_languages.GetValueOrDefault(s_otherNames.GetValueOrDefault(tag, tag));

    /// <summary>The tag of a language that is named in English; null if it is not known.</summary>
    public static string? TagOf(string name) =>
        s_languages.Where(row => row.Value.Name.Equals(name.Trim(), StringComparison.OrdinalIgnoreCase)).Select(row => row.Key).FirstOrDefault();

    // They share their letters so far that only words would tell them apart.
    private static IEnumerable<KeyValuePair<string, Language>> LatinLanguages() => new (string Tag, string Name)[]
    {
        ("en", "English"), ("fr", "French"), ("de", "German"), ("es", "Spanish"), ("pt", "Portuguese"), ("it", "Italian"), ("nl", "Dutch"),
        ("pl", "Polish"), ("cs", "Czech"), ("sk", "Slovak"), ("hu", "Hungarian"), ("ro", "Romanian"), ("sv", "Swedish"), ("da", "Danish"),
        ("nb", "Norwegian"), ("no", "Norwegian"), ("fi", "Finnish"), ("et", "Estonian"), ("lv", "Latvian"), ("lt", "Lithuanian"), ("hr", "Croatian"),
        ("bs", "Bosnian"), ("sl", "Slovene"), ("sq", "Albanian"), ("tr", "Turkish"), ("az", "Azerbaijani"), ("uz", "Uzbek"), ("tk", "Turkmen"),
        ("id", "Indonesian"), ("ms", "Malay"), ("tl", "Tagalog"), ("jv", "Javanese"), ("sw", "Swahili"), ("so", "Somali"), ("ha", "Hausa"),
        ("yo", "Yoruba"), ("ig", "Igbo"), ("zu", "Zulu"), ("mg", "Malagasy"), ("ht", "Haitian Creole"), ("ca", "Catalan"), ("kac", "Jingpho"),
        ("cnh", "Hakha Chin"), ("za", "Zhuang"),
    }.Select(row => KeyValuePair.Create(row.Tag, new Language(row.Name, "Latn")));
}
