using System.Text;
using EdgeBox.Worker.Chat;
using EdgeBox.Worker.Chat.Families;

namespace EdgeBox.Worker.Tests.Chat.Families;

/// <summary>What stands between the signs of a call, and what is no call.</summary>
public sealed class CallFormTests
{
    private static readonly CallForm s_json = new JsonCallForm("arguments");
    private static readonly CallForm s_named = new NamedCallForm();
    private static readonly CallForm s_xml = new TaggedCallForm(new TaggedCallStyle("<function=", ">", "<parameter=", ">", "", "</parameter>", "</function>") { Breaks = true });
    private static readonly CallForm s_keys = new TaggedCallForm(new TaggedCallStyle("", "<key>", "<key>", "</key>", "<value>", "</value>", ""));

    private static readonly Tool[] s_tools =
    [
        new("f", "", """{"type":"object","properties":{"s":{"type":"string"},"i":{"type":"integer"},"b":{"type":"boolean"},"n":{},"o":7,"l":{"type":["string"]}}}"""),
        new("g", "", ""), new("h", "", "{"), new("j", "", "[]"), new("k", "", """{"properties":[]}"""),
    ];

    private static readonly ToolRule[] s_rules = [new("f", "r0"), new("g", "r1")];

    [Theory]
    [InlineData("""{"name":"f"}""", "f{}")]
    [InlineData("""{"name":"f","arguments":{"a": 1}}""", """f{"a": 1}""")]
    [InlineData("""{"parameters":{"a": 1},"name":"f"}""", """f{"a": 1}""")]
    [InlineData("""{"name":"f","arguments":null}""", "f{}")]
    [InlineData("""{"name":"f","arguments":"{\"a\": 1}"}""", """f{"a": 1}""")]
    [InlineData("""{"name":"f","type":"function","id":"a-1"}""", "f{}")]
    [InlineData("""{"name":"a.b-c_1"}""", "a.b-c_1{}")]
    [InlineData(" ;\r\n\t{\"name\":\"f\"} ;\n {\"name\":\"g\"};", "f{} g{}")]
    [InlineData("""{"name":"f"}{"name":"g"}""", "f{} g{}")]
    [InlineData("""[{"name":"f"},{"name":"g"}]""", "f{} g{}")]
    [InlineData("""{"name":"f"} x""", null)]
    [InlineData("""{"name":"f"} 1""", null)]
    [InlineData("", null)]
    [InlineData(" ; ", null)]
    [InlineData("{}", null)]
    [InlineData("[]", null)]
    [InlineData("[[{\"name\":\"f\"}]]", null)]
    [InlineData("[{\"name\":\"f\"},1]", null)]
    [InlineData("1", null)]
    [InlineData("\"f\"", null)]
    [InlineData("""{"name":"f" """, null)]
    [InlineData("""{"name":""}""", null)]
    [InlineData("""{"name":"a b"}""", null)]
    [InlineData("""{"name":"ü"}""", null)]
    [InlineData("""{"name":"\ud800"}""", null)]
    [InlineData("""{"name":1}""", null)]
    [InlineData("""{"name":"f","name":"f"}""", null)]
    [InlineData("""{"arguments":{}}""", null)]
    [InlineData("""{"name":"f","arguments":{},"parameters":{}}""", null)]
    [InlineData("""{"name":"f","arguments":[]}""", null)]
    [InlineData("""{"name":"f","arguments":1}""", null)]
    [InlineData("""{"name":"f","arguments":"[]"}""", null)]
    [InlineData("""{"name":"f","arguments":"{"}""", null)]
    [InlineData("""{"name":"f","type":"tool"}""", null)]
    [InlineData("""{"name":"f","type":1}""", null)]
    [InlineData("""{"name":"f","id":"a b"}""", null)]
    [InlineData("""{"name":"f","id":1}""", null)]
    [InlineData("""{"name":"f","more":1}""", null)]
    public void Parse_Json_IsCallsOrNone(string body, string? calls) => Assert.Equal(calls, Read(s_json, body));

