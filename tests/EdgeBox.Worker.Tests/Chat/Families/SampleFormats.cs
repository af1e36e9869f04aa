using EdgeBox.Worker.Chat.Families;

namespace EdgeBox.Worker.Tests.Chat.Families;

/// <summary>Every format, made without a template.</summary>
internal static class SampleFormats
{
    public static readonly string[] Names =
        ["chatml", "qwen2.5", "qwen3", "qwq", "qwen3-coder", "qwen3.5", "llama3", "llama3.1", "gemma", "mistral-v3", "mistral-v7", "mistral-v11", "mistral-v13", "mistral-reasoning", "deepseek", "glm-4.5", "glm-4.7"];

    public static FamilyFormat Of(string name, params string[] spelt)
    {
        var signs = SampleSigns.Table("<s>", spelt);
        return name switch
        {
            "chatml" => new ChatMlFormat(name, signs, false, new ChatMlStyle()),
            "qwen2.5" => new ChatMlFormat(name, signs, false, new ChatMlStyle { HasTools = true, DefaultSystem = "You help." }),
            "qwen3" => new ChatMlFormat(name, signs, false, new ChatMlStyle { HasTools = true, Thinking = Thinking.Switched, KeepsThinking = true }),
            "qwq" => new ChatMlFormat(name, signs, false, new ChatMlStyle { HasTools = true, Thinking = Thinking.Begun, BreaksBeforeTools = true }),
            "qwen3-coder" => new QwenXmlFormat(name, signs, thinks: false),
            "qwen3.5" => new QwenXmlFormat(name, signs, thinks: true),
            "llama3" => new Llama3Format(name, signs, false, hasHead: false),
            "llama3.1" => new Llama3Format(name, signs, false, hasHead: true),
            "gemma" => new GemmaFormat(name, signs, false),
            "mistral-v3" => new MistralFormat(name, signs, MistralForm.V3, false, ""),
            "mistral-v7" => new MistralFormat(name, signs, MistralForm.V7, false, ""),
            "mistral-v11" => new MistralFormat(name, signs, MistralForm.V11, false, ""),
            "mistral-v13" => new MistralFormat(name, signs, MistralForm.V13, false, ""),
            "mistral-reasoning" => new MistralFormat(name, signs, MistralForm.V13, true, ""),
            "deepseek" => new DeepSeekFormat(name, signs, false, mayEndAtOnce: true),
            "glm-4.5" => new GlmFormat(name, signs, breaks: true),
            "glm-4.7" => new GlmFormat(name, signs, breaks: false),
            _ => throw new ArgumentException(name, nameof(name)),
        };
    }

