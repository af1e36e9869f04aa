using CsCheck;
using EdgeBox.Testing;
using EdgeBox.Worker.Chat;
using EdgeBox.Worker.Chat.Families;
using EdgeBox.Worker.Llama;
using EdgeBox.Worker.Tests.Sessions;
using EdgeBox.Worker.V1;
using Conversation = EdgeBox.Worker.Chat.Conversation;
using Turn = EdgeBox.Worker.Chat.Turn;

namespace EdgeBox.Worker.Tests.Chat.Families;

/// <summary>Which family a file is of, what is refused and how, and where the formats differ from their templates.</summary>
[Collection(EngineCollection.Name)]
public sealed class RecognitionTests(References references, ModelFiles models) : IClassFixture<References>
{
    private const string PlainChatMl = "{% for message in messages %}{{'<|im_start|>' + message['role'] + '\n' + message['content'] + '<|im_end|>' + '\n'}}{% endfor %}{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}";
    private const string OtherChatMl = "{% for message in messages %}{{\"<|im_start|>\" + message.role + \"\\n\" + message.content + \"<|im_end|>\" + \"\\n\"}}{% endfor %}{% if add_generation_prompt %}{{\"<|im_start|>assistant\\n\"}}{% endif %}";
    private const string DefaultChatMl = "{% for message in messages %}{% if loop.first and messages[0]['role'] != 'system' %}{{ '<|im_start|>system\\nYou answer.<|im_end|>\\n' }}{% endif %}{{'<|im_start|>' + message['role'] + '\\n' + message['content'] + '<|im_end|>' + '\\n'}}{% endfor %}{% if add_generation_prompt %}{{ '<|im_start|>assistant\\n' }}{% endif %}";
    private const string Llama3 = "{% for message in messages %}{% set content = '<|start_header_id|>' + message['role'] + '<|end_header_id|>\n\n' + message['content'] | trim + '<|eot_id|>' %}{% if loop.index0 == 0 %}{% set content = bos_token + content %}{% endif %}{{ content }}{% endfor %}{% if add_generation_prompt %}{{ '<|start_header_id|>assistant<|end_header_id|>\n\n' }}{% endif %}";

    private static readonly Turn s_user = new(TurnRole.User, "  Hi ");

    [Theory]
    [InlineData(PlainChatMl, "chatml", "")]
    [InlineData(OtherChatMl, "chatml", "")]
    [InlineData(DefaultChatMl, "chatml", "")]
    [InlineData(Llama3, "llama3", "<|begin_of_text|>")]
    public void Of_SmallTemplates_RenderAlike(string template, string family, string begin)
    {
        References.Need();
        var format = ConversationFormats.Of("", template, SampleSigns.Table(begin)).Format!;
        Assert.Equal(family, format.Name);
        foreach (var name in (string[])["plain", "system", "turns"])
        {
            var context = SampleConversations.Context(SampleConversations.All[name], begin, "");
            context["template"] = template;
            Assert.Equal(references.Render("", context), Text(format, SampleConversations.All[name]));
        }
    }

    [Fact]
    public void Of_ModelFile_IsFound()
    {
        using var model = LlamaModel.Load([models.LlamaWithChat], 0, _ => true, RuntimePack.Open(WorkerClient.PackDirectory, TimeProvider.System).Log);
        var (format, problem) = ConversationFormats.Of(model.Architecture, model.ChatTemplate, model.Vocabulary);
        Assert.Equal(("llama3", ""), (format?.Name, problem));
        Assert.Equal(["Hi"], format!.Render(new Conversation([s_user])).Where(p => p.IsContent).Select(p => p.Text));
    }

    [Theory]
    [InlineData(null, "", "the model's file has no conversation template; it answers completions")]
    [InlineData(" \n", "", "the model's file has no conversation template; it answers completions")]
    [InlineData("{{ odd }}", "x", "the model's conversation template has no sign that is known (architecture x); it answers completions")]
    [InlineData("{{ odd }}", "x\ny", "the model's conversation template has no sign that is known (architecture that is not named); it answers completions")]
    [InlineData("<|im_start|>{{ own.tools }}", "x", "the model's conversation template has <|im_start|> and is none of those that are known with it (architecture x); it answers completions")]
    public void Of_Unknown_SaysWhatWasFound(string? template, string architecture, string problem)
    {
        Assert.Equal((null, problem), ConversationFormats.Of(architecture, template, SampleSigns.Table()));
    }

    [Fact]
    public void Of_RoleThatIsNoToken_IsRefused()
    {
        var (format, problem) = ConversationFormats.Of("x", PlainChatMl, SampleSigns.Table("", "<|im_end|>"));
        Assert.Null(format);
        Assert.StartsWith("the model's conversation template has <|im_start|>, but <|im_end|> is not a token of its vocabulary", problem, StringComparison.Ordinal);
    }

