using System.Collections.Frozen;
using System.Net;
using EdgeBox.Cli.Terminal;

namespace EdgeBox.Cli.Rendering;

/// <summary>The fixed words of a report page: English, or English with Chinese beside it. Whatever else is on the page goes through <see cref="Text"/>.</summary>
internal sealed class ReportWords(bool chinese)
{
    private static readonly FrozenDictionary<string, string> s_chinese = new Dictionary<string, string>
    {
        ["Acceptance report"] = "验收报告",
        ["PASSED"] = "通过",
        ["NOT PASSED"] = "未通过",
        ["Report"] = "报告编号",
        ["Box"] = "设备",
        ["Release"] = "版本",
        ["Model"] = "模型",
        ["Weights, SHA-256"] = "权重文件 SHA-256",
        ["Suite, SHA-256"] = "验收集 SHA-256",
        ["brought by the model"] = "模型自带",
        ["brought by the customer"] = "客户提供",
        ["Date"] = "日期",
        ["Duration"] = "用时",
        ["Machine"] = "机器",
        ["Loaded as"] = "加载方式",
        ["Figures"] = "数据",
        ["Cases that passed"] = "通过的用例",
        ["Tokens per second, median"] = "每秒 token 数（中位数）",
        ["Time to first token, median"] = "首个 token 的时间（中位数）",
        ["Time to first token, 95 of 100"] = "首个 token 的时间（第 95 百分位）",
        ["Tokens made"] = "生成的 token",
        ["Tokens of prompts"] = "提示词的 token",
        ["Joules of the GPU a token"] = "每 token 的 GPU 能耗（焦耳）",
        ["Cost of a million tokens"] = "每百万 token 的成本",
        ["not measured"] = "未测量",
        ["Speed, case by case"] = "各用例速度",
        ["tokens per second"] = "token/秒",
        ["Cases"] = "用例",
        ["Case"] = "用例",
        ["Verdict"] = "结论",
        ["Runs passed"] = "通过次数",
        ["Speed"] = "速度",
        ["First token"] = "首个 token",
        ["What did not pass"] = "未通过的用例",
        ["What passed"] = "通过的用例",
        ["Asked"] = "提问",
        ["Answered"] = "回答",
        ["Checked"] = "检查",
        ["Could not be run"] = "无法运行",
        ["Signatures"] = "签字",
        ["For the customer"] = "客户代表",
        ["For the supplier"] = "供应商代表",
        ["Place and date"] = "地点与日期",
    }.ToFrozenDictionary();

    /// <summary>The English words that there is Chinese for.</summary>
    public static IEnumerable<string> Known => s_chinese.Keys;

    /// <summary>Fixed words, as HTML.</summary>
    /// <exception cref="KeyNotFoundException">There is no Chinese for them.</exception>
    public string this[string english] => chinese ? $"{Text(english)} <span lang=\"zh\">{Text(s_chinese[english])}</span>" : Text(english);

    /// <summary>Any text, as HTML: nothing in it is obeyed, and control characters are shown.</summary>
    public static string Text(string text) => WebUtility.HtmlEncode(TerminalText.Clean(text));
}
