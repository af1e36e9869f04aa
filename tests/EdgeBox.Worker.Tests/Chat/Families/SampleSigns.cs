using EdgeBox.Worker.Chat.Families;

namespace EdgeBox.Worker.Tests.Chat.Families;

/// <summary>A vocabulary of bytes and of the signs of every family.</summary>
internal static class SampleSigns
{
    public const int First = 256;

    /// <summary>The signs of all families.</summary>
    public static readonly string[] All =
    [
        "<|im_start|>", "<|im_end|>", "<|endoftext|>", "<think>", "</think>", "<tool_call>", "</tool_call>", "<tool_response>", "</tool_response>",
        "<|begin_of_text|>", "<|start_header_id|>", "<|end_header_id|>", "<|eot_id|>", "<|eom_id|>", "<|python_tag|>",
        "<bos>", "<eos>", "<start_of_turn>", "<end_of_turn>",
        "<s>", "</s>", "[INST]", "[/INST]", "[SYSTEM_PROMPT]", "[/SYSTEM_PROMPT]", "[AVAILABLE_TOOLS]", "[/AVAILABLE_TOOLS]", "[TOOL_CALLS]", "[TOOL_RESULTS]",
        "[/TOOL_RESULTS]", "[TOOL_CONTENT]", "[CALL_ID]", "[ARGS]", "[THINK]", "[/THINK]",
        "<｜begin▁of▁sentence｜>", "<｜end▁of▁sentence｜>", "<｜User｜>", "<｜Assistant｜>",
        "[gMASK]", "<sop>", "<|system|>", "<|user|>", "<|assistant|>", "<|observation|>", "<arg_key>", "</arg_key>", "<arg_value>", "</arg_value>",
    ];

    private static readonly string[] s_ends = ["<|im_end|>", "<|endoftext|>", "<|eot_id|>", "<|eom_id|>", "<end_of_turn>", "<eos>", "</s>", "<｜end▁of▁sentence｜>", "<|user|>", "<|observation|>"];

    public static int Id(string sign) => First + Array.IndexOf(All, sign);

    /// <summary>The table of a vocabulary that has all signs, or all but some.</summary>
    public static SignTable Table(string begin = "", params string[] without) => new(
        All.Where(s => !without.Contains(s)).Select(s => new KeyValuePair<string, int>(s, Id(s))), token => s_ends.Any(s => Id(s) == token), begin);
}
