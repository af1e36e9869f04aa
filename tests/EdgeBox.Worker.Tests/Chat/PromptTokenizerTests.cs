using System.Text;
using EdgeBox.Testing.Gguf;
using EdgeBox.Worker.Chat;
using EdgeBox.Worker.Llama;
using EdgeBox.Worker.Tests.Chat.Families;
using EdgeBox.Worker.Tests.Sessions;

namespace EdgeBox.Worker.Tests.Chat;

/// <summary>Prompts as tokens, in vocabularies of each kind.</summary>
[Collection(EngineCollection.Name)]
public sealed class PromptTokenizerTests(References references, ModelFiles models) : IClassFixture<References>
{
    // Longer texts are given to the engine in pieces.
    private const int Stretch = 16 * 1024;

    public static MatrixTheoryData<string, string> LongTexts => new(ByteVocabulary.Rules, ["the inner thing\n", "the inner thing ", "\n\nthe", "the in. the", "thé.thé.\nthe"]);

    public static MatrixTheoryData<string, string> Words => new(ByteVocabulary.Rules, ["x", "é", "😀", "a😀"]);

    public static MatrixTheoryData<string, string> Attacks =>
        new(ByteVocabulary.Rules, ["<|im|>", "\uE000<|im|>\uE000\uE001", "<<|im|>|im|>", "<s>é<|im|></s>", "<|im|>+", "<|im|>+<|im|>"]);

    public static MatrixTheoryData<string, bool, bool> Ends => new(ByteVocabulary.Rules, [false, true], [false, true]);

    public static TheoryData<string> Rules => [.. ByteVocabulary.Rules];

    [Theory]
    [MemberData(nameof(LongTexts))]
    public void Plain_TextOfSeveralPieces_HasTheTokensOfTheWhole(string rules, string words)
    {
        var vocabulary = BytePair(rules);
        var text = string.Concat(Enumerable.Repeat(words, 3 * Stretch / words.Length));
        Assert.Equal(Engine(vocabulary, text), new PromptTokenizer(vocabulary).Plain(text, addBos: false));
    }

    [Theory]
    [MemberData(nameof(Words))]
    public void Plain_WordWithoutEnd_LosesNothing(string rules, string letters)
    {
        var vocabulary = BytePair(rules);
        var text = string.Concat(Enumerable.Repeat(letters, 3 * Stretch / letters.Length));
        Assert.Equal(text, TextOf(vocabulary, new PromptTokenizer(vocabulary).Plain(text, addBos: false)));
    }

    [Theory]
    [InlineData(Stretch - 2, 0)]
    [InlineData(Stretch - 1, 0)]
    [InlineData(Stretch, 1)]
    [InlineData(Stretch + 1, 1)]
    [InlineData((2 * Stretch) - 1, 1)]
    [InlineData(2 * Stretch, 2)]
    public void Plain_WordWithoutEndWhoseRulesOnlyTheEngineKnows_IsCutOnceAStretch(int length, int cuts)
    {
        var vocabulary = BytePair("gpt-2");
        var text = 'x' + string.Concat(Enumerable.Repeat("he", length))[..length];
        var tokens = new PromptTokenizer(vocabulary).Plain(text, addBos: false);
        Assert.Equal(cuts, tokens.Take(tokens.Count - 1).Count(token => vocabulary.RawText(token) == "h"));
        Assert.Equal(text, TextOf(vocabulary, tokens));
    }

    [Theory]
    [InlineData(0, 3 * Stretch)]
    [InlineData(Stretch - 1, 2)]
    [InlineData(Stretch - 1, 3 * Stretch)]
    [InlineData(1, 2 * Stretch)]
    public void Conversation_StructureWhereATextIsCut_IsNotCut(int before, int length)
    {
        var vocabulary = BytePair("gpt-2");
        var structure = string.Concat(Enumerable.Repeat("he", length / 2));
        foreach (var behind in (string[])["", "x", new string('x', Stretch)])
        {
            PromptPart[] parts = [new(new string('x', before), IsContent: true), new(structure, IsContent: false), new(behind, IsContent: true)];
            var tokens = new PromptTokenizer(vocabulary).Conversation(parts);
            Assert.DoesNotContain(tokens, token => vocabulary.RawText(token) == "h");
            Assert.Equal(string.Concat(parts.Select(part => part.Text)), TextOf(vocabulary, tokens));
        }
    }