    [Fact]
    public void Of_TemplateBeyondTheLimit_IsRefused()
    {
        var (format, problem) = ConversationFormats.Of("x", PlainChatMl + new string('x', TemplateText.Longest), SampleSigns.Table());
        Assert.Null(format);
        Assert.Contains($"more than {TemplateText.Longest} are not looked at", problem, StringComparison.Ordinal);
    }

    [Fact]
    public void Of_HostileTemplates_NeverThrow()
    {
        string[] pieces =
        [
            "<|im_start|>", "system\\n", "<|im_end|>", "<|start_header_id|>", "<start_of_turn>", "'model'", "[INST]", "[SYSTEM_PROMPT]", "[TOOL_CALLS]", "[ARGS]", "[gMASK]<sop>",
            "<arg_key>", "set default_system_message = '", "' %}", "\\", "\uD800", "\0", "{%", "message['role']", "<｜User｜>", "tools", "<|im_start|>assistant\\n", "last_query_index", "\n", "'", "\"",
        ];
        Gen.Select(Gen.Int[0, pieces.Length - 1].Select(i => pieces[i]), Gen.String[0, 5]).Array[0, 40].Sample(
            parts =>
            {
                var (format, problem) = ConversationFormats.Of(parts.Length > 0 ? parts[0].Item2 : "", string.Concat(parts.Select(p => p.Item1 + p.Item2)), SampleSigns.Table());
                Assert.Equal(format is null, problem.Length > 0);
                _ = format?.Render(new Conversation([s_user]));
            }, iter: Tries.Of(20_000));
    }

    [Theory]
    [InlineData("gemma", "tools", "models of the family gemma have no place for tools")]
    [InlineData("deepseek", "call", "models of the family deepseek have no place for tools")]
    [InlineData("mistral-reasoning", "off", "models of the family mistral-reasoning cannot be kept from thinking")]
    [InlineData("qwq", "off", "models of the family qwq cannot be kept from thinking")]
    public void Render_WhatAFamilyHasNot_IsRefusedByName(string format, string name, string message)
    {
        var e = Assert.Throws<ConversationException>(() => SampleFormats.Of(format).Render(SampleConversations.All[name]));
        Assert.Equal(message, e.Message);
    }

    [Theory]
    [InlineData("gemma", "user user", "message 2: in conversations with models of the family gemma user and assistant take turns, beginning with the user")]
    [InlineData("gemma", "assistant", "message 1: in conversations with models of the family gemma user and assistant take turns, beginning with the user")]
    [InlineData("gemma", "user system", "message 2: models of the family gemma have a place for a system message at the beginning only")]
    [InlineData("gemma", "system", "models of the family gemma have no place for a system message without one of the user")]
    [InlineData("mistral-v3", "system", "in conversations with models of the family mistral-v3 the user has said something")]
    [InlineData("qwen3.5", "system", "in conversations with models of the family qwen3.5 the user has said something")]
    [InlineData("qwen3.5", "user system", "message 2: models of the family qwen3.5 have a place for a system message at the beginning only")]
    [InlineData("deepseek", "system system", "message 2: models of the family deepseek have a place for a system message at the beginning only")]
    public void Render_OrderThatAFamilyHasNot_IsRefused(string format, string roles, string message)
    {
        var turns = roles.Split(' ').Select(role => new Turn(Enum.Parse<TurnRole>(role, ignoreCase: true), "x")).ToList();
        Assert.Equal(message, Assert.Throws<ConversationException>(() => SampleFormats.Of(format).Render(new Conversation(turns))).Message);
    }

    [Fact]
    public void Render_ArgumentsThatAreNoObject_AreRefusedWhereTheyAreTakenApart()
    {
        var conversation = new Conversation([s_user, new Turn(TurnRole.Assistant, "") { Calls = [new PastCall("1", "find-it", "{\"a\"")] }]) { Tools = [SampleConversations.Find] };
        Assert.Equal("message 2: the arguments of a call are not a JSON object", Assert.Throws<ConversationException>(() => SampleFormats.Of("glm-4.7").Render(conversation)).Message);
        Assert.Contains("\"arguments\": {\"a\"}", Text(SampleFormats.Of("qwen3"), conversation), StringComparison.Ordinal);
    }

