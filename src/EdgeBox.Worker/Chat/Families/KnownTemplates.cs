namespace EdgeBox.Worker.Chat.Families;

/// <summary>What the templates of the families say that no other says.</summary>
internal static class KnownTemplates
{
    private const string Begin = "bos_token";

    public static IConversationFormat? ChatMl(TemplateText text, SignTable signs)
    {
        if (text.Has("<function=example_function_name>", "<parameter=example_parameter_1>", "<IMPORTANT>", "tool_call.arguments|items"))
        {
            return text.Has("You have access to the following functions:", "ns.last_query_index", @"'<think>\n\n</think>\n\n'", @"'<think>\n'")
                && !text.Has("loop.index0 > ns.last_query_index or")
                    ? new QwenXmlFormat("qwen3.5", signs, thinks: true)
                : text.Has("You have access to the following tools:", "render_extra_keys", "You are Qwen, a helpful AI assistant that can interact with a computer")
                    && !text.HasAny("think")
                    ? new QwenXmlFormat("qwen3-coder", signs, thinks: false)
                : null;
        }

        if (text.Has("# Tools\\n\\nYou may call one or more functions to assist with the user query.", "{\\\"name\\\": <function-name>, \\\"arguments\\\": <args-json-object>}",
            "<tool_response>"))
        {
            return Qwen(text, signs);
        }

        // Others with tools or thinking have ways of their own; what is left is ChatML as such.
        return !text.HasAny("tools", "tool_call", "think", "function") && text.HasPlainly(@"<|im_start|>assistant\n")
            && (text.HasPlainly(@"'<|im_start|>'+message['role']+'\n'+message['content']+'<|im_end|>'")
                || text.HasPlainly(@"<|im_start|>{{message['role']}}\n{{message['content']}}<|im_end|>"))
                ? new ChatMlFormat("chatml", signs, text.Has(Begin), new ChatMlStyle { DefaultSystem = DefaultSystem(text) })
                : null;
    }

    public static IConversationFormat? Llama3(TemplateText text, SignTable signs)
    {
        if (text.Has("Cutting Knowledge Date: December 2023", "Environment: ipython", "tools_in_user_message", "\"parameters\": dictionary of argument name and its value"))
        {
            return text.HasAny("think", "<function=") ? null : new Llama3Format("llama3.1", signs, text.Has(Begin), hasHead: true);
        }

        return text.HasAny("tool", "think", "function", "Date", "<|im_start|>") ? null
            : new Llama3Format("llama3", signs, text.Has(Begin), hasHead: false);
    }

    public static IConversationFormat? Gemma(TemplateText text, SignTable signs) =>
        text.Has("<end_of_turn>", "'model'") && !text.HasAny("tool", "function", "think")
            ? new GemmaFormat("gemma", signs, text.Has(Begin))
            : null;

    public static IConversationFormat? Mistral(TemplateText text, SignTable signs)
    {
        bool HasSigns(params ReadOnlySpan<string> needed)
        {
            foreach (var sign in needed)
            {
                if (signs[sign] < 0 || !text.Has(sign))
                {
                    return false;
                }
            }

            return true;
        }

        string[] tools = ["[AVAILABLE_TOOLS]", "[/AVAILABLE_TOOLS]", "[TOOL_CALLS]", "[TOOL_RESULTS]", "[/TOOL_RESULTS]"];
        if (!text.Has("[SYSTEM_PROMPT]"))
        {
            // Those of V1 to V3 with a SentencePiece vocabulary have spaces around their signs.
            return HasSigns(tools) && text.HasPlainly("'[INST]'+system_message+'\\n\\n'+message['content']+'[/INST]'") && text.Has("\"[INST]\"") && !text.Has("[INST] ")
                ? new MistralFormat("mistral-v3", signs, MistralForm.V3, thinks: false, defaultSystem: "")
                : null;
        }

        if (!HasSigns("[SYSTEM_PROMPT]", "[/SYSTEM_PROMPT]"))
        {
            return null;
        }

        var system = text.Between("set default_system_message = '", "' %}", "{}") is { } literal ? TemplateText.Unescaped(literal) : "";
        if (!text.Has("[TOOL_CALLS]"))
        {
            return text.HasAny("tools", "[THINK]") || !text.HasPlainly("'[INST]'+message['content']+'[/INST]'") ? null
                : new MistralFormat("mistral-v7", signs, MistralForm.V7, thinks: false, system);
        }

        if (!HasSigns(tools) || !HasSigns(NamedCallForm.ArgumentsSign))
        {
            return null;
        }

        return HasSigns(NamedCallForm.IdSign, "[TOOL_CONTENT]") && !text.Has("[THINK]") ? new MistralFormat("mistral-v11", signs, MistralForm.V11, thinks: false, system)
            : text.HasAny(NamedCallForm.IdSign, "[TOOL_CONTENT]") ? null
            : !text.Has("[THINK]") ? new MistralFormat("mistral-v13", signs, MistralForm.V13, thinks: false, system)
            : HasSigns("[THINK]", "[/THINK]") ? new MistralFormat("mistral-v13-reasoning", signs, MistralForm.V13, thinks: true, system)
            : null;
    }

    public static IConversationFormat? DeepSeek(TemplateText text, SignTable signs) =>
        text.HasPlainly("'<｜User｜>'+message['content']}}") && text.HasPlainly("'<｜Assistant｜>'+content+'<｜end▁of▁sentence｜>'") && text.Has(@"<｜Assistant｜><think>\n")
            ? new DeepSeekFormat("deepseek-r1-distill", signs, text.Has(Begin), text.Has("not enable_thinking"))
            : null;

    public static IConversationFormat? Glm(TemplateText text, SignTable signs)
    {
        if (!text.Has("<arg_key>", "<arg_value>", "<tool_response>", "# Tools", "visible_text"))
        {
            return null;
        }

        return text.Has("/nothink", @"'\n<think></think>'") ? new GlmFormat("glm-4.5", signs, breaks: true)
            : text.Has("'</think>' if (enable_thinking is defined and not enable_thinking) else '<think>'") ? new GlmFormat("glm-4.7", signs, breaks: false)
            : null;
    }

    private static ChatMlFormat Qwen(TemplateText text, SignTable signs)
    {
        var begun = text.HasAny(@"<|im_start|>assistant\n<think>\n");
        var thinks = begun || text.Has("enable_thinking");
        return new ChatMlFormat(thinks ? text.Has("last_query_index") ? "qwen3" : "qwq" : text.Has("last_query_index") ? "qwen3-instruct" : "qwen2.5", signs, text.Has(Begin), new ChatMlStyle
        {
            DefaultSystem = DefaultSystem(text),
            HasTools = true,
            Thinking = begun ? Thinking.Begun : thinks ? Thinking.Switched : Thinking.None,
            MayEndAtOnce = begun && text.Has("not enable_thinking"),
            BreaksBeforeTools = text.Has(@"""\n\n# Tools"),
            KeepsThinking = text.Has("last_query_index", "<think>"),
        });
    }

    private static string DefaultSystem(TemplateText text)
    {
        const string NoSigns = "'\"{}<>|\\";
        return text.Between(@"<|im_start|>system\n", ChatMlFormat.End, NoSigns) ?? text.Between("<|im_start|>system\n", ChatMlFormat.End, NoSigns) ?? "";
    }
}