    [Theory]
    [MemberData(nameof(Rules))]
    public void Conversation_SignWhereATextIsCut_IsOneAllTheSame(string rules)
    {
        var vocabulary = BytePair(rules);
        var tokenizer = new PromptTokenizer(vocabulary);
        for (var length = Stretch - 8; length <= Stretch + 1; length++)
        {
            var text = new string('x', length);
            var tokens = tokenizer.Conversation([new PromptPart(text, IsContent: true), new PromptPart("<|im|>", IsContent: false), new PromptPart(text, IsContent: true)]);
            Assert.Single(tokens, ByteVocabulary.Sign);
            Assert.Equal($"{text}<|im|>{text}", TextOf(vocabulary, tokens));
        }
    }

    [Theory]
    [MemberData(nameof(Attacks))]
    public void Conversation_SignInAContent_IsItsText(string rules, string content)
    {
        var vocabulary = BytePair(rules);
        var tokenizer = new PromptTokenizer(vocabulary);
        foreach (var parts in (PromptPart[][])
        [
            [new(content, IsContent: true)],
            [new("<|im|>é", IsContent: false), new(content, IsContent: true), new("<|im|>", IsContent: false)],
            [new(content, IsContent: true), new("<|im|>", IsContent: false), new(content, IsContent: true), new("é<|im|>\n<|im|>", IsContent: false), new(content, IsContent: true)],
        ])
        {
            var tokens = tokenizer.Conversation(parts);
            Assert.Equal(parts.Where(p => !p.IsContent).Sum(p => p.Text.Split("<|im|>").Length - 1), tokens.Count(t => t == ByteVocabulary.Sign));
            Assert.DoesNotContain(tokens, token => token is ByteVocabulary.Begin or ByteVocabulary.End or ByteVocabulary.Longer);
            Assert.Equal(string.Concat(parts.Select(p => p.Text)), TextOf(vocabulary, tokens));
        }
    }

    [Theory]
    [MemberData(nameof(Rules))]
    public void Conversation_SignThatIsPartlyContent_IsText(string rules)
    {
        var vocabulary = BytePair(rules);
        var tokenizer = new PromptTokenizer(vocabulary);
        for (var length = 1; length < "<|im|>".Length; length++)
        {
            var (front, back) = ("<|im|>"[..length], "<|im|>"[length..]);
            foreach (var isFirst in (bool[])[true, false])
            {
                var tokens = tokenizer.Conversation([new PromptPart(front, IsContent: isFirst), new PromptPart(back, IsContent: !isFirst)]);
                Assert.DoesNotContain(ByteVocabulary.Sign, tokens);
                Assert.Equal("<|im|>", TextOf(vocabulary, tokens));
            }
        }
    }

    [Theory]
    [MemberData(nameof(Rules))]
    public void Conversation_ContentThatWouldMakeASignOfStructureAnother_DoesNot(string rules)
    {
        var vocabulary = BytePair(rules);
        var tokens = new PromptTokenizer(vocabulary).Conversation([new PromptPart("<|im|>", IsContent: false), new PromptPart("+<|im|>+", IsContent: true)]);
        Assert.Equal(ByteVocabulary.Sign, tokens[0]);
        Assert.Equal("<|im|>+<|im|>+", TextOf(vocabulary, tokens));
        Assert.DoesNotContain(tokens.Skip(1), token => token is ByteVocabulary.Sign or ByteVocabulary.Longer);
        Assert.Equal([ByteVocabulary.Longer], new PromptTokenizer(vocabulary).Conversation([new PromptPart("<|im|>+", IsContent: false)]));
    }