    [Fact]
    public void Render_SchemaThatIsNoJson_IsRefused()
    {
        var conversation = new Conversation([s_user]) { Tools = [SampleConversations.Find, new Tool("x", "", "{")] };
        Assert.Equal("tool 2: the schema of its arguments is not JSON, or goes too deep", Assert.Throws<ConversationException>(() => SampleFormats.Of("qwen3").Render(conversation)).Message);
        Assert.Equal("tool 2: the schema of its arguments is not a JSON object", Assert.Throws<ConversationException>(() => SampleFormats.Of("qwen3-coder").Render(conversation)).Message);
    }

    [Theory]
    [InlineData(60, true)]
    [InlineData(63, false)]
    [InlineData(5000, false)]
    public void Render_SchemaThatGoesDeep_IsRenderedOrRefused(int depth, bool fits)
    {
        var schema = string.Concat(Enumerable.Repeat("{\"a\":", depth)) + "1" + new string('}', depth);
        foreach (var name in (string[])["llama3.1", "qwen3", "qwen3-coder", "mistral-v3"])
        {
            var error = Record.Exception(() => SampleFormats.Of(name).Render(new Conversation([s_user]) { Tools = [new Tool("x", "", schema)] }));
            Assert.True(fits ? error is null : error is ConversationException || (name != "llama3.1" && depth < 64), $"{name}: {error}");
        }
    }

    [Fact]
    public void Render_GemmaWithSystem_JoinsItToTheUsersFirstWords() =>
        Assert.Equal("<start_of_turn>user\nBe brief.\n\nWhat is up?\nTell me.<end_of_turn>\n<start_of_turn>model\n", Text(SampleFormats.Of("gemma"), SampleConversations.All["system"]));

    [Fact]
    public void Render_DateToLlama_IsWrittenAsItsTemplateHasIt()
    {
        var text = Text(SampleFormats.Of("llama3.1"), new Conversation([s_user]) { Date = "2026-01-02" });
        Assert.Contains("\nToday Date: 02 Jan 2026\n", text, StringComparison.Ordinal);
        Assert.Throws<ConversationException>(() => SampleFormats.Of("llama3.1").Render(new Conversation([s_user]) { Date = "yesterday" }));
    }

    [Fact]
    public void Render_SeveralCallsToLlama_StandEachBeforeItsResult()
    {
        var text = Text(SampleFormats.Of("llama3.1"), SampleConversations.All["calls"]);
        int[] places = [.. ((string[])["Zürich", "\"drizzle\"", "deep", "{\\\"found\\\": [1, 2]}", "Ulm", "sun\\nand sun"]).Select(t => text.IndexOf(t, StringComparison.Ordinal))];
        Assert.DoesNotContain(-1, places);
        Assert.Equal(places.Order(), places);
        Assert.Equal(3, text.Split("ipython<|end_header_id|>").Length - 1);
    }

    [Fact]
    public void Render_CallsToMistralV3_HaveNumbersThatAreMade()
    {
        var call = new PastCall("call_1", "find-it", "{}");
        var conversation = new Conversation([s_user, new Turn(TurnRole.Assistant, "I look.") { Calls = [call] }, new Turn(TurnRole.Tool, "not \"json\"") { Answered = call }]) { Tools = [SampleConversations.Find] };
        var text = Text(SampleFormats.Of("mistral-v3"), conversation);
        var match = System.Text.RegularExpressions.Regex.Match(text, "I look\\.\\[TOOL_CALLS\\]\\[\\{\"name\": \"find-it\", \"arguments\": \\{\\}, \"id\": \"([A-Za-z0-9]{9})\"\\}\\]</s>\\[TOOL_RESULTS\\]\\{\"content\": \"not \\\\\"json\\\\\"\", \"call_id\": \"([A-Za-z0-9]{9})\"\\}");
        Assert.True(match.Success, text);
        Assert.Equal(match.Groups[1].Value, match.Groups[2].Value);
    }

    [Fact]
    public void Render_SystemToMistralV3_StandsBeforeTheUsersLastWordsEvenWhenToolsAnswered()
    {
        var text = Text(SampleFormats.Of("mistral-v3"), SampleConversations.All["call-open"]);
        Assert.Contains("[/AVAILABLE_TOOLS][INST]Be brief.\n\nWhat is up?\nTell me.[/INST]", text, StringComparison.Ordinal);
    }

    [Fact]
    public void Render_MistralV11WithoutSystem_SaysNothingOfItsOwn() =>
        Assert.Equal("<s>[INST]What is up?\nTell me.[/INST]", Text(SampleFormats.Of("mistral-v11"), SampleConversations.All["plain"]));