    [Theory]
    [InlineData("f[ARGS]{}", "f{}")]
    [InlineData(" f [ARGS] {\"a\": 1}\n", "f{\"a\": 1}")]
    [InlineData("f[CALL_ID]aB3[ARGS]{}", "f{}")]
    [InlineData("f [CALL_ID] aB3 [ARGS]{}", "f{}")]
    [InlineData("f[CALL_ID][ARGS]{}", null)]
    [InlineData("[CALL_ID]aB3[ARGS]{}", null)]
    [InlineData("[ARGS]{}", null)]
    [InlineData("f g[ARGS]{}", null)]
    [InlineData("f{}", null)]
    [InlineData("f[ARGS][]", null)]
    [InlineData("f[ARGS]{", null)]
    [InlineData("f[ARGS]", null)]
    [InlineData("", null)]
    public void Parse_Named_IsACallOrNone(string body, string? calls) => Assert.Equal(calls, Read(s_named, body));

    [Theory]
    [InlineData("<function=f></function>", "f{}")]
    [InlineData("\n<function= f >\n</function>\n", "f{}")]
    [InlineData("<function=f></function><function=g></function>", "f{} g{}")]
    [InlineData("<function=g><parameter= a >\n\n x \n\n</parameter></function>", """g{"a":"\n x \n"}""")]
    [InlineData("<function=g><parameter=a>x</parameter> <parameter=b>\n</parameter></function>", """g{"a":"x","b":""}""")]
    [InlineData("<function=g><parameter=\"a>1</parameter></function>", """g{"\"a":1}""")]
    [InlineData("", null)]
    [InlineData("f", null)]
    [InlineData("<function=f", null)]
    [InlineData("<function=f>", null)]
    [InlineData("<function=a b></function>", null)]
    [InlineData("x<function=f></function>", null)]
    [InlineData("<function=f></function>x", null)]
    [InlineData("<function=f><parameter=a></function>", null)]
    [InlineData("<function=f><parameter=a</function>", null)]
    [InlineData("<function=f><parameter=a>1</parameter>", null)]
    [InlineData("<function=f><parameter=a>1</parameter>x</function>", null)]
    public void Parse_Xml_IsCallsOrNone(string body, string? calls) => Assert.Equal(calls, Read(s_xml, body));

    [Theory]
    [InlineData("f", "f{}")]
    [InlineData(" f\n", "f{}")]
    [InlineData("g\n<key> a </key>\n<value>\nx\n</value>\n<key>b</key><value>2</value>", """g{"a":"\nx\n","b":2}""")]
    [InlineData("", null)]
    [InlineData("a b", null)]
    [InlineData("f<key>a", null)]
    [InlineData("f<key>a</key>", null)]
    [InlineData("f<key>a</key>1", null)]
    [InlineData("f<key>a</key><value>1", null)]
    [InlineData("f<key>a</key><value>1</value>x", null)]
    [InlineData("f<key>a</key>x<value>1</value>", null)]
    public void Parse_Keys_IsACallOrNone(string body, string? calls) => Assert.Equal(calls, Read(s_keys, body));

    [Theory]
    [InlineData("f", "s", "12", "\"12\"")]
    [InlineData("f", "s", "True", "\"True\"")]
    [InlineData("f", "s", " x ", "\" x \"")]
    [InlineData("f", "i", " 12 ", "12")]
    [InlineData("f", "i", "twelve", "\"twelve\"")]
    [InlineData("f", "i", "True", "\"True\"")]
    [InlineData("f", "i", "None", "null")]
    [InlineData("f", "i", "\"\\ud800\"", "\"\\\"\\\\ud800\\\"\"")]
    [InlineData("f", "b", " True", "true")]
    [InlineData("f", "b", "False", "false")]
    [InlineData("f", "b", "true", "true")]
    [InlineData("f", "b", "Truth", "\"Truth\"")]
    [InlineData("f", "n", "None", "\"None\"")]
    [InlineData("f", "n", "[1]", "[1]")]
    [InlineData("f", "o", "1", "1")]
    [InlineData("f", "l", "1", "1")]
    [InlineData("f", "unheard", "1", "1")]
    [InlineData("g", "s", "1", "1")]
    [InlineData("h", "s", "1", "1")]
    [InlineData("j", "s", "1", "1")]
    [InlineData("k", "s", "1", "1")]
    [InlineData("unheard", "s", "1", "1")]
    public void Parse_ArgumentWithoutQuotes_IsWhatTheSchemaSays(string tool, string argument, string value, string json) =>
        Assert.Equal($"{tool}{{\"{argument}\":{json}}}", Read(s_keys, $"{tool}<key>{argument}</key><value>{value}</value>"));