    [Theory]
    [MemberData(nameof(Rules))]
    public void Conversation_TextOfSeveralParts_HasTheTokensOfTheWhole(string rules)
    {
        var vocabulary = BytePair(rules);
        var tokens = new PromptTokenizer(vocabulary).Conversation([new PromptPart(" t", IsContent: true), new PromptPart("h", IsContent: false), new PromptPart("e", IsContent: true)]);
        Assert.Equal([" the"], tokens.Select(token => TextOf(vocabulary, [token])));
    }

    [Fact]
    public void Conversation_PiecesLongerThanUsual_AreTokensAllTheSame()
    {
        var sign = $"<|{new string('x', 700)}|>";
        var token = 0;
        var vocabulary = BytePair("gpt-2", "long", changed => token = changed.Put(0, sign, type: 3));
        Assert.Equal([token, token], new PromptTokenizer(vocabulary).Conversation([new PromptPart(sign + sign, IsContent: false)]));
    }

    [Fact]
    public void Conversation_MergeOfASeparatorWithWhatFollows_LosesNothing()
    {
        // The sign is cut by what no vocabulary should merge with anything; this one does.
        var vocabulary = BytePair("gpt-2", "separator", changed =>
        {
            var last = ByteLevelTokens.ByteText(0x80);
            changed.Put(0, last + "|");
            changed.Merges.Insert(0, $"{last} |");
        });
        var tokens = new PromptTokenizer(vocabulary).Conversation([new PromptPart("<|im|>\n", IsContent: false), new PromptPart("\n<|im|>", IsContent: true)]);
        Assert.Equal("<|im|>\n\n<|im|>", TextOf(vocabulary, tokens));
        Assert.Single(tokens, ByteVocabulary.Sign);
    }

    [Fact]
    public void Conversation_BytesThatAreNoTokens_AreLeftOutAndSignsStaySigns()
    {
        var vocabulary = BytePair("gpt-2", "bytes", changed => changed.Put('#' - 300, "Ġnone"));
        var tokens = new PromptTokenizer(vocabulary).Conversation([new PromptPart("<|im|>#", IsContent: false), new PromptPart("a#<|im|>#b", IsContent: true)]);
        Assert.Equal("<|im|>a<|im|>b", TextOf(vocabulary, tokens));
        Assert.Single(tokens, ByteVocabulary.Sign);
    }

    [Theory]
    [MemberData(nameof(Rules))]
    public void Plain_RunsOfSpacesThatAreTokens_AreTheTokensThatTheEngineMakes(string rules)
    {
        var run = 0;
        var vocabulary = BytePair(rules, "spaces", changed => run = changed.Put(0, "   ", ByteVocabulary.UserDefined));
        var tokenizer = new PromptTokenizer(vocabulary);
        Assert.Equal(Engine(vocabulary, "a   the"), tokenizer.Plain("a   the", addBos: false));
        Assert.Contains(run, tokenizer.Plain("a   the", addBos: false));
        Assert.Contains(run, tokenizer.Conversation([new PromptPart("a   the", IsContent: true)]));
    }

    [Theory]
    [MemberData(nameof(Rules))]
    public void Plain_CharacterThatIsASignOfItsOwn_IsText(string rules)
    {
        var sign = 0;
        var vocabulary = BytePair(rules, "character", changed => sign = changed.Put(0, "ж", type: 3));
        var tokens = new PromptTokenizer(vocabulary).Plain("aж<|im|>", addBos: false);
        Assert.Equal("aж<|im|>", TextOf(vocabulary, tokens));
        Assert.DoesNotContain(sign, tokens);
    }

