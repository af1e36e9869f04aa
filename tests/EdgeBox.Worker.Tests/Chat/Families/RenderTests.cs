using EdgeBox.Worker.Chat.Families;

namespace EdgeBox.Worker.Tests.Chat.Families;

/// <summary>Every family writes what its own template writes, sign for sign.</summary>
[Collection(Sessions.EngineCollection.Name)]
public sealed class RenderTests(References references) : IClassFixture<References>
{
    private const string NoTools = "tools tools-alone tools-off call call-open call-said calls steps";

    /// <summary>Template, family, the signs for beginning and end, a real vocabulary, and the cases in which the two differ for a reason (docs/formats-families.md).</summary>
    internal static readonly (string Template, string Family, string Begin, string End, string? Vocabulary, string Except)[] Families =
    [
        ("Qwen-Qwen3-0.6B", "qwen3", "", "<|im_end|>", "qwen2", ""),
        ("Qwen-Qwen2.5-7B-Instruct", "qwen2.5", "", "<|im_end|>", "qwen2", ""),
        ("MiMo-VL", "qwen2.5", "", "<|im_end|>", "qwen2", ""),
        ("Qwen-QwQ-32B", "qwq", "", "<|im_end|>", "qwen2", ""),
        ("Qwen3-Coder", "qwen3-coder", "", "<|im_end|>", "qwen2", ""),
        ("Qwen3.5-4B", "qwen3.5", "", "<|im_end|>", "qwen35", ""),
        ("meta-llama-Llama-3.1-8B-Instruct", "llama3.1", "<|begin_of_text|>", "<|eot_id|>", "llama-bpe", "calls"),
        ("meta-llama-Llama-3.2-3B-Instruct", "llama3.1", "<|begin_of_text|>", "<|eot_id|>", "llama-bpe", "calls"),
        ("meta-llama-Llama-3.3-70B-Instruct", "llama3.1", "<|begin_of_text|>", "<|eot_id|>", "llama-bpe", "calls"),
        ("google-gemma-2-2b-it", "gemma", "<bos>", "<eos>", null, "system turns off " + NoTools),
        ("mistralai-Mistral-Nemo-Instruct-2407", "mistral-v3", "<s>", "</s>", null, "call call-open call-said calls steps tools tools-alone tools-off"),
        ("Mistral-Small-3.2-24B-Instruct-2506", "mistral-v11", "<s>", "</s>", null, "plain thinking tools-alone tools-off call call-said calls steps"),
        ("unsloth-mistral-Devstral-Small-2507", "mistral-v13", "<s>", "</s>", null, ""),
        ("mistralai-Ministral-3-14B-Reasoning-2512", "mistral-v13-reasoning", "<s>", "</s>", null, "off tools-off"),
        ("deepseek-ai-DeepSeek-R1-Distill-Llama-8B", "deepseek-r1-distill", "<｜begin▁of▁sentence｜>", "<｜end▁of▁sentence｜>", "llama-bpe", "off " + NoTools),
        ("deepseek-ai-DeepSeek-R1-Distill-Qwen-32B", "deepseek-r1-distill", "<｜begin▁of▁sentence｜>", "<｜end▁of▁sentence｜>", "qwen2", NoTools),
        ("GLM-4.6", "glm-4.5", "", "<|user|>", null, ""),
        ("GLM-4.7-Flash", "glm-4.7", "", "<|user|>", null, ""),
    ];

    public static TheoryData<string, string> Cases() => [.. Pairs()];

    /// <summary>Each template with each conversation that it and its family write alike.</summary>
    internal static IEnumerable<(string Template, string Name)> Pairs() =>
        from family in Families
        from name in SampleConversations.All.Keys
        where !family.Except.Split(' ').Contains(name)
        select (family.Template, name);

    [Theory]
    [MemberData(nameof(Cases))]
    public void Render_Conversation_IsWhatTheTemplateWrites(string template, string name)
    {
        References.Need();
        var family = Families.Single(f => f.Template == template);
        var conversation = SampleConversations.All[name];
        var (format, problem) = ConversationFormats.Of("", References.Template(template), SampleSigns.Table(family.Begin));
        Assert.Equal((family.Family, ""), (format?.Name, problem));

        var parts = format!.Render(conversation);
        var context = SampleConversations.Context(conversation, family.Begin, family.End, thinkingInContent: format.Name == "mistral-v13-reasoning");
        var expected = references.Render(template, context);
        Assert.Equal(expected, string.Concat(parts.Select(p => p.Text)));
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Render_WhatPeopleAndToolsSaid_IsContent(string template, string name)
    {
        References.Need();
        var family = Families.Single(f => f.Template == template);
        var conversation = SampleConversations.All[name];
        var parts = ConversationFormats.Of("", References.Template(template), SampleSigns.Table(family.Begin)).Format!.Render(conversation);
        var structure = string.Concat(parts.Where(p => !p.IsContent).Select(p => p.Text));
        foreach (var word in (string[])["brief", "What is up", "The sky", "Birds", "They ask", "Look it up", "Finds things", "Tells", "A city", "minimum", "Zürich", "Ulm", "drizzle", "\"found\"", "abcdefgh", "get_weather"])
        {
            Assert.DoesNotContain(word, structure, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Of_EveryTemplateOfTheEngine_IsItsFamilyOrRefused()
    {
        References.Need();
        foreach (var template in References.Templates)
        {
            var (format, problem) = ConversationFormats.Of("x", References.Template(template), SampleSigns.Table("<s>"));
            var expected = Families.FirstOrDefault(f => f.Template == template).Family;
            Assert.True(expected == format?.Name, $"{template}: {format?.Name}, not {expected}: {problem}");
            Assert.Equal(format is null, problem.EndsWith("; it answers completions", StringComparison.Ordinal));
        }
    }
}