    [Fact]
    public void Parse_BytesThatAreNoText_AreNoCall()
    {
        foreach (var (form, before, behind) in ((CallForm, string, string)[])
        [
            (s_json, "{\"name\":\"f\",\"arguments\":{\"a\":\"", "\"}}"), (s_named, "f[ARGS]{\"a\":\"", "\"}"),
            (s_xml, "<function=f><parameter=s>", "</parameter></function>"), (s_keys, "f<key>s</key><value>", "</value>"),
        ])
        {
            Assert.NotNull(form.Parse(Encoding.UTF8.GetBytes(before + behind), s_tools));
            Assert.Null(form.Parse([.. Encoding.UTF8.GetBytes(before), 0xFF, .. Encoding.UTF8.GetBytes(behind)], s_tools));
        }
    }

    [Theory]
    [InlineData(128, true)]
    [InlineData(129, false)]
    public void Parse_LongName_IsOneUpToTheBound(int length, bool isCall)
    {
        var name = new string('x', length);
        Assert.Equal(isCall ? name + "{}" : null, Read(s_keys, name));
    }

    [Fact]
    public void Grammar_EachForm_IsWhatTheFamilyWrites()
    {
        const string Json = """( "f\", \"arguments\": " r0 | "g\", \"arguments\": " r1 )""";
        const string Name = """
            "{\"name\": \""
            """;
        Assert.Equal($"root ::= \"\\n\"? {Name} {Json} \"}}\" \"\\n\"?\n", s_json.Grammar(s_rules, ""));
        Assert.Equal($"root ::= \"\\n\"? {Name} {Json} \"}}\" \"\\n\"? \"</call>\"\n", s_json.Grammar(s_rules, "</call>"));
        Assert.Equal($"root ::= {Json} \"}}\" \"</call>\"\n", new JsonCallForm("arguments", isBare: true).Grammar(s_rules, "</call>"));
        Assert.Equal(
            $"root ::= \" \"? \"[\" call ( \", \" call )* \"]\"\ncall ::= {Name} {Json} ( \", \\\"id\\\": \\\"\" [A-Za-z0-9]{{9}} \"\\\"\" )? \"}}\"\n",
            new JsonCallForm("arguments", listed: true).Grammar(s_rules, ""));
        Assert.Equal(
            "root ::= \"\\n\"? \"<function=\" ( \"f\" | \"g\" ) \">\" \"\\n\" argument* \"</function>\" \"\\n\"? \"</call>\"\n"
            + "argument ::= \"<parameter=\" [^<>\\n]+ \">\" \"\\n\" value \"</parameter>\" \"\\n\" \n"
            + "value ::= ( [^<] | \"<\" [^/<] | \"</\" [^p<] )*\n",
            s_xml.Grammar(s_rules, "</call>"));
        Assert.Equal(
            "root ::= ( \"f\" | \"g\" ) \"\\n\"? argument* \n"
            + "argument ::= \"<key>\" [^<>\\n]+ \"</key>\" \"\\n\"? \"<value>\" value \"</value>\" \"\\n\"? \n"
            + "value ::= ( [^<] | \"<\" [^/<] | \"</\" [^v<] )*\n",
            s_keys.Grammar(s_rules, ""));
        Assert.Null(s_named.Grammar(s_rules, ""));
        Assert.All([s_json, s_xml, s_keys], form => Assert.Null(form.Grammar([], "")));
        Assert.Equal(["", "", "", "", "{\"name\": \""], new[] { s_json, s_named, s_xml, s_keys, new JsonCallForm("x", isBare: true) }.Select(form => form.Opening));
    }

    private static string? Read(CallForm form, string body) =>
        form.Parse(Encoding.UTF8.GetBytes(body), s_tools) is { } calls ? string.Join(' ', calls.Select(call => call.Tool + Encoding.UTF8.GetString(call.Arguments))) : null;
}