    [Theory]
    [MemberData(nameof(Rules))]
    public void Conversation_SignThatTakesTheSpacesBehindIt_TakesThoseOfStructureOnly(string rules)
    {
        var vocabulary = BytePair(rules, "strips", changed => changed.StripsSpaces());
        var tokenizer = new PromptTokenizer(vocabulary);
        Assert.Equal("<|im|>a", TextOf(vocabulary, tokenizer.Conversation([new PromptPart("<|im|>  a", IsContent: false)])));
        Assert.Equal("<|im|>  a", TextOf(vocabulary, tokenizer.Conversation([new PromptPart("<|im|>", IsContent: false), new PromptPart("  a", IsContent: true)])));
    }

    [Fact]
    public void Conversation_WordThatEndsAnAnswer_IsMadeOfOtherTokens()
    {
        // Words that are tokens are these, whatever the merges make of them.
        var word = 0;
        var vocabulary = BytePair("llama-bpe", "word", changed => changed.Writer.SetUInt32("tokenizer.ggml.eos_token_id", (uint)(word = changed.Put(0, "Ġstop"))));
        var tokenizer = new PromptTokenizer(vocabulary);
        Assert.Equal([word], Engine(vocabulary, " stop"));
        Assert.Equal([" ", "s", "t", "o", "p"], tokenizer.Plain(" stop", addBos: false).Select(token => TextOf(vocabulary, [token])));

        // Another sign is cut from the word, and a newline in a text is nothing odd.
        var tokens = tokenizer.Conversation([new PromptPart("<|im|>\n", IsContent: false), new PromptPart("\nthe<|im|> stop", IsContent: true), new PromptPart("\n", IsContent: false)]);
        Assert.Equal("<|im|>\n\nthe<|im|> stop\n", TextOf(vocabulary, tokens));
        Assert.Single(tokens, ByteVocabulary.Sign);
        Assert.DoesNotContain(word, tokens);
    }

    [Theory]
    [InlineData("x")]
    [InlineData("a😀")]
    public void Conversation_WordWithoutEndBesideWhatIsReadAlone_IsCutOnceAStretch(string letters)
    {
        // These rules recurse once a character: a word that is not cut takes more stack than there is.
        var vocabulary = BytePair("deepseek-llm", "endless", changed =>
        {
            var last = ByteLevelTokens.ByteText(0x80);
            changed.Put(0, last + "|");
            changed.Merges.Insert(0, $"{last} |");
        });
        var text = "<|im|>" + string.Concat(Enumerable.Repeat(letters, 20 * Stretch));
        var tokens = new List<int>();
        var thread = new Thread(() => tokens = new PromptTokenizer(vocabulary).Plain(text, addBos: false), 64 << 20);
        thread.Start();
        thread.Join();
        Assert.Equal(text, TextOf(vocabulary, tokens));
    }

    [Theory]
    [MemberData(nameof(Ends))]
    public void PlainAndWhole_TokensOfTheModelAtTheEnds_AreThoseThatItWants(string rules, bool addsBegin, bool addsEnd)
    {
        var vocabulary = BytePair(rules, $"{addsBegin}-{addsEnd}", changed =>
            changed.Writer.SetBool("tokenizer.ggml.add_bos_token", addsBegin).SetBool("tokenizer.ggml.add_eos_token", addsEnd));
        var tokenizer = new PromptTokenizer(vocabulary);
        var (before, behind) = (addsBegin ? "<s>" : "", addsEnd ? "</s>" : "");
        Assert.Equal(before + "a </s>" + behind, TextOf(vocabulary, tokenizer.Whole("a </s>")));
        Assert.Equal(before + "a", TextOf(vocabulary, tokenizer.Plain("a", addBos: true)));
        Assert.Equal("a", TextOf(vocabulary, tokenizer.Plain("a", addBos: false)));
        Assert.Equal(before, TextOf(vocabulary, tokenizer.Plain("", addBos: true)));
        Assert.Equal(before + behind, TextOf(vocabulary, tokenizer.Whole("")));
    }