    /// <summary>A thought, a word and three calls as a family writes them, from where its prompt ends.</summary>
    public static string Stream(string name) => name switch
    {
        "chatml" => "·a· ·b·<|im_end|>",
        "qwen2.5" => "·b·\n<tool_call>\n" + Json(1) + "\n</tool_call>\n<tool_call>\n" + Json(2) + "\n</tool_call>\n<tool_call>\n" + Json(3) + "\n</tool_call><|im_end|>",
        "qwen3" => "<think>\n·a·\n</think>\n\n·b·\n<tool_call>\n" + Json(1) + "\n</tool_call>\n<tool_call>\n" + Json(2) + "\n</tool_call>\n<tool_call>\n" + Json(3) + "\n</tool_call><|im_end|>",
        "qwq" => "·a·\n</think>\n\n·b·\n<tool_call>\n" + Json(1) + "\n</tool_call>\n<tool_call>\n" + Json(2) + "\n</tool_call>\n<tool_call>\n" + Json(3) + "\n</tool_call><|im_end|>",
        "qwen3-coder" => "·b·\n\n<tool_call>\n" + Xml(1) + "\n</tool_call>\n<tool_call>\n" + Xml(2) + "\n</tool_call>\n<tool_call>\n" + Xml(3) + "\n</tool_call><|im_end|>",
        "qwen3.5" => "·a·\n</think>\n\n·b·\n\n<tool_call>\n" + Xml(1) + "\n</tool_call>\n<tool_call>\n" + Xml(2) + "\n</tool_call>\n<tool_call>\n" + Xml(3) + "\n</tool_call><|im_end|>",
        "llama3" => "·a· ·b·<|eot_id|>",
        "llama3.1" => Json(1, "parameters") + "; " + Json(2, "parameters") + "; " + Json(3, "parameters") + "<|eot_id|>",
        "gemma" => "·a· ·b·<end_of_turn>",
        "mistral-v3" => "·b·[TOOL_CALLS][" + Json(1) + ", " + Json(2) + ", " + Json(3)[..^1] + ", \"id\": \"abcdefgh3\"}]</s>",
        "mistral-v7" => "·a· ·b·</s>",
        "mistral-v11" => "·b·[TOOL_CALLS]find-it[CALL_ID]abcdefgh1[ARGS]" + Arguments(1) + "[TOOL_CALLS]find-it[CALL_ID]abcdefgh2[ARGS]" + Arguments(2) + "[TOOL_CALLS]find-it[CALL_ID]abcdefgh3[ARGS]" + Arguments(3) + "</s>",
        "mistral-v13" => "·b·[TOOL_CALLS]find-it[ARGS]" + Arguments(1) + "[TOOL_CALLS]find-it[ARGS]" + Arguments(2) + "[TOOL_CALLS]find-it[ARGS]" + Arguments(3) + "</s>",
        "mistral-reasoning" => "[THINK]·a·[/THINK]·b·[TOOL_CALLS]find-it[ARGS]" + Arguments(1) + "[TOOL_CALLS]find-it[ARGS]" + Arguments(2) + "[TOOL_CALLS]find-it[ARGS]" + Arguments(3) + "</s>",
        "deepseek" => "·a·\n</think>\n\n·b·<｜end▁of▁sentence｜>",
        "glm-4.5" => "\n<think>·a·</think>\n·b·\n<tool_call>" + Keys(1, "\n") + "\n</tool_call>\n<tool_call>" + Keys(2, "\n") + "\n</tool_call>\n<tool_call>" + Keys(3, "\n") + "\n</tool_call><|observation|>",
        "glm-4.7" => "·a·</think>·b·<tool_call>" + Keys(1, "") + "</tool_call><tool_call>" + Keys(2, "") + "</tool_call><tool_call>" + Keys(3, "") + "</tool_call><|observation|>",
        _ => throw new ArgumentException(name, nameof(name)),
    };

    /// <summary>The arguments of a call in a stream, as they are read.</summary>
    public static string Read(string name, int call) =>
        name.StartsWith("qwen3-c", StringComparison.Ordinal) || name == "qwen3.5" || name.StartsWith("glm", StringComparison.Ordinal)
            ? $$"""{"where":{"w": "·c{{call}}·"},"tag":"·d{{call}}·\n  e\"f"}"""
            : Arguments(call);

    private static string Arguments(int call) => $$"""{"where": {"w": "·c{{call}}·"}, "tag": "·d{{call}}·\n  e\"f"}""";

    private static string Json(int call, string arguments = "arguments") => $$"""{"name": "find-it", "{{arguments}}": {{Arguments(call)}}}""";

    private static string Xml(int call) =>
        $"<function=find-it>\n<parameter=where>\n{{\"w\": \"·c{call}·\"}}\n</parameter>\n<parameter=tag>\n·d{call}·\n  e\"f\n</parameter>\n</function>";

    private static string Keys(int call, string line) =>
        $"find-it{line}<arg_key>where</arg_key>{line}<arg_value>{{\"w\": \"·c{call}·\"}}</arg_value>{line}<arg_key>tag</arg_key>{line}<arg_value>·d{call}·\n  e\"f</arg_value>";
}