    [Theory]
    [InlineData("qwen3")]
    [InlineData("gemma")]
    [InlineData("mistral-v11")]
    public void Render_AnswerWithSchema_IsToldAtTheEndOfTheFirstMessage(string name)
    {
        var conversation = new Conversation([s_user]) { Answer = new AnswerSchema("{\"type\":\"string\"}", "greeting", "A word.") };
        Assert.Contains("Hi \n\nThe answer (greeting) is JSON that matches this schema and nothing else.\nA word.\n{\"type\":\"string\"}", Text(SampleFormats.Of(name), conversation), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("qwen2.5", "<|im_start|>assistant\n<tool_call>\n")]
    [InlineData("qwen3", "<|im_start|>assistant\n<think>\n\n</think>\n\n<tool_call>\n")]
    [InlineData("llama3.1", "<|start_header_id|>assistant<|end_header_id|>\n\n{\"name\": \"")]
    [InlineData("mistral-v13", "[/INST][TOOL_CALLS]")]
    [InlineData("glm-4.5", "<|assistant|>\n<think></think>\n<tool_call>")]
    [InlineData("glm-4.7", "<|assistant|></think><tool_call>")]
    public void Render_CallRequiredWithoutThinking_BeginsIt(string name, string end)
    {
        var conversation = new Conversation([s_user]) { Tools = [SampleConversations.Find], CallMode = CallMode.Required, Effort = Effort.Off };
        Assert.EndsWith(end, Text(SampleFormats.Of(name), conversation), StringComparison.Ordinal);
        Assert.NotEqual(AnswerPlace.Answer, SampleFormats.Of(name).Read(conversation).Place);
    }

    [Theory]
    [InlineData("qwen3")]
    [InlineData("qwen3.5")]
    [InlineData("glm-4.7")]
    [InlineData("deepseek")]
    public void Render_TextThatLooksLikeThinkingOrAResult_IsTextOfItsMessage(string name)
    {
        var conversation = new Conversation([s_user, new Turn(TurnRole.Assistant, "a</think>b"), new Turn(TurnRole.User, "<tool_response>c</tool_response>")]);
        var contents = SampleFormats.Of(name).Render(conversation).Where(p => p.IsContent).Select(p => p.Text);
        Assert.Equal(["Hi", "a</think>b", "<tool_response>c</tool_response>"], contents.Select(c => c.Trim()));
    }

    [Fact]
    public void Render_PastArguments_StandAsTheyWereGiven()
    {
        const string Given = "{\"a\":1.0,  \"b\":[]}";
        var conversation = new Conversation([s_user, new Turn(TurnRole.Assistant, "") { Calls = [new PastCall("abcdefgh1", "find-it", Given)] }]) { Tools = [SampleConversations.Find] };
        foreach (var name in (string[])["qwen3", "llama3.1", "mistral-v3", "mistral-v11", "mistral-v13"])
        {
            Assert.Contains(Given, Text(SampleFormats.Of(name), conversation), StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Render_TruthsAndNothingsToQwen3Coder_AreJson()
    {
        var call = new PastCall("1", "f", """{"yes": true, "no": null}""");
        var conversation = new Conversation([s_user, new Turn(TurnRole.Assistant, "") { Calls = [call] }])
        {
            Tools = [new Tool("f", "", """{"type": "object", "properties": {"yes": {"type": "boolean", "default": true}, "no": 5}, "additionalProperties": false}"""), new Tool("g", "", "{}")],
        };
        var text = Text(SampleFormats.Of("qwen3-coder"), conversation);
        Assert.Contains("<function>\n<name>f</name>\n<parameters>\n<parameter>\n<name>yes</name>\n<type>boolean</type>\n<default>true</default>\n</parameter>"
            + "\n<parameter>\n<name>no</name>\n</parameter>\n<additionalProperties>false</additionalProperties>\n</parameters>\n</function>", text, StringComparison.Ordinal);
        Assert.Contains("<parameter=yes>\ntrue\n</parameter>\n<parameter=no>\nnull\n</parameter>", text, StringComparison.Ordinal);
    }

    [Fact]
    public void Render_ToolWithoutDescriptionAndArguments_HasAnObjectWithoutProperties()
    {
        var text = Text(SampleFormats.Of("qwen3"), new Conversation([s_user]) { Tools = [new Tool("now", "", "")] });
        Assert.Contains("""{"type": "function", "function": {"name": "now", "parameters": {"type": "object", "properties": {}}}}""", text, StringComparison.Ordinal);
    }

    [Fact]
    public void Render_TurnsInALoop_MergesStretchesOfAKind()
    {
        var parts = SampleFormats.Of("chatml").Render(SampleConversations.All["turns"]);
        Assert.All(parts.Zip(parts.Skip(1)), pair => Assert.NotEqual(pair.First.IsContent, pair.Second.IsContent));
    }

    private static string Text(IConversationFormat format, Conversation conversation) => string.Concat(format.Render(conversation).Select(p => p.Text));
}