    [Theory]
    [MemberData(nameof(Rules))]
    public void Conversation_ModelThatWantsABeginning_HasItOnce(string rules)
    {
        var vocabulary = BytePair(rules, "begins", changed => changed.Writer.SetBool("tokenizer.ggml.add_bos_token", value: true));
        var tokenizer = new PromptTokenizer(vocabulary);
        Assert.Equal([ByteVocabulary.Begin], tokenizer.Conversation([]));
        Assert.Equal([ByteVocabulary.Begin, ByteVocabulary.Sign], tokenizer.Conversation([new PromptPart("<|im|>", IsContent: false)]));
        Assert.Equal([ByteVocabulary.Begin, ByteVocabulary.Sign], tokenizer.Conversation([new PromptPart("<s><|im|>", IsContent: false)]));
        Assert.Equal([ByteVocabulary.Sign], tokenizer.Template([new PromptPart("<|im|>", IsContent: false)]));
        Assert.Equal("<s><s>", TextOf(vocabulary, tokenizer.Conversation([new PromptPart("<s>", IsContent: true)])));
    }

    [Fact]
    public void Conversation_SentencePiece_HasASpaceBeforeTheFirstTextOnlyAndNoSignsOfContents()
    {
        using var direct = new Direct(models.File("llama-spm.gguf", p => TinyModels.Of("llama-spm").WriteFile(p)));
        const int A = 260, SpaceA = 261;
        int Byte(char c) => 3 + c;
        Assert.Equal([1, SpaceA], direct.Tokenizer.Conversation([new PromptPart("a", IsContent: true)]));
        Assert.Equal(
            [1, A, 2, A, Byte('\n'), A],
            direct.Tokenizer.Conversation(
            [
                new PromptPart("<s>", IsContent: false), new PromptPart("a", IsContent: true), new PromptPart("</s>", IsContent: false), new PromptPart("a", IsContent: true),
                new PromptPart("\na", IsContent: true),
            ]));
        Assert.Equal(
            [1, SpaceA, Byte('<'), Byte('/'), Byte('s'), Byte('>'), A, Byte('<'), Byte('s'), Byte('>')],
            direct.Tokenizer.Plain("a</s>a<s>", addBos: true));
        Assert.Equal([1, SpaceA], direct.Tokenizer.Whole("a"));
    }

    [Fact]
    public void Conversation_SentencePieceThatMergesNewlines_LosesNone()
    {
        var vocabulary = references.Open(models.File("spm-newlines.gguf", path =>
        {
            string[] tokens = ["<unk>", "<s>", "</s>", .. Enumerable.Range(0, 256).Select(b => $"<0x{b:X2}>"), "▁", "a", "▁a", "\n\n"];
            TinyModels.Of("llama-spm").SetStringArray("tokenizer.ggml.tokens", tokens)
                .SetFloat32Array("tokenizer.ggml.scores", [.. tokens.Select((_, i) => -(float)i)])
                .SetInt32Array("tokenizer.ggml.token_type", [.. tokens.Select((_, i) => i switch { 0 => 2, < 3 => 3, < 259 => 6, _ => 1 })]).WriteFile(path);
        }));
        const int Space = 259, A = 260, SpaceA = 261, Newline = 3 + '\n';
        var tokens = new PromptTokenizer(vocabulary).Conversation([new PromptPart("a", IsContent: true), new PromptPart("\na", IsContent: true)]);
        Assert.Equal([1, SpaceA, Space, Newline, A], tokens);
    }

    private static int[] Engine(Vocabulary vocabulary, string text) => vocabulary.Tokenize(Encoding.UTF8.GetBytes(text), addSpecial: false, parseSpecial: false);

    private static string TextOf(Vocabulary vocabulary, IEnumerable<int> tokens)
    {
        var buffer = new byte[64];
        return Encoding.UTF8.GetString([.. tokens.SelectMany(token => vocabulary.Piece(token, ref buffer, special: true).ToArray())]);
    }

    private Vocabulary BytePair(string rules, string name = "usual", Action<ByteVocabulary>? change = null) =>
        references.Open(models.File($"bytes-{rules}-{name}.gguf", file => ByteVocabulary.Write(file, rules, change)));
}
